// SPDX-License-Identifier: GPL-3.0-or-later
// The context of a finding as JSON.
#ifndef EVTXSEQ_RELATIVES_H
#define EVTXSEQ_RELATIVES_H

#include <jansson.h>

#include "match/findings.h"
#include "out/document.h"

// An object: the chain of processes that led to each event, and what the last event's process went
// on to start. The finding must have a context. NULL when memory ran out.
json_t *relatives_make(struct documents *documents, const struct finding *finding);

#endif
