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
    const struct creations *creations; // once all have been fetched
};

void ancestors_free(struct ancestors *ancestors);

// Chooses the creations that led to the events of the findings. False when memory ran out.
bool ancestors_choose(struct ancestors *ancestors, const struct findings *findings,
                      struct creations *creations);

// To be called when all that was chosen has been fetched, as far as it has. The creations must
// outlive the ancestors. False when memory ran out.
bool ancestors_finish(struct ancestors *ancestors, const struct creations *creations);

// Makes the chain of the event of a finding, which is to stay where it is. To be asked in the order
// of the findings and their events: the first that has the ancestors is who is asked for first.
void ancestors_make_chain(struct ancestors *ancestors, const struct finding *finding, size_t event,
                          struct context_chain *chain);

// To be called after the last chain: gives up what is of no use then.
void ancestors_end(struct ancestors *ancestors);

#endif
