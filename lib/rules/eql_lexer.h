// SPDX-License-Identifier: GPL-3.0-or-later
// Cuts a query into tokens, and makes values of literals. Source: the lexical part of
// Elasticsearch's EQL grammar and its syntax reference. Keywords are in small letters there.
#ifndef EVTXSEQ_EQL_LEXER_H
#define EVTXSEQ_EQL_LEXER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "rules/eql_ast.h"
#include "rules/eql_error.h"

enum eql_token_kind {
    EQL_TOKEN_END,

    EQL_TOKEN_NAME,        // name, or name~ (.folds)
    EQL_TOKEN_QUOTED_NAME, // `name`
    EQL_TOKEN_STRING,
    EQL_TOKEN_INTEGER,
    EQL_TOKEN_FLOAT,

    EQL_TOKEN_AND,
    EQL_TOKEN_ANY,
    EQL_TOKEN_BY,
    EQL_TOKEN_FALSE,
    EQL_TOKEN_IN, // this and the next two may have a `~` too
    EQL_TOKEN_LIKE,
    EQL_TOKEN_REGEX,
    EQL_TOKEN_JOIN,
    EQL_TOKEN_MAXSPAN,
    EQL_TOKEN_NOT,
    EQL_TOKEN_NULL,
    EQL_TOKEN_OF,
    EQL_TOKEN_OR,
    EQL_TOKEN_SAMPLE,
    EQL_TOKEN_SEQUENCE,
    EQL_TOKEN_TRUE,
    EQL_TOKEN_UNTIL,
    EQL_TOKEN_WHERE,
    EQL_TOKEN_WITH,

    EQL_TOKEN_COLON,
    EQL_TOKEN_ASSIGN, // =
    EQL_TOKEN_EQUAL,
    EQL_TOKEN_NOT_EQUAL,
    EQL_TOKEN_LESS,
    EQL_TOKEN_LESS_EQUAL,
    EQL_TOKEN_GREATER,
    EQL_TOKEN_GREATER_EQUAL,
    EQL_TOKEN_PLUS,
    EQL_TOKEN_MINUS,
    EQL_TOKEN_STAR,
    EQL_TOKEN_SLASH,
    EQL_TOKEN_PERCENT,
    EQL_TOKEN_DOT,
    EQL_TOKEN_COMMA,
    EQL_TOKEN_PARENTHESIS,
    EQL_TOKEN_PARENTHESIS_END,
    EQL_TOKEN_BRACKET,
    EQL_TOKEN_BRACKET_END,
    EQL_TOKEN_MISSING,  // ![
    EQL_TOKEN_OPTIONAL, // ?
    EQL_TOKEN_PIPE,
};

struct eql_token {
    enum eql_token_kind kind;
    struct eql_place place; // of the end: where the last token ends
    struct text raw;        // as written; in the query, so no NUL follows it
    bool folds;
    struct text text; // of names and strings, in the arena; without `~`
    uint64_t integer; // up to INT64_MAX + 1, which is a value only with a minus sign in front
    double number;
};

struct eql_lexer {
    const char *text;
    size_t size;
    struct eql_place at;  // what is read next
    struct eql_place end; // of the last token
    struct arena *arena;
    struct eql_error *error;
};

// Makes a lexer of a query of at most EQL_QUERY_SIZE_MAX bytes. All it is given must outlive it.
void eql_lexer_start(struct eql_lexer *lexer, const char *text, size_t size, struct arena *arena,
                     struct eql_error *error);

// Reads the next token; after the last one, EQL_TOKEN_END again and again. False after an error.
bool eql_lexer_next(struct eql_lexer *lexer, struct eql_token *token);

// Whether a token is a keyword, and whether it is a name that would be one in small letters.
bool eql_token_is_keyword(const struct eql_token *token);
bool eql_token_is_like_keyword(const struct eql_token *token);

#endif
