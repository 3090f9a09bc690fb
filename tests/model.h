// SPDX-License-Identifier: GPL-3.0-or-later
// The sequence semantics once more, slow and plain, written from the spec: stage after stage, as
// Elasticsearch queries them, every sequence that waits in a list, every question answered by
// looking through all events again. The tests hold the matcher against it.
#ifndef EVTXSEQ_TESTS_MODEL_H
#define EVTXSEQ_TESTS_MODEL_H

#include <stddef.h>

#include "match/matcher.h"

enum { MODEL_EVENTS_MAX = 16 }; // of one match

struct model_match {
    enum match_basis basis;
    size_t events[MODEL_EVENTS_MAX];
};

struct model_matches {
    struct model_match *list; // owned, to be released with free()
    size_t count;
};

// What is to be found among the events, whatever their order, in the order in which matcher_run()
// promises it.
struct model_matches model_run(const struct match_sequence *sequence,
                               const struct match_event *events, size_t count);

#endif
