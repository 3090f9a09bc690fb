// SPDX-License-Identifier: GPL-3.0-or-later
// What is read again: inputs of which something was dropped too soon (held.h); when findings are
// known, first their events (recall.h), then what their context needs (context.h). Of the events
// some are decoded as well, and if that shows that one was read wrongly, there may be other
// findings: then all inputs are read afresh, and events are compared as soon as they are found.
#ifndef EVTXSEQ_PASSES_H
#define EVTXSEQ_PASSES_H

#include "scan/scan_state.h"

// Starts to read all inputs, or in a later pass all that can be read again.
void passes_start(struct scan *scan);

// Starts workers with this task on events files. False when there can be none.
bool passes_replay(struct scan *scan, const struct replay_task *task);

// Starts to read inputs again of which something was dropped too soon. False when that fails.
bool passes_begin_again(struct scan *scan);

// Starts to read all inputs afresh after PASS_RECALL. False when there is no need for it, or it
// fails.
bool passes_begin_afresh(struct scan *scan);

// Each starts a pass. False when there is nothing to be read in it.
bool passes_begin_recall(struct scan *scan);
bool passes_begin_notes(struct scan *scan);
bool passes_begin_fetch(struct scan *scan);

void passes_finish_recall(struct scan *scan);
// Hands the contexts to their findings.
void passes_finish_context(struct scan *scan);

#endif
