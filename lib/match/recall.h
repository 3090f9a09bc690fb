// SPDX-License-Identifier: GPL-3.0-or-later
// Reading events again: those that findings are of and that a timeline has kept brief.
#ifndef EVTXSEQ_RECALL_H
#define EVTXSEQ_RECALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "match/findings.h"
#include "match/notes.h"
#include "match/timeline.h"

struct recall {
    struct stage_event **events; // of the timeline, each once; owned
    size_t count, capacity;
    struct note_places places; // where they lie; `note` is the number among the events
};

// What is to be read again for findings in the timeline. `ranks` are the numbers of its inputs in
// the order of paths. False when memory ran out.
bool recall_make(struct recall *recall, struct timeline *timeline, const struct findings *findings,
                 const uint32_t *ranks);

// Takes an event that lies at this place of the input of this rank. What is not the one that was
// there is ignored.
void recall_take(const struct recall *recall, uint32_t rank, uint64_t offset,
                 const struct event *event);

void recall_free(struct recall *recall);

#endif
