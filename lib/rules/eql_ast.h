// SPDX-License-Identifier: GPL-3.0-or-later
// The tree of an EQL query: plain data, close to what is written. What it means is the evaluator's
// business. Everything in it lives until eql_query_free() (rules/eql_parser.h). So do texts, which
// a NUL follows, and which may hold some: "\u{00}" is a character like others.
//
// Of the syntax only this is gone: parentheses, comments, a plus sign in front; a minus sign in
// front of a number is part of the number; `not in` is NOT over IN; `a and b and c` is one AND of
// three, but `a and (b and c)` is an AND that holds an AND.
//
// The language is that of Elasticsearch's EQL reference; spec.md says what of it is taken.
#ifndef EVTXSEQ_EQL_AST_H
#define EVTXSEQ_EQL_AST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/text.h"

// Where something begins in the query's text.
struct eql_place {
    uint32_t line;   // from 1
    uint32_t column; // from 1, in characters; a tab is one, and so is a byte that is not UTF-8
    uint32_t offset; // from 0, in bytes
};

enum eql_kind {
    // Literals.
    EQL_NULL,
    EQL_BOOLEAN, // .boolean
    EQL_INTEGER, // .integer
    EQL_FLOAT,   // .number
    EQL_STRING,  // .text, escapes resolved; "text" and """text""" alike

    EQL_FIELD, // .text is its whole dotted name without backticks; .is_optional if `?name`
    EQL_CALL,  // .function, .folds if `name~`; the operands are the arguments

    // Arithmetic: one operand, then two each.
    EQL_NEGATE,
    EQL_ADD,
    EQL_SUBTRACT,
    EQL_MULTIPLY,
    EQL_DIVIDE,
    EQL_MODULO,

    // Logic: one operand; two or more each.
    EQL_NOT,
    EQL_AND,
    EQL_OR,

    // Comparisons: two operands, in the order written: "x" == a is not turned round.
    EQL_EQUAL,     // ==
    EQL_NOT_EQUAL, // !=
    EQL_LESS,
    EQL_LESS_EQUAL,
    EQL_GREATER,
    EQL_GREATER_EQUAL,

    // Lookups: the first operand is what is looked at, the others, one at least, what with.
    EQL_IN,    // in, in~ (.folds)
    EQL_MATCH, // `:`, with one value or a list
    EQL_LIKE,  // like, like~ (.folds)
    EQL_REGEX, // regex, regex~ (.folds)
};

// rules/eql_functions.h has their names and arguments.
enum eql_function {
    EQL_FUNCTION_ADD,
    EQL_FUNCTION_BETWEEN,
    EQL_FUNCTION_CIDR_MATCH,
    EQL_FUNCTION_CONCAT,
    EQL_FUNCTION_DIVIDE,
    EQL_FUNCTION_ENDS_WITH,
    EQL_FUNCTION_INDEX_OF,
    EQL_FUNCTION_LENGTH,
    EQL_FUNCTION_MODULO,
    EQL_FUNCTION_MULTIPLY,
    EQL_FUNCTION_NUMBER,
    EQL_FUNCTION_STARTS_WITH,
    EQL_FUNCTION_STRING,
    EQL_FUNCTION_STRING_CONTAINS,
    EQL_FUNCTION_SUBSTRING,
    EQL_FUNCTION_SUBTRACT,
    EQL_FUNCTION_COUNT
};

// In a query that was checked (rules/eql_check.h):
// - conditions, which are what a stage asks for and the operands of logic, are logic, comparisons,
//   lookups, calls that yield a boolean, fields, or the literals true, false and null (the last
//   never as the whole of a stage's condition);
// - the operands of comparisons, lookups, arithmetic and calls are literals, fields, calls and
//   arithmetic: never logic, comparisons or lookups;
// - of a comparison's two sides at most one has fields in it;
// - what a lookup compares with has no fields: for MATCH, LIKE and REGEX strings, for IN literals
//   or expressions over them.
struct eql_node {
    enum eql_kind kind;
    struct eql_place place; // of its first character; of an operator for nodes with two sides
    struct eql_node *const *operands;
    size_t count;
    uint32_t height;  // levels from here down, 1 without operands; at most EQL_NESTING_MAX
    bool folds;       // with `~`: case of ASCII letters does not count
    bool is_optional; // `?field`
    union {
        bool boolean;
        int64_t integer;
        double number;
        struct text text;
        enum eql_function function;
    };
};

// One event: the whole of an event query, an item of a sequence, or what ends one.
struct eql_stage {
    struct eql_place place;
    bool is_any;          // `any where`: category is empty
    struct text category; // as written, quotes and escapes resolved
    struct eql_node *condition;
    struct eql_node *const *by; // FIELD nodes: the stage's own keys, after those of the sequence
    size_t by_count;            // the same for all stages
    uint32_t runs;              // `with runs=N`; 1 without
    bool is_missing;            // `![...]`: there must be no such event
};

enum { EQL_NO_MAXSPAN = -1 };

struct eql_query {
    bool is_sequence; // else one stage, and nothing of the below
    const struct eql_stage *stages;
    size_t stage_count;
    struct eql_node *const *by; // FIELD nodes: keys of all stages
    size_t by_count;
    int64_t maxspan;               // milliseconds above 0, or EQL_NO_MAXSPAN
    const struct eql_stage *until; // NULL without; its runs is 1
    struct arena arena;            // what all this is in
};

#endif
