// SPDX-License-Identifier: GPL-3.0-or-later
// A text that somebody wrote, and what is wrong in it where.
#ifndef EVTXSEQ_SOURCE_ERROR_H
#define EVTXSEQ_SOURCE_ERROR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

// A place in a file as people count: from 1, columns in characters. A tab is one, and so is a byte
// that is not UTF-8.
struct source_place {
    size_t line, column;
};

// A file's text or a part of it. Nothing is owned.
struct source_text {
    const char *path;
    const char *text;
    size_t size;
    struct source_place start; // of the text's first byte
};

// The place after `size` bytes of text that starts at `from`.
struct source_place source_advance(struct source_place from, const char *text, size_t size);

// The offset of the first byte that is not UTF-8, or is NUL; `size` when there is none.
size_t source_find_invalid(const struct source_text *source);

// All zero when there is none.
struct source_error {
    char *path;
    struct source_place place; // line 0: the file as a whole, which has no `line` then
    char *message;             // what was expected; NULL when memory ran out
    char *line;                // the line of the place, or a part of it, fit for a terminal
    size_t mark;               // the column in `line`, from 0, that the place comes to be in
};

// Says what is wrong at the text's byte `offset`, which may be its end. False when memory ran out.
bool source_error_set(struct source_error *error, const struct source_text *source, size_t offset,
                      const char *message);

// Says what is wrong with a file as a whole.
bool source_error_set_file(struct source_error *error, const char *path, const char *message);

void source_error_free(struct source_error *error);

// Adds "PATH:LINE:COLUMN: MESSAGE", then the line, if it is not empty, and one with a caret below
// the place, each with a line end. Nothing in it can act on a terminal.
void source_error_add(struct buffer *buffer, const struct source_error *error);

#endif
