// SPDX-License-Identifier: GPL-3.0-or-later
// Regular expressions as Lucene has them, with all its operators, run by PCRE2.
#ifndef EVTXSEQ_EQL_REGEX_H
#define EVTXSEQ_EQL_REGEX_H

#include <stdbool.h>
#include <stddef.h>

struct eql_regex;

// With `folds` the case of ASCII letters does not count, but in ranges such as [a-z], as in
// Elasticsearch. NULL when there is something wrong, or memory ran out: *message then says what, in
// a text that lasts, and *offset is the byte of the expression that it is about.
struct eql_regex *eql_regex_new(const char *text, size_t size, bool folds, const char **message,
                                size_t *offset);
void eql_regex_free(struct eql_regex *regex);

enum eql_regex_result {
    EQL_REGEX_NO_MATCH,
    EQL_REGEX_MATCH,
    EQL_REGEX_LIMIT, // cannot be said within the limits (rules/eql_limits.h) and the steps left
};

// Whether the expression fits the whole text. What is not UTF-8 fits none. *steps: of those left
// what it takes is taken off; a step takes about as long as to look at a byte.
enum eql_regex_result eql_regex_match(const struct eql_regex *regex, const char *data, size_t size,
                                      size_t *steps);

#endif
