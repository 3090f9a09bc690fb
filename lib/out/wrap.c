// SPDX-License-Identifier: GPL-3.0-or-later
#include "out/wrap.h"

#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include "base/ascii.h"
#include "base/utf8.h"
#include "base/visible.h"

// A long word is begun on the line at hand only where this much of it has room.
enum { LONG_WORD_START = 16 };

struct range {
    uint32_t first, last;
};

// Characters two columns wide, and those that are drawn over the one before. Source: Unicode's
// East_Asian_Width W and F, general categories Mn and Me; roughly, for a terminal may differ.
static const struct range wide[] = {
    {0x1100, 0x115f},   {0x2e80, 0x303e},   {0x3041, 0xa4cf},   {0xa960, 0xa97f},
    {0xac00, 0xd7a3},   {0xf900, 0xfaff},   {0xfe30, 0xfe6f},   {0xff00, 0xff60},
    {0xffe0, 0xffe6},   {0x16fe0, 0x18aff}, {0x1b000, 0x1b2ff}, {0x1f300, 0x1f64f},
    {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd},
};
static const struct range combining[] = {
    {0x0300, 0x036f}, {0x0483, 0x0489}, {0x0591, 0x05bd}, {0x064b, 0x065f},
    {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff}, {0x20d0, 0x20ff}, {0xfe20, 0xfe2f},
};

static bool is_within(uint32_t character, const struct range *ranges, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (character >= ranges[i].first && character <= ranges[i].last) {
            return true;
        }
    }
    return false;
}

static size_t columns_of(uint32_t character) {
    if (character < 0x300) {
        return 1;
    }
    if (is_within(character, combining, sizeof combining / sizeof *combining)) {
        return 0;
    }
    return is_within(character, wide, sizeof wide / sizeof *wide) ? 2 : 1;
}

// The character at the start of `size` > 0 bytes: its bytes and columns.
static size_t take_character(const char *text, size_t size, size_t *columns) {
    uint32_t character = 0;
    size_t length = utf8_read(text, size, &character);
    *columns = length == 0 ? 1 : columns_of(character);
    return length == 0 ? 1 : length;
}

static size_t columns_in(const char *text, size_t size) {
    size_t sum = ascii_visible(text, size);
    size_t columns = 0;
    for (size_t at = sum; at < size; sum += columns) {
        at += take_character(text + at, size - at, &columns);
    }
    return sum;
}

void wrap_free(struct wrap *wrap) {
    buffer_free(&wrap->composed);
    buffer_free(&wrap->visible);
}

static void switch_colour(const struct wrap *wrap, enum wrap_colour colour) {
    static const char *const codes[] = {
        [COLOUR_NONE] = "\x1b[0m",
        [COLOUR_STRONG] = "\x1b[1m",
        [COLOUR_ALERT] = "\x1b[1;31m",
        [COLOUR_DOUBT] = "\x1b[35m",
    };
    if (wrap->has_colour && wrap->colour != COLOUR_NONE) {
        buffer_add_text(wrap->out, codes[colour]);
    }
}

static void start_line(struct wrap *wrap, const char *prefix) {
    size_t size = strlen(prefix);
    if (wrap->width > 0 && size > wrap->width / 2) {
        size = wrap->width / 2;
    }
    buffer_add(wrap->out, prefix, size);
    wrap->column = size;
    wrap->indent = size;
}

static void break_line(struct wrap *wrap) {
    switch_colour(wrap, COLOUR_NONE);
    buffer_add_byte(wrap->out, '\n');
    start_line(wrap, wrap->prefix);
    switch_colour(wrap, wrap->colour);
    wrap->has_space = false;
}

void wrap_begin(struct wrap *wrap, const char *first, const char *next) {
    if (wrap->width > 0) {
        size_t size = strnlen(next, WRAP_PREFIX_SIZE - 1);
        memcpy(wrap->prefix, next, size);
        wrap->prefix[size] = '\0';
    }
    wrap->has_space = false;
    start_line(wrap, first);
}

static bool fits(const struct wrap *wrap, size_t columns) {
    return wrap->width == 0 || wrap->column + columns <= wrap->width;
}

// Adds what is to be broken anywhere.
static void add_characters(struct wrap *wrap, const char *text, size_t size) {
    size_t all = columns_in(text, size);
    if (fits(wrap, all)) {
        buffer_add(wrap->out, text, size);
        wrap->column += all;
        return;
    }
    for (size_t at = 0; at < size;) {
        size_t columns = 0;
        size_t length = take_character(text + at, size - at, &columns);
        if (!fits(wrap, columns)) {
            break_line(wrap);
        }
        buffer_add(wrap->out, text + at, length);
        wrap->column += columns;
        at += length;
    }
}

