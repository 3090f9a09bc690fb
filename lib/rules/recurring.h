// SPDX-License-Identifier: GPL-3.0-or-later
// Values that come again and again, such as the paths of programs. Each gets a number, by which
// what has been found out about it can be looked up when it comes again: see
// rules/condition_tree.h.
//
// A value is remembered from the second time on. As many are as there is room for, each by its
// bytes, and no longer ones than are usual. Whoever writes a log so that its values drive each
// other out gains nothing: then all is found out anew, as it would be without this.
#ifndef EVTXSEQ_RECURRING_H
#define EVTXSEQ_RECURRING_H

#include <stdbool.h>
#include <stdint.h>

#include "evtx/value.h"
#include "rules/event.h"

struct recurring;

// NULL when memory ran out.
struct recurring *recurring_new(void);
void recurring_free(struct recurring *recurring);

struct recurring_value {
    // Above 0; no other value, and none of another name, ever gets it. Set to 0, it is forgotten.
    uint64_t number;
    bool is_new;     // not remembered before; what follows is for the caller to fill in
    bool is_missing; // its text counts as missing
};

// The value of EventData of this name. NULL when it is not remembered: it has come for the first
// time, or is too long. Valid until the next call.
struct recurring_value *recurring_find(struct recurring *recurring, enum event_data data,
                                       const struct value *value);

#endif
