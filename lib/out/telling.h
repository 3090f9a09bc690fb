// SPDX-License-Identifier: GPL-3.0-or-later
// What is told of a finding, and where: events of one process share its chain, findings share
// ancestors and descendants, and each is told once.
#ifndef EVTXSEQ_TELLING_H
#define EVTXSEQ_TELLING_H

#include <stdbool.h>
#include <stddef.h>

#include "match/context.h"
#include "match/findings.h"
#include "out/places.h"

// What led to an event, by its number. NULL when context was not looked for.
const struct context_chain *telling_chain(const struct finding *finding, size_t event);

// The number of the last event before this one that is of the same process; `event` for none.
size_t telling_same_process(const struct finding *finding, size_t event);

// Whether the ancestors of an event are told there, not elsewhere.
bool telling_ancestors(const struct finding *finding, size_t event);

// The same of the descendants of the last event's process.
bool telling_descendants(const struct finding *finding);

// Whether there are any.
bool telling_has_descendants(const struct finding *finding);

// Adds the inputs of what is told of the finding. False when memory ran out.
bool telling_add_places(struct places *places, const struct finding *finding);

#endif
