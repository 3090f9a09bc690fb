// SPDX-License-Identifier: GPL-3.0-or-later
// What is wrong with a query, and where.
#ifndef EVTXSEQ_EQL_ERROR_H
#define EVTXSEQ_EQL_ERROR_H

#include <stdbool.h>

#include "rules/eql_ast.h"

enum { EQL_ERROR_SIZE = 320, EQL_EXCERPT_SIZE = 96 };

struct eql_error {
    struct eql_place place;
    char text[EQL_ERROR_SIZE]; // one line, fit for a terminal: "expected ..."; "" while all is well
};

// Notes an error unless there is one already: the first counts. Returns false.
bool eql_error_set(struct eql_error *error, struct eql_place place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// The same for memory that ran out.
bool eql_error_set_memory(struct eql_error *error);

// Makes a piece of a query fit for an error's text: visible, cut to a few words.
const char *eql_excerpt(struct text text, char excerpt[EQL_EXCERPT_SIZE]);

#endif
