// SPDX-License-Identifier: GPL-3.0-or-later
// The conditions of all stages of a run, ready to be judged: what EQL means.
//
// A condition is logic over predicates. A predicate asks one thing of the values of one field, or
// of one expression; equal ones are one, and are asked once an event.
//
// Predicates on a field hold or fail, and fail where it is missing: Elasticsearch makes filters of
// them. Those on an expression are scripts there: they give null where it is null. `not` of null is
// null, `and` and `or` take it for false, and so does the condition as a whole. startsWith,
// cidrMatch and, minding case, stringContains of a field and literals are filters.
#ifndef EVTXSEQ_CONDITION_H
#define EVTXSEQ_CONDITION_H

#include <stdbool.h>
#include <stddef.h>

#include "rules/eql_ast.h"
#include "rules/eql_error.h"
#include "rules/fields.h"
#include "rules/haystack.h"

struct conditions;

// NULL when memory ran out.
struct conditions *conditions_new(void);
void conditions_free(struct conditions *conditions);

// Takes up what a stage asks for, its category and its condition, of a query that was checked and
// outlives the conditions. Gives its number, from 0 on; equal stages have one. False when something
// is wrong with a value or memory ran out: *error then says so.
bool conditions_add(struct conditions *conditions, const struct eql_stage *stage,
                    struct eql_error *error, size_t *number);

enum condition_verdict {
    CONDITION_FAILS,
    CONDITION_HOLDS,
    // Only if the file's own name stands in for OriginalFileName, which the record does not carry.
    CONDITION_HOLDS_BY_NAME,
    // A limit was passed or memory ran out, and it may hold.
    CONDITION_UNDECIDED,
};

// Judges the reader's subject. Says as which kind of event it holds, the first of several.
enum condition_verdict conditions_judge(struct conditions *conditions, size_t number,
                                        struct field_reader *reader, unsigned *kind);

// What can come of a condition. Sets of these: what may.
enum condition_outcome { OUTCOME_FALSE = 1, OUTCOME_TRUE = 2, OUTCOME_NULL = 4 };

// What may come of it for events of this ID that count as this kind, at least one. Only what
// field_constant() knows decides; every other value may be any, or missing. It never leaves one out
// that an event has, and may name some that none has: `a == "x" and a == "y"`.
unsigned conditions_outcomes(struct conditions *conditions, size_t number, unsigned event_id,
                             unsigned kind);

// Whether events of this ID can meet it at all, as far as the ID alone tells.
bool conditions_may_hold(struct conditions *conditions, size_t number, unsigned event_id);

// Whether a record that cannot be decoded may meet it: the texts that it needs stand in its bytes.
// *found is the longest of them that was found, which lives as long as the conditions; empty when
// none was.
bool conditions_may_hold_in(struct conditions *conditions, size_t number,
                            const struct haystack *bytes, struct text *found);

#endif
