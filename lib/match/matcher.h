// SPDX-License-Identifier: GPL-3.0-or-later
// Finds sequences of stages, as Elasticsearch's EQL sequence does, and what that cannot see.
// Knows events as numbers only: a key, an order, and which stages they meet.
#ifndef EVTXSEQ_MATCHER_H
#define EVTXSEQ_MATCHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/rule.h"

// One event, of at least one stage. `meets` and `fallback` have bit 1 << k for stage k of the
// sequence, counted from 0.
struct match_event {
    size_t key;         // events of different keys never pair
    int64_t time;       // milliseconds
    uint64_t record_id; // orders events of one time
    uint32_t meets;     // stages whose condition the event meets
    uint32_t fallback;  // stages it meets by their fallback alone
};

enum match_basis {
    BASIS_EXACT,      // the sequence itself
    BASIS_REPEAT,     // the last stage once more: its predecessor had been used up
    BASIS_IMAGE_NAME, // the last stage by its fallback
};

struct match {
    size_t events[RULE_STAGES_MAX]; // index of each stage's event, in stage order
    enum match_basis basis;
};

struct matches {
    struct match *list; // owned, to be released with matches_free()
    size_t count;
    size_t capacity;
};

// Finds every match of a sequence of `stage_count` stages whose last event is at most `span` later
// than its first. `events` must be sorted by (key, time, record_id). An event pairs with the latest
// predecessor strictly before it in that order; that one and all earlier are then used up, whether
// or not the span fits. The last stage's `repeat` and `image-name` matches use nothing up. A
// fallback counts for the last stage only. With one stage every event of it is a match.
//
// Adds to *matches in the order of the last events. False when memory ran out.
bool matcher_run(const struct match_event *events, size_t count, size_t stage_count, int64_t span,
                 struct matches *matches);

void matches_free(struct matches *matches);

// "exact", "repeat" or "image-name".
const char *match_basis_name(enum match_basis basis);

#endif
