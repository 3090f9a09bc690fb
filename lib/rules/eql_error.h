// SPDX-License-Identifier: GPL-3.0-or-later
// What is wrong with a query, where, and how that is shown.
#ifndef EVTXSEQ_EQL_ERROR_H
#define EVTXSEQ_EQL_ERROR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "rules/eql_ast.h"

enum { EQL_ERROR_SIZE = 320, EQL_EXCERPT_SIZE = 96 };

struct eql_error {
    struct eql_place place;
    char text[EQL_ERROR_SIZE]; // one line, fit for a terminal: "expected ..."; "" while all is well
};

// Where a query stands in its file: 1 and 1 for a file that is nothing else.
struct eql_origin {
    const char *file;
    size_t line;   // of the file, where the query's first line is
    size_t column; // of that line, in characters, where the query begins
};

// Notes an error unless there is one already: the first counts. Returns false.
bool eql_error_set(struct eql_error *error, struct eql_place place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// The same for memory that ran out.
bool eql_error_set_memory(struct eql_error *error);

// Makes a piece of a query fit for an error's text: visible, cut to a few words.
const char *eql_excerpt(const char *text, size_t size, char excerpt[EQL_EXCERPT_SIZE]);

// Adds "FILE:LINE:COLUMN: TEXT", the line of the query and a caret below the place, each ended by a
// line feed. `query` is what was parsed. A long line is cut around the place, tabs are shown as
// spaces, and what a terminal would act on as base/visible.h has it.
void eql_error_add(struct buffer *buffer, const struct eql_origin *origin, const char *query,
                   size_t size, const struct eql_error *error);

#endif
