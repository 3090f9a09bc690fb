// SPDX-License-Identifier: GPL-3.0-or-later
// The list of rules: what each asks for, and whether it can find anything in Sysmon's logs.
#ifndef EVTXSEQ_RULE_LIST_H
#define EVTXSEQ_RULE_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "rules/rule.h"

// A rule in one line: ID, severity, whether it runs, and the IDs of the events that it needs, stage
// after stage. What has no room, and what a rule cannot see or why it cannot match, goes on in
// indented lines. The last line counts. `width` is in columns, WRAP_WIDTH_MIN or more, or 0 for no
// limit.
void rule_list_add_text(struct buffer *out, const struct rule_set *rules, size_t width);

// A row a rule, after one of column names: id, name, severity, events, verdict, absent_fields,
// unknown_fields, reason, not_applied. Stages are joined by `;`, as are fields and names; a stage's
// event IDs by spaces. Cells are as csv_add_cell() makes them.
void rule_list_add_csv(struct buffer *out, const struct rule_set *rules, bool raw);

// An object a line, with the names of the columns. `events` has a list of numbers a stage, a
// `reason` that is not needed is null.
void rule_list_add_jsonl(struct buffer *out, const struct rule_set *rules);

#endif
