// SPDX-License-Identifier: GPL-3.0-or-later
// A record's values where they lie: a view, which decodes nothing and copies nothing.
//
// A view opens only if everything is understood: one Event, its System, its EventData; every value
// that a definition asks for, inside the record and of a known type. What else there is goes to
// libevtx (decoder.h). Where both can read a record, they read the same: tests and a fuzz target
// hold that, and definitions.h says how it is made sure of at run time.
#ifndef EVTXSEQ_VIEW_H
#define EVTXSEQ_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "evtx/definitions.h"
#include "evtx/value.h"

// Values of an instance; Sysmon has 30 at most, and an instance with more is not understood.
enum { VIEW_VALUES_MAX = 128 };

// A run of elements and the values that fill it in.
struct view_part {
    const struct definition *definition;
    const uint8_t *descriptors; // NULL for elements without a template
    size_t value_count;
    uint32_t places[VIEW_VALUES_MAX]; // offsets of the values in the chunk
    uint32_t end;                     // of them
    bool knows_all;                   // they are of known types, and none is null
};

struct view {
    const uint8_t *chunk;
    const struct record *record;
    struct view_part system;            // the event, and what else stands in its own elements
    struct view_part data;              // what a value brings to that
    bool data_fits;                     // its values fill the value that brings it
    const struct view_part *event_data; // the one of them that has EventData; NULL for none
    // Elements without a template are read into these, each anew.
    struct definition inline_system;
    struct definition inline_data;
};

// Opens the view of a record of the chunk that `definitions` have been started with, as far as
// System goes. False where that is not understood.
bool view_open(struct view *view, struct definitions *definitions, const uint8_t *chunk,
               const struct record *record);

// Opens the rest, EventData. False where that is not understood.
bool view_open_data(struct view *view, struct definitions *definitions);

// Whether the values that have been opened end where they should: the record's in front of its
// padding, EventData's in front of the token that ends it. If not, the sizes in the record are not
// right, and what it says may be a mixture of several values.
bool view_fits(const struct view *view);

// How a definition that the view reads by compares with libevtx: DIFFERENT if one of them does,
// UNCHECKED if one of them is.
enum definition_check view_check(const struct view *view, const struct definitions *definitions);
void view_note(const struct view *view, struct definitions *definitions,
               enum definition_check check);

// Whether a check of one record is good for others: not where elements have no template but carry
// dependency IDs. Windows writes no such records; they are left to libevtx, each. Those without the
// IDs, as Windows Event Collector stores forwarded ones, count as equal: libevtx 20181227 reads
// none.
bool view_can_be_checked(const struct view *view);

// A value of System, known or, as TimeCreated, a FILETIME. False where it is not there, or is put
// together from several pieces.
bool view_system(const struct view *view, enum system_value which, struct value *value);

// Adds the text of a value of System. False where it is not there, or a FILETIME.
bool view_add_system(const struct view *view, enum system_value which, struct buffer *out);

// The Data of EventData, in the record's order.
size_t view_item_count(const struct view *view);
const struct definition_item *view_item(const struct view *view, size_t index);

// The first item whose name has the number; NULL when there is none.
const struct definition_item *view_find(const struct view *view, int number);

// The item's value if it is one piece. False where it is several, or none: then it is text to be
// put together, if any.
bool view_value(const struct view *view, const struct definition_item *item, struct value *value);

// Adds an item's text, or its name.
void view_add_text(const struct view *view, const struct definition_item *item, struct buffer *out);
void view_add_name(const struct view *view, const struct definition_item *item, struct buffer *out);

#endif
