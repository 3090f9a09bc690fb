// SPDX-License-Identifier: GPL-3.0-or-later
// From Lucene's regular expressions to PCRE2's. Source: Lucene's RegExp, whose grammar this is.
#ifndef EVTXSEQ_EQL_REGEX_TRANSLATE_H
#define EVTXSEQ_EQL_REGEX_TRANSLATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

// Adds what fits the whole subject, if matched from its start on with PCRE2_UTF and PCRE2_DOTALL.
// False when something is wrong; *message and *offset are as eql_regex_new() has them. The buffer
// may have failed.
//
// `~` and `&` say something of a stretch of text, and PCRE2 can look ahead only to where all text
// ends. So both are taken where what they stand on reaches the end: not in front of other text, nor
// in a repetition. `~` of one character is taken everywhere.
bool eql_regex_translate(const char *text, size_t size, bool folds, struct buffer *pattern,
                         const char **message, size_t *offset);

#endif
