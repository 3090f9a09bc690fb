// SPDX-License-Identifier: GPL-3.0-or-later
// Which stages of the chosen rules an event meets.
#ifndef EVTXSEQ_STAGES_H
#define EVTXSEQ_STAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/rule.h"
#include "rules/subject.h"

enum { STAGES_MAX = 32 };

// The distinct stages of a choice of rules, numbered from 0, ready to be asked.
struct stages;

// A set of stage numbers: bit 1 << number.
typedef uint32_t stage_mask;

struct stage_verdict {
    stage_mask meets;    // stages whose condition the event meets
    stage_mask fallback; // stages of whose condition it meets the fallback alone
};

// The stages of `count` rules, which must outlive the result. NULL when memory ran out or the rules
// have more than STAGES_MAX stages together.
struct stages *stages_new(const struct rule *const *rules, size_t count);
void stages_free(struct stages *stages);

// Adds a stage of no rule, to be judged all the same. False when there are too many.
bool stages_add(struct stages *stages, const struct stage *stage);

// The stages that belong to the rules.
stage_mask stages_of_rules(const struct stages *stages);

// The stages that events of this ID can meet.
stage_mask stages_of_id(const struct stages *stages, uint16_t event_id);

// The number of a stage of one of the rules, as a mask.
stage_mask stages_mask_of(const struct stages *stages, const struct stage *stage);

struct stage_verdict stages_judge(const struct stages *stages, struct subject *subject);

// Bytes of a log that nothing is known of.
struct raw {
    const uint8_t *data;
    size_t size;
};

// Whether a record that cannot be decoded may meet one of the stages: the text that a stage needs
// stands in its bytes, as UTF-16 or as it is, in any case.
bool stages_may_meet(const struct stages *stages, stage_mask which, const struct raw *raw,
                     size_t count);

#endif
