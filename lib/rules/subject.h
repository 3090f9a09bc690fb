// SPDX-License-Identifier: GPL-3.0-or-later
// What conditions are judged on: the values of a record where they lie, or an event. Both say the
// same, by the same names, and what is missing in one is missing in the other.
#ifndef EVTXSEQ_SUBJECT_H
#define EVTXSEQ_SUBJECT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "rules/event.h"
#include "rules/event_xml.h"

struct view;  // evtx/view.h
struct value; // evtx/value.h

// All zero at first; keeps its memory from subject to subject.
struct subject {
    const struct view *view;    // with its EventData open
    struct event_header header; // of the view's record
    const struct event *event;  // where there is no view
    // Of a view: values that have been made text, by number.
    bool is_made[DATA_COUNT];
    struct text made[DATA_COUNT];
    struct arena arena;
    struct buffer text;
    uint16_t id; // EventID
    bool failed; // memory ran out: a value counts as missing then
};

void subject_free(struct subject *subject);

// Takes up a view, whose event has this ID and its record this header, or an event. Both must stay
// as long as they are asked.
void subject_set_view(struct subject *subject, const struct view *view, uint16_t id,
                      const struct event_header *header);
void subject_set_event(struct subject *subject, const struct event *event);

// The value; without data when it is missing. It stays until the next subject.
struct text subject_value(struct subject *subject, enum event_data data);

// The value as it lies in the record, if it is one piece there. False where it is not, or the
// subject is an event.
bool subject_raw_value(const struct subject *subject, enum event_data data, struct value *value);

// The value by a name of EventData that is not in the list; the first of several.
struct text subject_other(struct subject *subject, struct text name);

uint64_t subject_record_id(const struct subject *subject);

// The subject's time; TimeCreated too where UtcTime cannot be read.
int64_t subject_time(struct subject *subject, enum event_clock clock);

// The machine that the event is of: see event_machine_of().
uint32_t subject_machine(struct subject *subject);

// Whether there is the value at all, be it one that is missing.
bool subject_has(const struct subject *subject, enum event_data data);

#endif
