// SPDX-License-Identifier: GPL-3.0-or-later
// What EQL's functions and arithmetic make of values. Source: Elasticsearch's EQL function
// reference, and where that says nothing what its EQL plugin does.
#ifndef EVTXSEQ_EQL_CALL_H
#define EVTXSEQ_EQL_CALL_H

#include "rules/eql_functions.h"
#include "rules/eql_value.h"

// Applies a call or an arithmetic operator to values, one an argument, none of them null. False
// when that gives null.
bool eql_call(struct eql_run *run, const struct eql_node *node, const struct eql_value *arguments,
              size_t count, struct eql_value *result);

#endif
