// SPDX-License-Identifier: GPL-3.0-or-later
// Reading the events of findings again: those that a timeline has kept brief, for what was left out
// of them, and others to compare what is made of them.
#ifndef EVTXSEQ_RECALL_H
#define EVTXSEQ_RECALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "match/findings.h"
#include "match/notes.h"
#include "match/timeline.h"

struct recall {
    struct timeline *timeline;
    struct stage_event **events; // of the timeline, each once; owned
    size_t count, capacity;
    struct note_places places; // where they lie; `note` is the number among the events
};

// What is to be read again for findings in the timeline: all of their events that can be, or brief
// ones alone. `ranks` are the numbers of its inputs in the order of paths. False when memory ran
// out.
bool recall_make(struct recall *recall, struct timeline *timeline, const struct findings *findings,
                 bool is_all, const uint32_t *ranks);

// Takes an event that lies at this place of the input of this rank. Whole ones stay as they are,
// and one of another time or number is ignored. False where it does not say what was read first.
bool recall_take(const struct recall *recall, uint32_t rank, uint64_t offset,
                 const struct event *event);

void recall_free(struct recall *recall);

#endif
