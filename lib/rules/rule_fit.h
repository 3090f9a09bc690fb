// SPDX-License-Identifier: GPL-3.0-or-later
// How far a rule fits Sysmon's events: what can be told of it without a log.
#ifndef EVTXSEQ_RULE_FIT_H
#define EVTXSEQ_RULE_FIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/eql_ast.h"

enum rule_verdict {
    RULE_RUNS,
    RULE_RUNS_IN_PART, // it names fields that no event of its stages has
    RULE_CANNOT_MATCH, // no event can be one of its stages
    RULE_VERDICT_COUNT
};

// "runs" and so on.
const char *rule_verdict_name(enum rule_verdict verdict);

// Names of fields as the query has them, in its order, each once.
struct rule_field_names {
    struct text *list;
    size_t count, capacity;
};

struct rule_fit {
    enum rule_verdict verdict;
    size_t stage_count; // of the query
    uint32_t *events;   // of a stage: the events that it looks at (fields.h FIELD_EVENT_BIT)
    // Fields that no event of their stage has, though other events or other logs of Elastic's do;
    // and fields that are not known at all, which may be typing mistakes.
    struct rule_field_names absent, unknown;
    char *reason; // why it cannot match, a line fit for a terminal; else NULL
};

// Looks at a query that was checked and outlives the fit. False when memory ran out.
bool rule_fit_make(struct rule_fit *fit, const struct eql_query *query);

void rule_fit_free(struct rule_fit *fit);

#endif
