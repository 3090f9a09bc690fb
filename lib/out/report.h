// SPDX-License-Identifier: GPL-3.0-or-later
// All that a run has come to, for formats that tell of the whole.
#ifndef EVTXSEQ_REPORT_H
#define EVTXSEQ_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "match/findings.h"
#include "match/timeline.h"
#include "rules/event.h"
#include "rules/rule.h"
#include "scan/coverage.h"
#include "scan/input_facts.h"
#include "scan/problem.h"

// What was asked for, as far as it decides what is found.
struct report_scope {
    struct findings_options findings;
    enum event_clock clock;
    bool no_recovered; // records from slack space were left out
    bool no_context;
    bool is_carved;
};

// Nothing is owned.
struct report {
    const struct findings *findings;
    const struct timeline *timeline; // what they point into; NULL when nothing was looked for
    const struct rule_set *rules;
    const struct coverage *coverage;  // finished
    const struct problems *problems;  // sorted
    const struct input_facts *inputs; // sorted by path
    size_t input_count;
    size_t log_count;
    struct report_scope scope;
    bool is_context_cut; // not all context could be looked for
};

#endif
