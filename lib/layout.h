// SPDX-License-Identifier: GPL-3.0-or-later
// How a record's binary XML is laid out, read without decoding it: which event it is, and where its
// text stands.
//
// Windows writes a record as an instance of a template: a definition, inline at its first use in a
// chunk, with numbered holes, and an array of typed values that fill them. EventData is such an
// instance again, within a value. Source: libyal's documentation of the Windows Event Log binary
// XML, and the logs themselves. All offsets count from the first byte of the chunk.
#ifndef EVTXSEQ_LAYOUT_H
#define EVTXSEQ_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "chunk.h"

enum {
    LAYOUT_TEMPLATES_MAX = 64, // remembered in a chunk; more are read again each time
    LAYOUT_NESTING_MAX = 4,    // instances within values
    LAYOUT_STRINGS_MAX = 512,  // string values listed of one record
};

// A run of elements: a template definition, or a record's own elements where it has no template.
struct layout_body {
    uint32_t offset;
    uint32_t size; // bytes
    // Only elements, attributes, text and holes, and no element's text is made of several pieces:
    // a search of the raw bytes sees all of it.
    bool plain;
    bool has_event_id; // it has exactly one element named EventID, with a number or a hole in it
    bool id_is_hole;   // event_id is the number of the hole, not the ID itself
    uint16_t event_id;
};

// The template definitions read so far in one chunk. Set `count` to 0 for each chunk.
struct layout_cache {
    size_t count;
    struct layout_body templates[LAYOUT_TEMPLATES_MAX];
};

struct layout_string {
    uint32_t offset;
    uint32_t size; // bytes
};

// Where an instance says which template it is of.
struct layout_link {
    uint32_t offset;     // of the field that holds `definition`; the instance starts 6 bytes before
    uint32_t definition; // offset of the definition
    // The template's ID, the first four bytes of its GUID. The definition starts with the GUID, so
    // one that has been overwritten since can be told from one that has not.
    uint32_t id;
};

struct layout {
    bool has_event_id; // event_id is the record's EventID for certain
    uint16_t event_id;
    // All text of the record stands in the record itself or in `bodies` as plain UTF-16LE. Not so
    // where there are ANSI strings, text put together from several pieces, character references, or
    // anything that is not understood.
    bool plain;
    size_t body_count;
    struct layout_body bodies[LAYOUT_NESTING_MAX]; // template definitions that the record uses
    size_t link_count;
    struct layout_link links[LAYOUT_NESTING_MAX]; // of the record's instances, as far as read
    size_t string_count;
    struct layout_string strings[LAYOUT_STRINGS_MAX]; // its UTF-16LE string values, as far as read
};

// Whether the definition that the link points to is that of the template it names.
bool layout_link_is_sound(const uint8_t *chunk, const struct layout_link *link);

// Whether an instance at `offset` brings its definition with it, and if so its link.
bool layout_inline_definition(const uint8_t *chunk, size_t offset, struct layout_link *link);

// Which event the record is, for every record and so cheap: only has_event_id and event_id are set.
void layout_read_id(struct layout_cache *cache, const uint8_t *chunk, const struct record *record,
                    struct layout *layout);

// Everything.
void layout_read(struct layout_cache *cache, const uint8_t *chunk, const struct record *record,
                 struct layout *layout);

#endif
