// SPDX-License-Identifier: GPL-3.0-or-later
// Makes a tree of a query's text: syntax alone, rules/eql_check.h sees to the rest.
//
// Source of the grammar: Elasticsearch's EQL. Not taken, and refused by name, are pipes, `sample`,
// `join`, `... of [...]`, fields with [N], and what is no longer EQL there: `=` for `==`, strings
// in single quotes, ?"..." strings.
#ifndef EVTXSEQ_EQL_PARSER_H
#define EVTXSEQ_EQL_PARSER_H

#include <stddef.h>

#include "rules/eql_ast.h"
#include "rules/eql_error.h"

// Parses `size` bytes. The query does not refer to them. NULL when they are not EQL, go past a
// limit of rules/eql_limits.h, or memory ran out; *error then says so, and is all zero otherwise.
struct eql_query *eql_parse(const char *text, size_t size, struct eql_error *error);

void eql_query_free(struct eql_query *query);

#endif
