// SPDX-License-Identifier: GPL-3.0-or-later
// The values of expressions: literals, fields, functions and arithmetic.
//
// An expression has a list of values. None is null: a field is missing, or a function was given
// null. A field with several values, and what is made of it, has several: a comparison holds if it
// holds for one of them. What Elasticsearch fails a query for, such as a division by zero, is null.
//
// Numbers are 64-bit integers or doubles, as in Elasticsearch; text is counted in UTF-16 units, as
// there.
#ifndef EVTXSEQ_EQL_VALUE_H
#define EVTXSEQ_EQL_VALUE_H

#include "rules/eql_ast.h"
#include "rules/fields.h"

enum eql_value_type { EQL_VALUE_TEXT, EQL_VALUE_INTEGER, EQL_VALUE_FLOAT, EQL_VALUE_BOOLEAN };

struct eql_value {
    enum eql_value_type type; // addresses are text
    union {
        struct text text;
        int64_t integer;
        double number;
        bool boolean;
    };
};

struct eql_values {
    const struct eql_value *list;
    size_t count;
};

// Bytes of all texts that are made while one expression is evaluated.
enum { EQL_TEXT_SIZE_MAX = 1 << 20 };

// Values that one expression can come to, and arguments that one function is called with: a command
// line of a thousand words, each joined with each, is past it.
enum { EQL_VALUES_MAX = 1 << 16 };

// Steps of all that a predicate asks of one event, patterns, regular expressions and functions
// together. A step is a byte looked at, or takes about as long: all of them take some 30 ms.
enum { EQL_STEPS_MAX = 1 << 25 };

struct eql_run {
    struct field_reader *reader; // NULL: there are no fields in the expressions
    unsigned kind;               // as which the event counts
    struct arena *arena;         // what the values are in
    size_t text_size;            // of texts made, in bytes; 0 at first
    size_t steps;                // taken; 0 at first
    bool failed;                 // memory ran out, or a limit above was passed
};

// Counts steps. False when they are too many.
static inline bool eql_take_steps(struct eql_run *run, size_t steps) {
    bool is_left = run->steps <= EQL_STEPS_MAX && steps <= EQL_STEPS_MAX - run->steps;
    run->steps = is_left ? run->steps + steps : EQL_STEPS_MAX + 1;
    run->failed = run->failed || !is_left;
    return is_left;
}

static inline size_t eql_steps_left(const struct eql_run *run) {
    return run->steps <= EQL_STEPS_MAX ? EQL_STEPS_MAX - run->steps : 0;
}

// The values of a literal, field, call or arithmetic of a query that was checked.
struct eql_values eql_evaluate(struct eql_run *run, const struct eql_node *node);

// The values of a field.
struct eql_values eql_read_field(struct eql_run *run, struct field field);

// Whether two values can be compared: both text, both numbers, both booleans; and how, as memcmp()
// has it.
bool eql_compare(const struct eql_value *a, const struct eql_value *b, int *result);

#endif
