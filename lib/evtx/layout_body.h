// SPDX-License-Identifier: GPL-3.0-or-later
// What a run of elements in binary XML says by itself: a template definition, or elements that have
// no template. Which event it is of, where its text stands and which holes it leaves to values.
//
// Source: libyal's documentation of the Windows Event Log binary XML, and the logs themselves. All
// offsets count from the first byte of the chunk.
#ifndef EVTXSEQ_LAYOUT_BODY_H
#define EVTXSEQ_LAYOUT_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Value types that matter here.
enum {
    LAYOUT_STRING = 0x01, // UTF-16LE, often with a NUL behind it
    LAYOUT_U8 = 0x04,
    LAYOUT_U16 = 0x06,
    LAYOUT_U32 = 0x08,
    LAYOUT_U64 = 0x0a,
    LAYOUT_GUID = 0x0f,
};

// Of a template definition: the offset of the next (u32), GUID, the size of its data (u32).
enum { LAYOUT_TEMPLATE_HEADER = 24 };

// Where the text of an element or attribute comes from.
enum layout_source_kind {
    LAYOUT_NOWHERE, // there is none
    LAYOUT_TEXT,    // it stands in the body itself
    LAYOUT_HOLE,    // a value fills it in
};

struct layout_source {
    enum layout_source_kind kind;
    uint16_t hole;
    uint32_t offset; // of the text, UTF-16LE
    uint32_t size;   // bytes
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
    bool has_system; // all of the event's element System has been read, and so what it says here:
    struct layout_source provider_name;
    struct layout_source provider_guid;
    struct layout_source computer;
    bool has_event_data; // the element EventData begins in it
    bool has_data_hole;  // a value with further elements of the event fills in hole `data_hole`
    uint16_t data_hole;
    bool names_field; // EventData has the field that the cache is told of
};

struct layout_string {
    uint32_t offset;
    uint32_t size; // bytes
};

// Reads the template definition at `offset`. The field is one of EventData to be looked out for, or
// NULL. Where it is not understood, what is known of it; its size is 0 where it does not fit the
// chunk.
struct layout_body layout_body_of_template(const uint8_t *chunk, uint32_t offset,
                                           const char *field);

// Reads elements without a template, which stand in a record, or in a value, themselves. Windows
// gives them no dependency IDs there, but libevtx looks for some and reads only those that have
// them.
struct layout_body layout_body_bare(const uint8_t *chunk, uint32_t offset, uint32_t size,
                                    const char *field);

// The text that is a body's own, in elements and attributes, as far as read: at most `room` of its
// pieces. Returns how many there are. Unlike string values it has no NUL at its end.
size_t layout_body_texts(const uint8_t *chunk, const struct layout_body *body,
                         struct layout_string *texts, size_t room);

#endif
