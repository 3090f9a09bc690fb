// SPDX-License-Identifier: GPL-3.0-or-later
// What a rule is: data. Nothing here knows how events are read or paired.
//
// A rule is a sequence of stages by host within a span, or a single stage. A stage is an event ID
// and a tree of conditions. Rules are constant data today (rules.c); a parser of rule text would
// build the same structures.
#ifndef EVTXSEQ_RULE_H
#define EVTXSEQ_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/event.h"
#include "rules/guide.h"

enum condition_kind {
    CONDITION_ALL,      // every child holds
    CONDITION_ANY,      // some child holds
    CONDITION_IS,       // the operand is one of the values; ASCII case folded (EQL `:`)
    CONDITION_IS_NOT,   // the operand is none of the values, or missing; exact (EQL `!=`)
    CONDITION_LIKE,     // one of the wildcard patterns fits the operand; `*` is any run of
                        // characters, `?` any one; ASCII case folded
    CONDITION_NO_FIELD, // the record does not carry the field at all
};

// Which of the members count depends on the kind: children for ALL and ANY, data, part and values
// for the others (NO_FIELD: data alone). A missing operand satisfies no comparison but IS_NOT.
struct condition {
    enum condition_kind kind;
    const struct condition *const *children;
    size_t child_count;
    enum event_data data;
    enum event_part part;
    const char *const *values;
    size_t value_count;
};

struct stage {
    const char *name; // "load", "start"
    uint16_t event_id;
    const struct condition *condition;
    // What counts for this stage where a field that the condition needs is not logged at all; NULL
    // for none. Findings made with it carry another basis.
    const struct condition *fallback;
};

// Events that a rule is in need of, or that tell what its findings are worth. They are counted: a
// rule finds nothing where nothing was logged.
struct requirement {
    const char *name;  // of the count: a column, a field
    const char *words; // what is counted, for people
    uint16_t event_id;
    const struct requirement
        *whole;                // this counts a part of it; NULL when it counts all of its event ID
    enum event_data without;   // the part that does not carry this field at all; or DATA_COUNT
    const struct stage *stage; // the part that meets this stage; or NULL
    const char *absence;       // what it means to a rule that there is none; NULL for nothing
};

enum { RULE_STAGES_MAX = 2, RULE_NEEDS_MAX = 4 };

struct rule {
    const char *id;
    const char *name;
    const char *severity;
    int risk_score;
    const char *const *techniques; // ATT&CK IDs; `technique_count` of them
    size_t technique_count;
    const struct stage *stages[RULE_STAGES_MAX]; // in the order they must happen
    size_t stage_count;
    const struct requirement *needs[RULE_NEEDS_MAX]; // the first need_count
    size_t need_count;
    int64_t span; // milliseconds from first to last stage, inclusive; of no use to a single stage
    const struct guide *guide;
};

enum { RULES_MAX = 8, REQUIREMENTS_MAX = 8 };

// All rules, at most RULES_MAX, the sequence rule first. The default is the first alone.
const struct rule *rules_all(size_t *count);

// The requirements of all rules, at most REQUIREMENTS_MAX.
const struct requirement *const *rules_requirements(size_t *count);

// Whether one of the rules has the requirement.
bool rules_need(const struct rule *const *rules, size_t count,
                const struct requirement *requirement);

// The rule of this ID, which has `size` bytes, or NULL.
const struct rule *rules_find(const char *id, size_t size);

// A choice of rules, each once. All zero at first.
struct rule_choice {
    const struct rule *list[RULES_MAX];
    size_t count;
};

// Adds the rule of this ID, or every rule for the ID "all". False when there is no such rule.
bool rules_choose(struct rule_choice *choice, const char *id, size_t size);

#endif
