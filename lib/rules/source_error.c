// SPDX-License-Identifier: GPL-3.0-or-later
#include "rules/source_error.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "base/visible.h"

// Bytes of a line that are shown, half of them at most before the place: more would not fit a
// terminal.
enum { SHOWN_MAX = 72 };

// How many bytes the first of `size` > 0 bytes' characters takes.
static size_t character_size(const char *text, size_t size) {
    uint32_t character = 0;
    size_t length = utf8_read(text, size, &character);
    return length == 0 ? 1 : length;
}

struct source_place source_advance(struct source_place from, const char *text, size_t size) {
    for (size_t at = 0; at < size; at += character_size(text + at, size - at)) {
        if (text[at] == '\n') {
            from = (struct source_place){.line = from.line + 1, .column = 1};
        } else {
            from.column++;
        }
    }
    return from;
}

size_t source_find_invalid(const struct source_text *source) {
    size_t at = 0;
    while (at < source->size && source->text[at] != '\0') {
        uint32_t character = 0;
        bool is_ascii = (unsigned char)source->text[at] < 0x80;
        size_t length = is_ascii ? 1 : utf8_read(source->text + at, source->size - at, &character);
        if (length == 0) {
            break;
        }
        at += length;
    }
    return at;
}

static bool is_within_character(const char *text) {
    return ((unsigned char)*text & 0xc0) == 0x80;
}

// Adds a part of a line and returns how many columns it takes.
static size_t show(struct buffer *buffer, const char *text, size_t size) {
    size_t before = buffer->size;
    for (size_t at = 0, length = 0; at < size; at += length) {
        length = character_size(text + at, size - at);
        if (text[at] == '\t') {
            buffer_add_byte(buffer, ' ');
        } else {
            visible_add(buffer, text + at, length);
        }
    }
    size_t columns = 0;
    for (size_t at = before; at < buffer->size; at++) {
        columns += !is_within_character(buffer->data + at);
    }
    return columns;
}

// Makes error->line and error->mark of the text around `offset`.
static bool show_line(struct source_error *error, const struct source_text *source, size_t offset) {
    const char *text = source->text;
    size_t first = offset;
    while (first > 0 && offset - first < SHOWN_MAX / 2 && text[first - 1] != '\n') {
        first--;
    }
    size_t last = offset;
    while (last < source->size && last - first < SHOWN_MAX && text[last] != '\n') {
        last++;
    }
    bool is_cut = offset - first == SHOWN_MAX / 2;
    while (is_cut && first < offset && is_within_character(text + first)) {
        first++;
    }
    while (last > offset && last < source->size && is_within_character(text + last)) {
        last--;
    }
    if (last > offset && text[last - 1] == '\r') {
        last--;
    }
    struct buffer line = {0};
    error->mark = show(&line, text + first, offset - first);
    (void)show(&line, text + offset, last - offset);
    buffer_add_byte(&line, '\0');
    error->line = line.data;
    return !line.failed;
}

bool source_error_set_file(struct source_error *error, const char *path, const char *message) {
    *error = (struct source_error){.path = strdup(path), .message = strdup(message)};
    if (error->path == NULL || error->message == NULL) {
        source_error_free(error);
        return false;
    }
    return true;
}

bool source_error_set(struct source_error *error, const struct source_text *source, size_t offset,
                      const char *message) {
    if (!source_error_set_file(error, source->path, message)) {
        return false;
    }
    if (!show_line(error, source, offset)) {
        source_error_free(error);
        return false;
    }
    error->place = source_advance(source->start, source->text, offset);
    return true;
}

void source_error_free(struct source_error *error) {
    free(error->path);
    free(error->message);
    free(error->line);
    *error = (struct source_error){0};
}

void source_error_add(struct buffer *buffer, const struct source_error *error) {
    visible_add(buffer, error->path, strlen(error->path));
    if (error->line != NULL) {
        buffer_printf(buffer, ":%zu:%zu", error->place.line, error->place.column);
    }
    buffer_add_text(buffer, ": ");
    visible_add(buffer, error->message, strlen(error->message));
    buffer_add_byte(buffer, '\n');
    if (error->line != NULL && *error->line != '\0') {
        buffer_printf(buffer, "  %s\n  %*s^\n", error->line, (int)error->mark, "");
    }
}
