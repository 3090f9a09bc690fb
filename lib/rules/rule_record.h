// SPDX-License-Identifier: GPL-3.0-or-later
// A rule set on record: enough to have the same set elsewhere, without the files that it came from.
//
// What rules mean is one part, as JSON: what each says of itself (as in rule_text.h), and how many
// were wrong or left out. What they are called is the other: paths, and what is said of files that
// are wrong. Sets of one first part are the same set, wherever their files are.
#ifndef EVTXSEQ_RULE_RECORD_H
#define EVTXSEQ_RULE_RECORD_H

#include <jansson.h>

#include "base/buffer.h"
#include "rules/rule.h"

// NULL when memory ran out.
json_t *rule_record_make(const struct rule_set *set);

// Adds the other part: texts, each with a NUL after it.
void rule_record_add_names(const struct rule_set *set, struct buffer *names);

// Makes the files, which are all zero at first, of both parts. False when they are not what the
// functions above make, or memory ran out; there is nothing to free then.
bool rule_record_read(const json_t *record, const struct buffer *names, struct rule_files *files);

#endif
