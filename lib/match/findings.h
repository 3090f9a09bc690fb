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

struct context;

struct finding {
    uint64_t id; // of rule, host, event IDs, record IDs and times: the same wherever it is found
    const struct rule *rule;
    enum match_basis basis;
    const struct stage_event **events; // in the timeline, in the order of the rule's stages; owned
    size_t event_count;                // at least 1
    int64_t span;                      // milliseconds from first to last event
    const struct context *context;     // see context.h; not owned; NULL when it was not looked for
};

struct findings_options {
    bool strict;   // BASIS_EXACT alone
    int64_t span;  // milliseconds instead of those of built-in sequences; negative for their own
    int64_t since; // only findings whose last event lies in [since, until)
    int64_t until;
    enum rule_severity min_severity;
};

// Why a finding is not asked for: the first of these that holds.
enum findings_left_out { LEFT_OUT_SEVERITY, LEFT_OUT_BASIS, LEFT_OUT_TIME, LEFT_OUT_COUNT };

// The rules' own spans, and all findings.
struct findings_options findings_default_options(void);

// The span of a sequence with these options: see struct match_sequence.
int64_t findings_span(const struct findings_options *options, const struct rule *rule);

struct findings {
    struct finding *list; // owned
    size_t count;
    size_t capacity;
    size_t left_out[LEFT_OUT_COUNT]; // how many more there would be
};

// Adds what the rules find in the sorted timeline; both must outlive the findings. False when
// memory ran out.
bool findings_add(struct findings *findings, const struct rule_set *rules,
                  const struct timeline *timeline, const struct findings_options *options);

// By time of the last event, host, record IDs, rule.
void findings_sort(struct findings *findings);

void findings_free(struct findings *findings);

// How many events they have, those of several findings as often.
size_t findings_event_count(const struct findings *findings);

// Its ID as it is written: sixteen hexadecimal digits.
enum { FINDING_ID_SIZE = 17 };
void finding_write_id(const struct finding *finding, char text[FINDING_ID_SIZE]);

// The event whose time is the finding's: that of the last one.
const struct stage_event *finding_last(const struct finding *finding);

// As which kind of event it counted for the rule: see event_kinds() in rules/fields.h.
unsigned finding_kind(const struct finding *finding, size_t event);

// Whether one of its events was read from slack space or an earlier generation of a log.
bool finding_is_recovered(const struct finding *finding);

// Whether the record of one of its events is damaged: its values may be a mixture of several.
bool finding_is_damaged(const struct finding *finding);

#endif
