// SPDX-License-Identifier: GPL-3.0-or-later
// The process creations of inputs that cannot be read again, such as pipes: which of them the
// context of findings asks for is known only when all has been read.
//
// They are kept all, or none if they take more than KEPT_MAX, so that it does not matter which of
// several inputs is read first.
#ifndef EVTXSEQ_KEPT_H
#define EVTXSEQ_KEPT_H

#include "scan/scan_state.h"

// What a worker has told of an input. Is ignored but for a creation, or bytes that may be one.
void kept_take(struct scan *scan, const struct message *message, struct source *source);

// Tells what the pass asks for of them, as if workers told it: PASS_NOTES or PASS_FETCH.
void kept_tell(struct scan *scan);

// Whether creations are missing that only inputs of a single reading had.
bool kept_lacks_any(const struct scan *scan);

#endif
