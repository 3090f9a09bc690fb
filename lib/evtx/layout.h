// SPDX-License-Identifier: GPL-3.0-or-later
// How a record's binary XML is laid out, read without decoding it: which event it is, and where its
// text stands.
//
// Windows writes a record as an instance of a template: a definition, inline at its first use in a
// chunk, with numbered holes, and an array of typed values that fill them. EventData is such an
// instance again, within a value. layout_body.h reads definitions. Source: libyal's documentation
// of the Windows Event Log binary XML, and the logs themselves. All offsets count from the first
// byte of the chunk.
#ifndef EVTXSEQ_LAYOUT_H
#define EVTXSEQ_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "evtx/chunk.h"
#include "evtx/layout_body.h"

enum {
    LAYOUT_TEMPLATES_MAX = 64, // remembered in a chunk; more are read again each time
    LAYOUT_HINTS = 64,
    LAYOUT_DEFINITIONS_MAX = 256,
    LAYOUT_NESTING_MAX = 4,   // instances within values
    LAYOUT_STRINGS_MAX = 512, // string values listed of one record
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
    const char *field; // of EventData, to be looked out for; NULL for none
    size_t count;
    // Where to look first: the number of a template with such an offset, if there is one.
    uint8_t hints[LAYOUT_HINTS];
    struct layout_body templates[LAYOUT_TEMPLATES_MAX];
    bool has_definitions; // they have been looked for
    size_t definition_count;
    struct layout_definition definitions[LAYOUT_DEFINITIONS_MAX];
};

void layout_cache_clear(struct layout_cache *cache, const char *field);

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

// What is known of a record at first sight.
struct layout_head {
    bool has_event_id; // event_id is the record's EventID for certain
    uint16_t event_id;
    uint16_t value_count;
    uint16_t body;        // its number in the cache; LAYOUT_TEMPLATES_MAX where it is not there
    bool is_bare;         // its elements stand in the record itself
    uint32_t definition;  // offset of the record's template definition; 0 where there is none
    uint32_t descriptors; // offset of those of its values
};

// A value, or text of a template.
struct layout_value {
    uint8_t type; // 0 when there is none
    uint32_t offset;
    uint32_t size; // bytes
};

enum layout_answer { LAYOUT_NO, LAYOUT_YES, LAYOUT_UNKNOWN };

struct layout {
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

// Which event the record is, for every record and so cheap.
void layout_read_head(struct layout_cache *cache, const uint8_t *chunk, const struct record *record,
                      struct layout_head *head);

// The body of a record, from the cache or else read into `room`. NULL where it has none that could
// be read.
const struct layout_body *layout_body_of(struct layout_cache *cache, const uint8_t *chunk,
                                         const struct record *record,
                                         const struct layout_head *head, struct layout_body *room);

// The value or text that a source of the record's body leads to. False where it cannot be told; a
// value that is not there is of type 0.
bool layout_find(const uint8_t *chunk, const struct record *record, const struct layout_head *head,
                 const struct layout_source *source, struct layout_value *value);

// The same, faster, where `first` has led to `found` and the source's value is the next one.
bool layout_find_behind(const uint8_t *chunk, const struct record *record,
                        const struct layout_head *head, const struct layout_source *first,
                        const struct layout_value *found, const struct layout_source *source,
                        struct layout_value *value);

// Whether the record's EventData has the field of cache->field, with a value or without.
enum layout_answer layout_has_field(struct layout_cache *cache, const uint8_t *chunk,
                                    const struct record *record, const struct layout_head *head);

// Where the record's text stands.
void layout_read_content(struct layout_cache *cache, const uint8_t *chunk,
                         const struct record *record, struct layout *layout);

#endif
