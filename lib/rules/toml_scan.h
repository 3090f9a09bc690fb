// SPDX-License-Identifier: GPL-3.0-or-later
// The words of TOML: blanks, comments, strings, numbers. toml.c makes a tree of them.
//
// Whatever returns false has met something else than it must be: reader->wrong says what was
// expected and reader->wrong_at where, or reader->failed is set because memory ran out.
#ifndef EVTXSEQ_TOML_SCAN_H
#define EVTXSEQ_TOML_SCAN_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "rules/source_map.h"

struct toml_reader {
    const char *text; // valid UTF-8 without NUL
    size_t size;
    size_t at;
    struct source_map *map; // of the strings read; NULL for none
    char wrong[160];
    size_t wrong_at;
    bool failed;
};

// Always false.
bool toml_fail(struct toml_reader *reader, size_t at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// The byte so far on, or NUL after the end.
char toml_peek(const struct toml_reader *reader, size_t ahead);

void toml_skip_blanks(struct toml_reader *reader);

// Skips blanks and a comment, then the line's end, which may be the end of the text.
bool toml_end_line(struct toml_reader *reader);

// Skips blanks, comments and line ends.
bool toml_skip_lines(struct toml_reader *reader);

bool toml_is_bare(char c);

// Adds the string that starts here with its quotes: of one line, or of several if allowed.
bool toml_read_string(struct toml_reader *reader, bool may_have_lines, struct buffer *out);

// The number that starts here. NULL for false.
json_t *toml_read_number(struct toml_reader *reader);

#endif
