// SPDX-License-Identifier: GPL-3.0-or-later
// Whether a query that is EQL by its syntax means something: types, arguments, the shape of a
// sequence. What holds of a query that passed is written in rules/eql_ast.h.
//
// As Elasticsearch has it, but for this: text and numbers do not mix in comparisons; conditions in
// parentheses are not values; a field that no Sysmon event has is of any type. Regular expressions
// and address blocks are read when a rule is compiled.
#ifndef EVTXSEQ_EQL_CHECK_H
#define EVTXSEQ_EQL_CHECK_H

#include <stdbool.h>

#include "rules/eql_ast.h"
#include "rules/eql_error.h"

// False when something is wrong; *error then says what, and is all zero otherwise.
bool eql_check(const struct eql_query *query, struct eql_error *error);

// Whether there are fields in it.
bool eql_has_fields(const struct eql_node *node);

#endif
