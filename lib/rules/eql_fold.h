// SPDX-License-Identifier: GPL-3.0-or-later
// What may come of a condition for an event of which its ID is known and nothing else.
//
// Only what field_constant() knows decides: the category, type, action and code of an event, what
// Elastic's pipeline never makes of events of that ID, and fields that no Sysmon event has. Every
// other value may be any value, or missing.
#ifndef EVTXSEQ_EQL_FOLD_H
#define EVTXSEQ_EQL_FOLD_H

#include "rules/eql_ast.h"

// Sets of outcomes. Null comes of a function or of arithmetic that is given a missing value; as a
// stage's whole condition it is as good as false.
enum { EQL_MAY_BE_FALSE = 1, EQL_MAY_BE_TRUE = 2, EQL_MAY_BE_NULL = 4 };

// The outcomes that the condition, of a query that was checked, may have for events of this ID that
// are counted as this kind (rules/fields.h), at least one. It never leaves one out that an event
// has, and may name some that none has: `a == "x" and a == "y"`, regular expressions.
unsigned eql_fold(const struct eql_node *condition, unsigned event_id, unsigned kind);

// The same of the opposite, `not (condition)`.
unsigned eql_fold_opposite(const struct eql_node *condition, unsigned event_id, unsigned kind);

// The same of a stage: of its category and its condition together.
unsigned eql_fold_stage(const struct eql_stage *stage, unsigned event_id, unsigned kind);

#endif
