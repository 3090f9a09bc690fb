// SPDX-License-Identifier: GPL-3.0-or-later
// An instance of a template: which definition it is of, and the values that it fills in.
//
// Windows writes a record as an instance: a definition, inline at its first use in a chunk, with
// numbered substitutions, and an array of typed values for them. EventData is such an instance
// again, within a value. Source: libyal's documentation of the Windows Event Log binary XML, and
// the logs themselves. All offsets count from the first byte of the chunk.
#ifndef EVTXSEQ_INSTANCE_H
#define EVTXSEQ_INSTANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "evtx/binxml.h"
#include "evtx/chunk.h"

enum { INSTANCE_VALUES_MAX = 1024 };

struct instance {
    uint32_t link;        // offset of the field that holds the definition's offset
    uint32_t template_id; // the first four bytes of the template's GUID
    uint32_t definition;  // the definition's offset
    bool is_inline;       // the definition stands in the instance
    uint16_t value_count; // at most INSTANCE_VALUES_MAX
    uint32_t descriptors; // offset of those of its values
    struct cursor values; // at the first
    // It counts more values than there is room for in a chunk. libevtx would take gigabytes for
    // them before it finds that out.
    bool has_impossible_count;
};

// What is said of a value: size (u16), type (u8), 0.
enum { DESCRIPTOR_SIZE = 4 };

struct descriptor {
    uint16_t size; // bytes
    uint8_t type;
};

static inline struct descriptor descriptor_at(const uint8_t *descriptors, size_t number) {
    const uint8_t *bytes = descriptors + DESCRIPTOR_SIZE * number;
    return (struct descriptor){bytes_u16(bytes), bytes[2]};
}

// Reads an instance up to its values. The cursor stands after a fragment header. False where it is
// not whole.
bool instance_open(struct cursor *cursor, struct instance *instance);

// A record's binary XML.
struct cursor instance_record_cursor(const uint8_t *chunk, const struct record *record);

// Where the record's values end, if that is where its size says that it ends; else, and where it is
// no instance, its own offset: nothing in it is its own for certain.
size_t instance_own_end(const uint8_t *chunk, const struct record *record);

// The event ID of a record as Windows writes it, whose definition may be gone: 18 values of System,
// the ID being number 3 (in 43,122 of 43,122 records of 816 public logs), and nothing after the
// values. 0 for any other.
uint16_t instance_event_id(const uint8_t *chunk, const struct record *record);

// Whether a definition with this template ID stands there.
bool instance_is_definition_of(const uint8_t *chunk, uint32_t definition, uint32_t template_id);

// Whether elements begin at the cursor, not an instance.
bool instance_is_inline(struct cursor cursor);

// In a value the fragment header may be missing, as it is in logs that the event log service wrote
// itself.
void instance_skip_fragment_header(struct cursor *cursor);

#endif
