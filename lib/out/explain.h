// SPDX-License-Identifier: GPL-3.0-or-later
// Rules described to people.
#ifndef EVTXSEQ_EXPLAIN_H
#define EVTXSEQ_EXPLAIN_H

#include "base/buffer.h"
#include "rules/rule.h"

// A line a rule: ID, severity, name.
void explain_add_list(struct buffer *out, const struct rule_set *rules);

void explain_add_rule(struct buffer *out, const struct rule_text *rule);

#endif
