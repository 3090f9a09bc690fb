// SPDX-License-Identifier: GPL-3.0-or-later
// What a query's parser works with: the next token, and nodes in the making.
#ifndef EVTXSEQ_EQL_BUILD_H
#define EVTXSEQ_EQL_BUILD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "rules/eql_ast.h"
#include "rules/eql_error.h"
#include "rules/eql_lexer.h"

// Functions that get one return NULL or false after an error, which has been noted then.
struct eql_build {
    struct eql_lexer lexer;
    struct eql_token token;  // not taken yet
    struct eql_token before; // taken last
    struct arena *arena;
    struct eql_error *error;
    size_t depth;            // of the recursion
    size_t node_count;       // made so far
    struct eql_node **stack; // operands of nodes in the making: a node takes those above its mark
    size_t stack_count;
    size_t stack_capacity;
};

// Starts to read a query, at its first token. The end must follow in any case.
bool eql_build_start(struct eql_build *build, const char *text, size_t size, struct arena *arena,
                     struct eql_error *error);
void eql_build_end(struct eql_build *build);

// Reads the next token.
bool eql_build_advance(struct eql_build *build);

bool eql_build_is_at(const struct eql_build *build, enum eql_token_kind kind);

// Says what was expected and what is there instead. Returns false.
bool eql_build_expected(struct eql_build *build, const char *expected);

// Takes a token that must be there: else says what was expected.
bool eql_build_take(struct eql_build *build, enum eql_token_kind kind, const char *expected);

// Takes a token that may be there, which *was_there tells.
bool eql_build_take_if(struct eql_build *build, enum eql_token_kind kind, bool *was_there);

// One level of recursion more, where the limit allows, and one less.
bool eql_build_enter(struct eql_build *build);
void eql_build_leave(struct eql_build *build);

// A node without operands.
struct eql_node *eql_build_node(struct eql_build *build, enum eql_kind kind,
                                struct eql_place place);

// Puts a node on the stack of operands. Takes NULL for one that failed.
bool eql_build_push(struct eql_build *build, struct eql_node *node);

// Moves what is on the stack above the mark into an array that lives with the query.
struct eql_node *const *eql_build_pop(struct eql_build *build, size_t mark, size_t *count);

// Gives a node the operands on the stack above the mark. Takes NULL for one that failed.
struct eql_node *eql_build_close(struct eql_build *build, struct eql_node *node, size_t mark);

#endif
