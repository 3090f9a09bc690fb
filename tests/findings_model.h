// SPDX-License-Identifier: GPL-3.0-or-later
// What the built-in sequence finds among events, slow and plain: each event once, model.h's
// matches, those that are asked for, in the order of the report. The tests hold the library against
// it.
#ifndef EVTXSEQ_TESTS_FINDINGS_MODEL_H
#define EVTXSEQ_TESTS_FINDINGS_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "match/findings.h"

enum findings_model_kind {
    MODEL_LOAD,
    MODEL_START,      // meets the rule
    MODEL_IMAGE_NAME, // a start by its image's name alone
};

struct findings_model_event {
    int host; // rank in the order of hosts
    enum findings_model_kind kind;
    int64_t time;
    uint64_t record_id;
    bool recovered;
    const char *path;
    uint64_t offset;
};

struct findings_model_query {
    int64_t span; // milliseconds
    bool strict;
    int64_t since;
    int64_t until;
};

struct findings_model_finding {
    enum match_basis basis;
    const struct findings_model_event *load;
    const struct findings_model_event *start;
};

// What is to be found among the events, in the order in which it is to be reported. `findings` has
// room for `count`, for no start is found twice; returns how many there are.
size_t findings_model_find(const struct findings_model_event *events, size_t count,
                           const struct findings_model_query *query,
                           struct findings_model_finding *findings);

// What makes the rule's findings others than the wanted; NULL when they are the same. Records are
// told apart by their paths and offsets.
const char *findings_model_difference(const struct findings *got, const struct rule *rule,
                                      const struct findings_model_finding *wanted,
                                      size_t wanted_count);

#endif
