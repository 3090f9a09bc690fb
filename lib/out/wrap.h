// SPDX-License-Identifier: GPL-3.0-or-later
// Lines that fit a terminal: broken between words, and coloured.
#ifndef EVTXSEQ_WRAP_H
#define EVTXSEQ_WRAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

enum { WRAP_PREFIX_SIZE = 64, WRAP_WIDTH_MIN = 40 };

// Colours that can be read on a dark and on a light ground.
enum wrap_colour {
    COLOUR_NONE,
    COLOUR_STRONG, // bold
    COLOUR_ALERT,  // bold red
    COLOUR_DOUBT,  // magenta
};

// One line at a time, which goes on in further lines where it is too long. A line breaks at a
// space, which is left out then, or within a word that is longer than a line, before a slash or
// backslash if it has such; nothing else is lost. Text of one colour is one text, in however many
// pieces it is added; before another colour a line may break as at a space.
struct wrap {
    struct buffer *out;
    size_t width; // columns, WRAP_WIDTH_MIN or more; 0 for no limit
    bool has_colour;
    // The rest is for the functions below; all zero at first.
    char prefix[WRAP_PREFIX_SIZE]; // of the lines that this one goes on in
    size_t column;
    size_t indent;  // the column that text starts in
    bool has_space; // one is due before the next word
    enum wrap_colour colour;
    struct buffer composed;
    struct buffer visible; // text of that colour, to be laid out
};

void wrap_free(struct wrap *wrap);

// Starts a line with `first`; those that it goes on in start with `next`. Both are ASCII, and cut
// at half the width.
void wrap_begin(struct wrap *wrap, const char *first, const char *next);

// Adds text, made fit for a terminal (visible.h): as it is, as printf() makes it, or as a buffer
// holds it, which is freed.
void wrap_add(struct wrap *wrap, enum wrap_colour colour, const char *text);
void wrap_printf(struct wrap *wrap, enum wrap_colour colour, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void wrap_add_buffer(struct wrap *wrap, enum wrap_colour colour, struct buffer *text);
void wrap_add_number(struct wrap *wrap, uint64_t number);

// An empty buffer to put text together in, that is added then: as any, or after a space and without
// being broken at its own spaces.
struct buffer *wrap_compose(struct wrap *wrap);
void wrap_add_composed(struct wrap *wrap, enum wrap_colour colour);
void wrap_add_unbroken(struct wrap *wrap);

void wrap_end(struct wrap *wrap);

// A whole line.
void wrap_line(struct wrap *wrap, const char *first, const char *next, enum wrap_colour colour,
               const char *text);

#endif
