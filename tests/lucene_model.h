// SPDX-License-Identifier: GPL-3.0-or-later
// Lucene's regular expressions, plainly: for every part of one, which stretches of the text it
// fits.
#ifndef EVTXSEQ_TESTS_LUCENE_MODEL_H
#define EVTXSEQ_TESTS_LUCENE_MODEL_H

#include <stdbool.h>
#include <stddef.h>

// Characters of a text, at most.
enum { LUCENE_TEXT_MAX = 63 };

enum lucene_fit { LUCENE_DOES_NOT_FIT, LUCENE_FITS, LUCENE_IS_WRONG };

// Whether the expression fits the whole text, or is none. Both are valid UTF-8.
enum lucene_fit lucene_model_fits(const char *regex, bool folds, const char *text, size_t size);

#endif
