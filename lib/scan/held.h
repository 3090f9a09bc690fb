// SPDX-License-Identifier: GPL-3.0-or-later
// What is held of the stage events of inputs: those of one up to a limit, and of all together what
// may yet be of use (pruning.h).
#ifndef EVTXSEQ_HELD_H
#define EVTXSEQ_HELD_H

#include "scan/scan_state.h"

// Takes an event of PASS_RULES, PASS_AFRESH or PASS_AGAIN, and event->event over.
void held_add(struct scan *scan, const struct stage_event *event, struct source *source);

// Forgets all events of inputs that can be read again.
void held_forget(struct scan *scan);

// Whether the events of an input, by their weight, are more than is kept of one.
bool held_is_too_much(const struct scan *scan, uint64_t weight);

// At the end of these passes: whether inputs are to be read again because something was dropped too
// soon.
bool held_misses_some(struct scan *scan);

// When there is nothing to be read again: names what events of which inputs are left out.
void held_name_cuts(struct scan *scan);

#endif
