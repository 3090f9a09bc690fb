// SPDX-License-Identifier: GPL-3.0-or-later
// Parses conditions and all they are made of.
#ifndef EVTXSEQ_EQL_EXPRESSION_H
#define EVTXSEQ_EQL_EXPRESSION_H

#include "rules/eql_build.h"

// A condition or any other expression, as far as it goes. NULL after an error.
struct eql_node *eql_expression_parse(struct eql_build *build);

// A field alone, with or without `?`. NULL after an error.
struct eql_node *eql_expression_parse_field(struct eql_build *build);

#endif
