// SPDX-License-Identifier: GPL-3.0-or-later
// Where the text of a record stands, and what it refers to: what libevtx has to be helped with. As
// far as it can be read, also where a view does not open.
//
// All offsets count from the first byte of the chunk.
#ifndef EVTXSEQ_LAYOUT_H
#define EVTXSEQ_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "evtx/chunk.h"
#include "evtx/definitions.h"

enum {
    LAYOUT_NESTING_MAX = 4,   // instances within values
    LAYOUT_STRINGS_MAX = 512, // string values listed of one record
};

// Where an instance says which template it is of.
struct layout_link {
    uint32_t offset; // of the field that holds the definition's offset
    struct definition_place place;
};

struct layout_string {
    uint32_t offset;
    uint32_t size; // bytes
    bool is_in_attribute;
};

struct layout {
    // Its instances and their values end where the record does, at the latest.
    bool is_contained;
    bool has_impossible_count; // see instance.h
    bool has_later_definition; // one stands after its instance, and not in it
    bool is_joined;            // see definition.h
    // Text that libevtx copies into its XML as it is, not UTF-16 or in a list, has markup in it.
    bool has_markup;
    // Of its XML about, at most.
    size_t xml_size; // bytes
    size_t tags;
    size_t attributes;
    size_t floats; // written out in it
    size_t run_count;
    struct run runs[LAYOUT_NESTING_MAX]; // that the record uses
    size_t link_count;
    struct layout_link links[LAYOUT_NESTING_MAX]; // of the record's instances, as far as read
    size_t string_count;
    struct layout_string strings[LAYOUT_STRINGS_MAX]; // its UTF-16LE string values, as far as read
};

// Reads it for a record of the chunk that `definitions` have been started with.
void layout_read(struct layout *layout, struct definitions *definitions, const uint8_t *chunk,
                 const struct record *record);

#endif
