// SPDX-License-Identifier: GPL-3.0-or-later
// Counts the records of a chunk for coverage.h: of which host each is, whether Sysmon wrote it,
// which event it is. Raw bytes tell that, so that nothing has to be decoded for it; of a record
// that is decoded anyway, as is one whose layout is not understood, the event does.
#ifndef EVTXSEQ_COUNTER_H
#define EVTXSEQ_COUNTER_H

#include <stdbool.h>

#include "base/buffer.h"
#include "evtx/chunk.h"
#include "rules/event.h"
#include "rules/stages.h"
#include "scan/coverage.h"
#include "scan/filter.h"

struct counter;

// The filter is that which the chunks go through; both must outlive the counter. A sight whose
// stage is not among the stages is not counted. NULL when memory ran out.
struct counter *counter_new(const struct stages *stages, struct filter *filter);
void counter_free(struct counter *counter);

// What decoding has made of a record.
struct counter_view {
    struct event *event; // NULL where it was not decoded, or is not Sysmon's
    bool is_other;       // it was decoded, and is another provider's
    stage_mask meets;    // stages that the event meets
};

// Takes up the chunk that the filter has just gone through.
void counter_start(struct counter *counter, const struct chunk *chunk);

// Counts record `number` of it. Rows for which there is no room go to `out` as messages.
void counter_add(struct counter *counter, size_t number, const struct counter_view *view,
                 struct buffer *out);

// Adds what was counted since counter_start() to `rows`. When there is no room there, what is in
// them goes to `out` first.
void counter_finish(struct counter *counter, struct coverage_rows *rows, struct buffer *out);

// Moves all rows to `out`.
void counter_send(struct coverage_rows *rows, struct buffer *out);

#endif
