// SPDX-License-Identifier: GPL-3.0-or-later
// An event as the binary XML of one record.
#ifndef EVTXSEQ_TESTS_EVTX_EVENT_H
#define EVTXSEQ_TESTS_EVTX_EVENT_H

#include "evtx_value.h"

// Where each part of System comes from; the order is that of Windows' own substitutions.
enum slot {
    SLOT_LEVEL,
    SLOT_OPCODE,
    SLOT_TASK,
    SLOT_EVENT_ID,
    SLOT_QUALIFIERS,
    SLOT_KEYWORDS,
    SLOT_TIME_CREATED,
    SLOT_ACTIVITY,
    SLOT_PROCESS,
    SLOT_THREAD,
    SLOT_RECORD_ID,
    SLOT_VERSION,
    SLOT_USER,
    SLOT_RELATED_ACTIVITY,
    SLOT_PROVIDER,
    SLOT_PROVIDER_GUID,
    SLOT_CHANNEL,
    SLOT_DATA,
    SLOT_COMPUTER, // never substituted: Windows puts the computer's name into the template
    SLOT_COUNT,
    SLOT_NONE = SLOT_COUNT,
};

// An event ready to be written. Points into itself and into the event: not to be copied or moved.
struct event_plan {
    const struct evtx_event *event;
    struct evtx_value values[SLOT_COUNT];
    size_t index[SLOT_COUNT]; // of the substitution, or LITERAL
    struct value_buffer id_text;
    uint8_t stale[16];
    struct template system;
    struct template data;
};

// `scratch` is overwritten.
void plan_event(struct event_plan *plan, const struct evtx_event *event, struct chunk *scratch);

// Writes the record's fragment, its end token included.
void bx_put_event(struct chunk *chunk, const struct event_plan *plan);

// Calls `define` for each of the event's templates that the chunk has no definition of.
void define_event_templates(struct chunk *chunk, const struct event_plan *plan,
                            void (*define)(struct chunk *chunk, const struct template *template));

#endif
