// SPDX-License-Identifier: GPL-3.0-or-later
// GUIDs: as text, as they lie in a record, and sets of them to look for in raw bytes.
//
// A GUID value of binary XML is 16 bytes: the first three of its five groups of digits are a
// little-endian u32, u16 and u16, the others stand as they are written. Source: libyal's
// documentation of the Windows Event Log binary XML.
#ifndef EVTXSEQ_GUID_H
#define EVTXSEQ_GUID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { GUID_SIZE = 16, GUID_TEXT_SIZE = 39, GUID_STARTS_BITS = 16 };

struct guid {
    uint8_t bytes[GUID_SIZE]; // as in a record
};

// "{01234567-89ab-cdef-0123-456789abcdef}", digits in any case. False for anything else.
bool guid_parse(const char *text, struct guid *guid);

// The same with capitals, of bytes as in a record.
void guid_format(const uint8_t bytes[GUID_SIZE], char text[GUID_TEXT_SIZE]);

// All zero at first.
struct guid_set {
    struct guid *list; // owned
    size_t count;
    size_t capacity;
    // Of the first four bytes that one of the GUIDs, in either form, can have: a bit of a hash.
    uint64_t starts[(1 << GUID_STARTS_BITS) / 64];
};

void guid_set_free(struct guid_set *set);

// False when memory ran out.
bool guid_set_add(struct guid_set *set, const struct guid *guid);

// To be called after the last of them, and before anything is asked of the set.
void guid_set_sort(struct guid_set *set);

// Whether a GUID of the set stands anywhere in the bytes, as a GUID value or as text in UTF-16LE.
bool guid_set_search(const struct guid_set *set, const uint8_t *data, size_t size);

#endif
