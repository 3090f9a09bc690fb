// SPDX-License-Identifier: GPL-3.0-or-later
// Rules described.
#ifndef EVTXSEQ_EXPLAIN_H
#define EVTXSEQ_EXPLAIN_H

#include <stdbool.h>

#include "base/buffer.h"
#include "rules/rule_text.h"

// All that the rule says of itself, its Markdown as plain text, and its query. Lines have at most
// 78 columns, but for code, addresses that are on a line of their own, and the query, which stand
// as they are. Nothing in it can act on a terminal.
void explain_add_text(struct buffer *out, const struct rule_text *rule);

// The same in a row for each of the names that the rule's file has, after one of column names:
// name, value. A text is as it is there, anything else as JSON. Cells are as csv_add_cell() makes
// them.
void explain_add_csv(struct buffer *out, const struct rule_text *rule, bool raw);

// The same as an object on one line, with the names that the rule's file has.
void explain_add_jsonl(struct buffer *out, const struct rule_text *rule);

#endif
