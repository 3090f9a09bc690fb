// SPDX-License-Identifier: GPL-3.0-or-later
// From a view of a record to an event, or to what is asked of one: the same as event_xml.h makes of
// what libevtx decodes.
#ifndef EVTXSEQ_EVENT_VIEW_H
#define EVTXSEQ_EVENT_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "evtx/view.h"
#include "rules/event.h"
#include "rules/event_xml.h"

// The names that views look up: EventData's, by enum event_data. NULL when memory ran out.
struct names *event_view_names(void);

// Whose event it is, and which. EVENT_MALFORMED where the view cannot tell.
enum event_result event_view_identify(const struct view *view, uint16_t *id);

// Adds the text of a value. False where the record does not carry it.
bool event_view_add(const struct view *view, enum event_data data, struct buffer *out);

// The value as it lies in the record. False where it is not there, or not one piece.
bool event_view_value(const struct view *view, enum event_data data, struct value *value);

bool event_view_has(const struct view *view, enum event_data data);

// EventRecordID and TimeCreated; what the record's own header says where they cannot be read.
uint64_t event_view_record_id(const struct view *view, const struct event_header *header);
int64_t event_view_time(const struct view *view, const struct event_header *header);

// The event of a view whose EventData is open, made in `draft`; the caller's to free(). NULL when
// memory ran out.
struct event *event_from_view(const struct view *view, uint16_t id,
                              const struct event_header *header, struct event_draft *draft);

#endif
