// SPDX-License-Identifier: GPL-3.0-or-later
// What led to events: the creations of their processes, and of the ancestors of these.
#ifndef EVTXSEQ_ANCESTORS_H
#define EVTXSEQ_ANCESTORS_H

#include <stdbool.h>
#include <stddef.h>

#include "match/context.h"
#include "match/creations.h"
#include "match/findings.h"

struct trail;
struct line;

// All zero at first.
struct ancestors {
    struct trail *trails; // by event, each once; owned
    size_t count;
    struct line *lines; // owned
    size_t line_count;
};

void ancestors_free(struct ancestors *ancestors);

// Chooses the creations that led to the events of the findings. False when memory ran out.
bool ancestors_choose(struct ancestors *ancestors, const struct findings *findings,
                      struct creations *creations);

// Makes the chains of what was chosen, as far as it has been fetched and does agree. False when
// memory ran out.
bool ancestors_finish(struct ancestors *ancestors, const struct creations *creations);

// The chain of the event of a finding. To be asked in the order of the findings and their events:
// the first that has the ancestors is who is asked for first.
struct context_chain ancestors_chain(struct ancestors *ancestors, const struct finding *finding,
                                     size_t event);

#endif