static void add_due_space(struct wrap *wrap) {
    if (wrap->has_space) {
        wrap->has_space = false;
        add_characters(wrap, " ", 1);
    }
}

// Adds a word that has no line to itself: in front of a separator of a path a break does least
// harm.
static void add_pieces(struct wrap *wrap, const char *word, size_t size) {
    for (size_t at = 0, length = 0; at < size; at += length) {
        length = 1 + strcspn(word + at + 1, "/\\ ");
        length = length < size - at ? length : size - at;
        size_t columns = columns_in(word + at, length);
        if (at > 0 && !fits(wrap, columns) && wrap->column > wrap->indent &&
            columns <= wrap->width - strlen(wrap->prefix)) {
            break_line(wrap);
        }
        add_characters(wrap, word + at, length);
    }
}

static void add_word(struct wrap *wrap, const char *word, size_t size) {
    size_t columns = columns_in(word, size) + wrap->has_space;
    bool is_long = wrap->width > 0 && columns > wrap->width - wrap->indent;
    if (!fits(wrap, is_long ? LONG_WORD_START : columns) && wrap->column > wrap->indent) {
        break_line(wrap);
    }
    add_due_space(wrap);
    if (is_long) {
        add_pieces(wrap, word, size);
    } else {
        add_characters(wrap, word, size);
    }
}

// Of several spaces the last alone may be left out: a command line can be told from another by
// them.
static void add_spaces(struct wrap *wrap, size_t count) {
    for (size_t i = 0; i < count; i++) {
        add_due_space(wrap);
        wrap->has_space = true;
    }
}

// Lays out the text at hand. Lines may be broken at spaces if these are its `gaps`, which are none
// else.
static void lay_out(struct wrap *wrap, const char *gaps) {
    struct buffer *text = &wrap->visible;
    if (text->size > 0) {
        buffer_add_byte(text, '\0');
        switch_colour(wrap, wrap->colour);
        for (const char *at = text->failed ? "" : text->data; *at != '\0';) {
            size_t spaces = strspn(at, gaps);
            size_t word = strcspn(at + spaces, gaps);
            add_spaces(wrap, spaces);
            if (word > 0) {
                add_word(wrap, at + spaces, word);
            }
            at += spaces + word;
        }
        switch_colour(wrap, COLOUR_NONE);
    }
    wrap->out->failed = wrap->out->failed || text->failed;
    buffer_clear(text);
}

static void add(struct wrap *wrap, enum wrap_colour colour, const char *text, size_t size) {
    if (wrap->width == 0 && !wrap->has_colour) {
        add_due_space(wrap);
        visible_add(wrap->out, text, size);
        return;
    }
    if (wrap->has_colour && wrap->colour != colour) {
        lay_out(wrap, " ");
        wrap->colour = colour;
    }
    visible_add(&wrap->visible, text, size);
}

void wrap_add(struct wrap *wrap, enum wrap_colour colour, const char *text) {
    add(wrap, colour, text, strlen(text));
}

struct buffer *wrap_compose(struct wrap *wrap) {
    buffer_clear(&wrap->composed);
    return &wrap->composed;
}

static void add_buffer(struct wrap *wrap, enum wrap_colour colour, const struct buffer *text) {
    wrap->out->failed = wrap->out->failed || text->failed;
    add(wrap, colour, text->data, text->size);
}

void wrap_add_composed(struct wrap *wrap, enum wrap_colour colour) {
    add_buffer(wrap, colour, &wrap->composed);
}

void wrap_add_unbroken(struct wrap *wrap) {
    lay_out(wrap, " ");
    add_spaces(wrap, 1);
    add_buffer(wrap, COLOUR_NONE, &wrap->composed);
    lay_out(wrap, "");
}

void wrap_add_buffer(struct wrap *wrap, enum wrap_colour colour, struct buffer *text) {
    add_buffer(wrap, colour, text);
    buffer_free(text);
}

void wrap_printf(struct wrap *wrap, enum wrap_colour colour, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    buffer_vprintf(wrap_compose(wrap), format, arguments);
    va_end(arguments);
    wrap_add_composed(wrap, colour);
}

void wrap_add_number(struct wrap *wrap, uint64_t number) {
    buffer_add_number(wrap_compose(wrap), number);
    wrap_add_composed(wrap, COLOUR_NONE);
}

void wrap_end(struct wrap *wrap) {
    lay_out(wrap, " ");
    wrap->colour = COLOUR_NONE;
    add_due_space(wrap);
    buffer_add_byte(wrap->out, '\n');
}

void wrap_line(struct wrap *wrap, const char *first, const char *next, enum wrap_colour colour,
               const char *text) {
    wrap_begin(wrap, first, next);
    wrap_add(wrap, colour, text);
    wrap_end(wrap);
}
