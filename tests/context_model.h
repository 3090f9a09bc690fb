// SPDX-License-Identifier: GPL-3.0-or-later
// What led to findings and what came of them, slow and plain, written from the spec: every question
// is answered by looking through all events again. The tests hold the library against it.
#ifndef EVTXSEQ_TESTS_CONTEXT_MODEL_H
#define EVTXSEQ_TESTS_CONTEXT_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "match/context.h"

// What identifies a process. Two are the same if all of it is.
struct model_process {
    int host;
    int guid; // 0: none
    int pid;  // 0: missing
    int image;
};

struct model_event {
    uint16_t id;
    int64_t time;
    uint64_t record_id; // of this event alone
    struct model_process self;
    struct model_process parent; // of a creation
    bool is_lost;                // it was noted, and could not be fetched
};

// What makes the finding's context another than the model's; NULL when they are the same. The
// finding's events are some of the model's, told by their record IDs.
const char *context_model_difference(const struct finding *finding,
                                     const struct model_event *events, size_t count);

#endif
