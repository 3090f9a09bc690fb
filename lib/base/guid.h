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

enum { GUID_SIZE = 16, GUID_TEXT_SIZE = 39 };

struct guid {
    uint8_t bytes[GUID_SIZE]; // as in a record
};

// "{01234567-89ab-cdef-0123-456789abcdef}", digits in any case. False for anything else.
bool guid_parse(const char *text, struct guid *guid);

// The same with small letters.
void guid_format(const struct guid *guid, char text[GUID_TEXT_SIZE]);

// GUIDs, each with a set of marks: bits of the caller's choice.
struct guid_set;

// An empty set. NULL when memory ran out.
struct guid_set *guid_set_new(void);
void guid_set_free(struct guid_set *set);

// Adds marks, at least one, to a GUID. False when memory ran out.
bool guid_set_add(struct guid_set *set, const struct guid *guid, uint32_t marks);

// The marks of a GUID; 0 when it is not in the set.
uint32_t guid_set_marks(const struct guid_set *set, const struct guid *guid);

size_t guid_set_count(const struct guid_set *set);

// Looks in `size` bytes, from *at on, for the next place where a GUID of the set stands, as a GUID
// value or as text in UTF-16LE (whose first digit that is then). Returns its marks and sets *at to
// the place; 0 when there is none.
uint32_t guid_set_search(const struct guid_set *set, const uint8_t *data, size_t size, size_t *at);

#endif
