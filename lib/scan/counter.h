// SPDX-License-Identifier: GPL-3.0-or-later
// Counts the records of a chunk: which host they are of, which event of Sysmon's.
#ifndef EVTXSEQ_COUNTER_H
#define EVTXSEQ_COUNTER_H

#include <stdbool.h>

#include "base/buffer.h"
#include "evtx/chunk.h"
#include "evtx/view.h"
#include "scan/coverage.h"

struct counter;

// NULL when memory ran out.
struct counter *counter_new(void);
void counter_free(struct counter *counter);

// Takes up a chunk.
void counter_start(struct counter *counter, const struct chunk *chunk);

// Whether it takes an event's values to count events of this ID.
bool counter_asks_values(uint16_t event_id);

// What is known of a record.
struct counted {
    bool is_sysmon; // and it is event `id`
    uint16_t id;
    const struct view *view;       // opened as far as System; NULL where it does not open
    const struct subject *subject; // the event's values; NULL where they are not known
    uint64_t machine;              // of the event, where the values are known: see coverage.h
    uint64_t libraries;            // see rule_set_judge_libraries()
};

// Rows for which there is no room go to `out` as messages.
void counter_add(struct counter *counter, const struct record *record,
                 const struct counted *counted, struct buffer *out);

// Adds what was counted since counter_start() to `rows`. When there is no room there, what is in
// them goes to `out` first.
void counter_finish(struct counter *counter, struct coverage_rows *rows, struct buffer *out);

// Moves all rows to `out`.
void counter_send(struct coverage_rows *rows, struct buffer *out);

#endif
