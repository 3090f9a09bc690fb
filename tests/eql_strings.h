// SPDX-License-Identifier: GPL-3.0-or-later
// Text as Java has it, and patterns with wildcards, plainly; for eql_reference.c.
#ifndef EVTXSEQ_TESTS_EQL_STRINGS_H
#define EVTXSEQ_TESTS_EQL_STRINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { UNITS_MAX = 1024 };

// UTF-16.
struct units {
    uint16_t list[UNITS_MAX];
    size_t count;
};

// Of valid UTF-8.
struct units text_units(const char *text);

// As UTF-8, for the caller to free. NULL when half a character is among them.
char *units_text(const struct units *units);

// Whether `part` stands in `text` at that place; with `folds`, but for the case of ASCII letters.
bool units_are_at(const struct units *text, size_t place, const struct units *part, bool folds);

// The first such place from `from` on. False when there is none.
bool units_find(const struct units *text, const struct units *part, size_t from, bool folds,
                size_t *place);

// Whether a pattern with `*` and `?` fits the whole text. Both are valid UTF-8.
bool wildcard_fits(const char *pattern, const char *text, bool folds);

#endif
