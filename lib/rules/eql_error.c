// SPDX-License-Identifier: GPL-3.0-or-later
// What is wrong with a query, where, and how that is shown.
#include "rules/eql_error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "base/visible.h"

// Columns of the line shown, which is indented by four, and of them at most before the caret.
enum { WIDTH = 76, BEFORE_MAX = 56 };

bool eql_error_set(struct eql_error *error, struct eql_place place, const char *format, ...) {
    if (error->text[0] != '\0') {
        return false;
    }
    va_list arguments;
    va_start(arguments, format);
    // NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): it loses sight of va_start().
    (void)vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    error->place = place;
    return false;
}

bool eql_error_set_memory(struct eql_error *error) {
    return eql_error_set(error, (struct eql_place){1, 1, 0}, "there is not enough memory");
}

static bool starts_character(char byte) {
    return ((unsigned char)byte & 0xc0) != 0x80;
}

static size_t count_characters(const char *text, size_t size) {
    size_t count = 0;
    for (size_t i = 0; i < size; i++) {
        count += starts_character(text[i]);
    }
    return count;
}

// Bytes of the first `count` characters of valid UTF-8, or all.
static size_t size_of_characters(const char *text, size_t size, size_t count) {
    size_t i = 0;
    for (; i < size; i++) {
        if (starts_character(text[i]) && count-- == 0) {
            break;
        }
    }
    return i;
}

const char *eql_excerpt(const char *text, size_t size, char excerpt[EQL_EXCERPT_SIZE]) {
    static const char more[] = "...";
    const size_t room = EQL_EXCERPT_SIZE - sizeof more;
    struct buffer visible = {0};
    visible_add(&visible, text, size < EQL_EXCERPT_SIZE ? size : EQL_EXCERPT_SIZE);
    size_t taken = visible.failed ? 0 : visible.size;
    bool is_cut = taken > room || size > EQL_EXCERPT_SIZE;
    if (is_cut) {
        for (taken = taken < room ? taken : room; taken > 0; taken--) {
            if (starts_character(visible.data[taken - 1])) {
                taken--; // the character may be cut too
                break;
            }
        }
    }
    if (taken > 0) {
        memcpy(excerpt, visible.data, taken);
    }
    memcpy(excerpt + taken, is_cut ? more : "", is_cut ? sizeof more : 1);
    buffer_free(&visible);
    return excerpt;
}

static void add_visible(struct buffer *buffer, const char *text, size_t size) {
    for (size_t i = 0, start = 0; i <= size; i++) {
        if (i == size || text[i] == '\t') {
            visible_add(buffer, text + start, i - start);
            buffer_add(buffer, " ", i < size);
            start = i + 1;
        }
    }
}

// The line in two parts, cut at the place; what does not fit becomes "..." at either end.
static void add_line(struct buffer *buffer, const struct buffer *before,
                     const struct buffer *after) {
    size_t width = count_characters(before->data, before->size);
    size_t skipped = 0;
    buffer_add_text(buffer, "    ");
    if (width > BEFORE_MAX) {
        skipped = size_of_characters(before->data, before->size, width - BEFORE_MAX + 3);
        width = BEFORE_MAX;
        buffer_add_text(buffer, "...");
    }
    buffer_add(buffer, before->data + skipped, before->size - skipped);
    size_t room = WIDTH - width;
    bool is_cut = count_characters(after->data, after->size) > room;
    size_t shown = size_of_characters(after->data, after->size, is_cut ? room - 3 : room);
    buffer_add(buffer, after->data, shown);
    buffer_add_text(buffer, is_cut ? "...\n" : "\n");
    buffer_printf(buffer, "%*s^\n", (int)width + 4, "");
}

static void add_source(struct buffer *buffer, const char *query, size_t size, size_t offset) {
    struct buffer before = {0};
    struct buffer after = {0};
    size_t at = offset < size ? offset : size;
    size_t start = at;
    size_t end = at;
    while (start > 0 && query[start - 1] != '\n') {
        start--;
    }
    while (end < size && query[end] != '\n') {
        end++;
    }
    if (end > at && query[end - 1] == '\r') {
        end--;
    }
    buffer_add(&before, "", 0);
    add_visible(&before, query + start, at - start);
    add_visible(&after, query + at, end - at);
    if (before.failed || after.failed) {
        buffer->failed = true;
    } else {
        add_line(buffer, &before, &after);
    }
    buffer_free(&before);
    buffer_free(&after);
}

void eql_error_add(struct buffer *buffer, const struct eql_origin *origin, const char *query,
                   size_t size, const struct eql_error *error) {
    const struct eql_place *place = &error->place;
    size_t column = place->column + (place->line == 1 ? origin->column - 1 : 0);
    visible_add(buffer, origin->file, strlen(origin->file));
    buffer_printf(buffer, ":%zu:%zu: %s\n", origin->line + place->line - 1, column, error->text);
    add_source(buffer, query, size, place->offset);
}
