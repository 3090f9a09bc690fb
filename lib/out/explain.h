// SPDX-License-Identifier: GPL-3.0-or-later
// Rules described to people.
#ifndef EVTXSEQ_EXPLAIN_H
#define EVTXSEQ_EXPLAIN_H

#include "base/buffer.h"
#include "rules/rule.h"

// A line a rule: ID, severity, name.
void explain_add_list(struct buffer *out);

// The rule: what it is, its ATT&CK techniques with their tactics, its guide. Lines have at most 78
// characters, verbatim ones apart.
void explain_add_rule(struct buffer *out, const struct rule *rule);

#endif
