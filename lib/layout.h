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
    LAYOUT_DEFINITIONS_MAX = 256,
    LAYOUT_NESTING_MAX = 4,   // instances within values
    LAYOUT_STRINGS_MAX = 512, // string values listed of one record
};

// A run of elements: a template definition, or a record's own elements where it has no template.
struct layout_body {
    uint32_t offset;
    uint32_t size;           // bytes
    bool is_bare;            // no template definition
    bool has_dependency_ids; // its elements carry them, as they do in template definitions
    // Only elements, attributes, text and holes, and no element's text is made of several pieces:
    // a search of the raw bytes sees all of it.
    bool plain;
    // An element's text is joined from pieces of which one is a hole. libevtx loses some of them.
    bool is_joined;
    bool has_event_id; // it has exactly one element named EventID, with a number or a hole in it
    bool id_is_hole;   // event_id is the number of the hole, not the ID itself
    uint16_t event_id;
};

// A definition that stands in the instance which brought it.
struct layout_definition {
    uint32_t offset;
    // The template's ID: the first four bytes of the GUID, which the definition starts with. A
    // definition that has been overwritten is told by it.
    uint32_t id;
};

// What has been found out about one chunk. layout_cache_clear() it for each chunk.
struct layout_cache {
    size_t count;
    struct layout_body templates[LAYOUT_TEMPLATES_MAX];
    bool has_definitions; // they have been looked for
    size_t definition_count;
    struct layout_definition definitions[LAYOUT_DEFINITIONS_MAX];
};

void layout_cache_clear(struct layout_cache *cache);

struct layout_string {
    uint32_t offset;
    uint32_t size; // bytes
};

// Where an instance says which template it is of.
struct layout_link {
    uint32_t offset;     // of the field that holds the definition's offset
    uint32_t definition; // that offset, or the one it has been replaced by
    // The definition that the record refers to has been overwritten (remains in slack space do),
    // and `definition` is another of the same template, from elsewhere in the chunk before the
    // record.
    bool is_replaced;
    bool is_gone; // it has been overwritten, and there is no other
};

struct layout {
    bool has_event_id; // event_id is the record's EventID for certain
    uint16_t event_id;
    // All text of the record stands in the record itself or in `bodies` as plain UTF-16LE. Not so
    // where there are ANSI strings, text put together from several pieces, character references, or
    // anything that is not understood.
    bool plain;
    // Its instances and their values end where the record does, at the latest.
    bool is_contained;
    // An instance counts more values than there is room for in a chunk. libevtx would take
    // gigabytes for them before it finds that out.
    bool has_impossible_count;
    size_t body_count;
    struct layout_body bodies[LAYOUT_NESTING_MAX]; // that the record uses
    size_t link_count;
    struct layout_link links[LAYOUT_NESTING_MAX]; // of the record's instances, as far as read
    size_t string_count;
    struct layout_string strings[LAYOUT_STRINGS_MAX]; // its UTF-16LE string values, as far as read
};

// Where the record's values end, if that is where its size says that it ends; else, and where its
// layout is not understood, its own offset: nothing in it is its own for certain.
size_t layout_own_end(const uint8_t *chunk, const struct record *record);

// Which event the record is, for every record and so cheap: only has_event_id and event_id are set.
void layout_read_id(struct layout_cache *cache, const uint8_t *chunk, const struct record *record,
                    struct layout *layout);

// All but that.
void layout_read_content(struct layout_cache *cache, const uint8_t *chunk,
                         const struct record *record, struct layout *layout);

// The text that is a body's own, in elements and attributes, as far as read: at most `room` of its
// pieces. Returns how many there are. Unlike string values it has no NUL at its end.
size_t layout_read_texts(const uint8_t *chunk, const struct layout_body *body,
                         struct layout_string *texts, size_t room);

#endif
