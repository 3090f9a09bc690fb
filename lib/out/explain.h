// SPDX-License-Identifier: GPL-3.0-or-later
// Rules described to people.
#ifndef EVTXSEQ_EXPLAIN_H
#define EVTXSEQ_EXPLAIN_H

#include "base/buffer.h"
#include "rules/rule_text.h"

// All that the rule says of itself, its Markdown as plain text, and its query. Lines have at most
// 78 columns, but for code, addresses that are on a line of their own, and the query, which stand
// as they are. Nothing in it can act on a terminal.
void explain_add_rule(struct buffer *out, const struct rule_text *rule);

#endif
