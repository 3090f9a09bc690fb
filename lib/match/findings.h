// SPDX-License-Identifier: GPL-3.0-or-later
// What the rules find in a timeline.
#ifndef EVTXSEQ_FINDINGS_H
#define EVTXSEQ_FINDINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "match/matcher.h"
#include "match/timeline.h"
#include "rules/rule.h"
#include "rules/stages.h"

struct context;

struct finding {
    uint64_t id; // of rule, host, event IDs, record IDs and times: the same wherever it is found
    const struct rule *rule;
    enum match_basis basis;
    const struct stage_event *events[RULE_STAGES_MAX]; // one a stage, in the timeline
    int64_t span; // milliseconds from first to last event; of no meaning with one stage
    const struct context *context; // see context.h; not owned; NULL when it was not looked for
};

struct findings_options {
    bool strict;   // BASIS_EXACT alone
    int64_t span;  // milliseconds instead of the rules' own; negative for those
    int64_t since; // only findings whose last event lies in [since, until)
    int64_t until;
};

// The rules' own spans, and all findings.
struct findings_options findings_default_options(void);

struct findings {
    struct finding *list; // owned
    size_t count;
    size_t capacity;
};

// Adds what `rule` finds in the sorted timeline, which must outlive the findings. `stages` numbers
// the stages as the timeline's verdicts do. False when memory ran out.
bool findings_add(struct findings *findings, const struct rule *rule, const struct stages *stages,
                  const struct timeline *timeline, const struct findings_options *options);

// By time of the last event, host, record IDs, rule.
void findings_sort(struct findings *findings);

void findings_free(struct findings *findings);

// The event of the rule's stage of this name, or NULL when the rule has no such stage.
const struct stage_event *finding_event(const struct finding *finding, const char *stage);

// Which of its events were recovered: "no", "load", "start" or "both".
const char *finding_recovered(const struct finding *finding);

// The event whose time is the finding's: that of the last stage.
const struct stage_event *finding_last(const struct finding *finding);

#endif
