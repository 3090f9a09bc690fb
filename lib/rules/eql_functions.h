// SPDX-License-Identifier: GPL-3.0-or-later
// EQL's functions: names, what they take, what they give. Source: Elasticsearch's EQL function
// reference.
#ifndef EVTXSEQ_EQL_FUNCTIONS_H
#define EVTXSEQ_EQL_FUNCTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "rules/eql_ast.h"

// What a value can be. Null and a field of unknown type are ANY, which fits everywhere.
enum eql_type { EQL_TYPE_ANY, EQL_TYPE_TEXT, EQL_TYPE_NUMBER, EQL_TYPE_BOOLEAN, EQL_TYPE_ADDRESS };

struct eql_function_info {
    const char *name; // as the reference writes it
    enum eql_type gives;
    bool may_fold;     // there is a `name~`
    size_t least;      // arguments
    size_t most;       // arguments; SIZE_MAX for any number
    const char *takes; // for the code: see eql_functions.c
};

struct eql_parameter {
    enum eql_type type;
    bool is_constant; // takes no fields
};

// The function of that name, in any case. False when there is none.
bool eql_function_find(const char *name, size_t size, enum eql_function *function);

const struct eql_function_info *eql_function_info(enum eql_function function);

// What a function takes as its argument `index`, from 0, which is below its `most`.
struct eql_parameter eql_function_parameter(enum eql_function function, size_t index);

#endif
