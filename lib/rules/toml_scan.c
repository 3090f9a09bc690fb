// SPDX-License-Identifier: GPL-3.0-or-later
#include "rules/toml_scan.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/ascii.h"
#include "base/utf8.h"

bool toml_fail(struct toml_reader *reader, size_t at, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    // NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): it loses sight of va_start().
    (void)vsnprintf(reader->wrong, sizeof reader->wrong, format, arguments);
    va_end(arguments);
    reader->wrong_at = at;
    return false;
}

char toml_peek(const struct toml_reader *reader, size_t ahead) {
    return ahead < reader->size - reader->at ? reader->text[reader->at + ahead] : '\0';
}

// How many bytes the line end takes that starts here; 0 when none does.
static size_t line_end(const struct toml_reader *reader) {
    if (toml_peek(reader, 0) == '\n') {
        return 1;
    }
    return toml_peek(reader, 0) == '\r' && toml_peek(reader, 1) == '\n' ? 2 : 0;
}

static bool is_control(char c) {
    return ((unsigned char)c < ' ' && c != '\t') || c == 0x7f;
}

void toml_skip_blanks(struct toml_reader *reader) {
    while (toml_peek(reader, 0) == ' ' || toml_peek(reader, 0) == '\t') {
        reader->at++;
    }
}

static bool skip_comment(struct toml_reader *reader) {
    if (toml_peek(reader, 0) != '#') {
        return true;
    }
    while (reader->at < reader->size && line_end(reader) == 0) {
        if (is_control(toml_peek(reader, 0))) {
            return toml_fail(reader, reader->at, "expected no control character in a comment");
        }
        reader->at++;
    }
    return true;
}

bool toml_end_line(struct toml_reader *reader) {
    toml_skip_blanks(reader);
    if (!skip_comment(reader)) {
        return false;
    }
    if (line_end(reader) == 0 && reader->at < reader->size) {
        return toml_fail(reader, reader->at, "expected the end of the line");
    }
    reader->at += line_end(reader);
    return true;
}

bool toml_skip_lines(struct toml_reader *reader) {
    toml_skip_blanks(reader);
    while (line_end(reader) > 0 || toml_peek(reader, 0) == '#') {
        if (!toml_end_line(reader)) {
            return false;
        }
        toml_skip_blanks(reader);
    }
    return true;
}

bool toml_is_bare(char c) {
    char folded = ascii_fold(c);
    return (folded >= 'a' && folded <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

// Strings.

struct string {
    char quote;
    bool has_lines;
    size_t start; // of its quotes
};

static bool read_code_point(struct toml_reader *reader, size_t digits, struct buffer *out) {
    uint32_t character = 0;
    for (size_t i = 2; i < 2 + digits; i++) {
        unsigned digit = ascii_digit(toml_peek(reader, i));
        if (digit == ASCII_NO_DIGIT) {
            return toml_fail(reader, reader->at, "expected %zu hex digits after \\%c", digits,
                             toml_peek(reader, 1));
        }
        character = character << 4 | digit;
    }
    if (character == 0 || character > 0x10ffff || (character >= 0xd800 && character <= 0xdfff)) {
        return toml_fail(reader, reader->at, "expected the number of a character other than NUL");
    }
    char text[UTF8_SIZE_MAX];
    buffer_add(out, text, utf8_write(character, text));
    reader->at += 2 + digits;
    return true;
}

// A backslash at a line's end takes all white space up to the next character with it.
static bool skip_line_break(struct toml_reader *reader) {
    size_t start = reader->at++;
    toml_skip_blanks(reader);
    if (line_end(reader) == 0) {
        return toml_fail(reader, start,
                         "expected \\b \\t \\n \\f \\r \\\" \\\\ \\uXXXX or \\UXXXXXXXX; between "
                         "single quotes a backslash is itself");
    }
    while (line_end(reader) > 0) {
        reader->at += line_end(reader);
        toml_skip_blanks(reader);
    }
    return true;
}

static bool read_escape(struct toml_reader *reader, bool has_lines, struct buffer *out) {
    static const char escapes[] = "btnfr\"\\";
    static const char meanings[] = "\b\t\n\f\r\"\\";
    char c = toml_peek(reader, 1);
    const char *found = c == '\0' ? NULL : strchr(escapes, c);
    if (found != NULL) {
        buffer_add_byte(out, meanings[found - escapes]);
        reader->at += 2;
        return true;
    }
    if (c == 'u' || c == 'U') {
        return read_code_point(reader, c == 'u' ? 4 : 8, out);
    }
    bool is_blank = c == ' ' || c == '\t' || c == '\r' || c == '\n';
    if (!has_lines && is_blank) {
        return toml_fail(reader, reader->at, "expected an escape after the backslash");
    }
    return skip_line_break(reader);
}

// At quotes in a string: adds those that belong to it. True when it has ended.
static bool take_quotes(struct toml_reader *reader, const struct string *string,
                        struct buffer *out) {
    size_t count = 1;
    while (string->has_lines && count < 5 && toml_peek(reader, count) == string->quote) {
        count++;
    }
    bool is_end = !string->has_lines || count >= 3;
    size_t own = !is_end ? count : string->has_lines ? count - 3 : 0;
    buffer_add(out, reader->text + reader->at, own);
    reader->at += count;
    return is_end;
}

static bool fail_in_string(struct toml_reader *reader, const struct string *string) {
    if (reader->at == reader->size || line_end(reader) > 0) {
        return toml_fail(reader, reader->at == reader->size ? string->start : reader->at,
                         "expected the closing %.*s of the string", string->has_lines ? 3 : 1,
                         string->quote == '"' ? "\"\"\"" : "'''");
    }
    return toml_fail(reader, reader->at, "expected no control character in a string");
}

// How many bytes of the string from here on are themselves.
static size_t plain_run(const struct toml_reader *reader, const struct string *string) {
    size_t end = reader->at;
    while (end < reader->size && !is_control(reader->text[end]) &&
           reader->text[end] != string->quote &&
           (reader->text[end] != '\\' || string->quote != '"')) {
        end++;
    }
    return end - reader->at;
}

// A line end, or characters that are themselves.
static bool read_plain(struct toml_reader *reader, const struct string *string,
                       struct buffer *out) {
    size_t end = string->has_lines ? line_end(reader) : 0;
    if (end > 0) {
        buffer_add_byte(out, '\n');
        reader->at += end;
        return true;
    }
    size_t run = plain_run(reader, string);
    buffer_add(out, reader->text + reader->at, run);
    reader->at += run;
    return run > 0 || fail_in_string(reader, string);
}

static void start_string(struct toml_reader *reader, struct string *string, bool may_have_lines) {
    string->start = reader->at;
    string->quote = toml_peek(reader, 0);
    string->has_lines = may_have_lines && toml_peek(reader, 1) == string->quote &&
                        toml_peek(reader, 2) == string->quote;
    reader->at += string->has_lines ? 3 : 1;
    reader->at += string->has_lines ? line_end(reader) : 0;
}

bool toml_read_string(struct toml_reader *reader, bool may_have_lines, struct buffer *out) {
    struct string string;
    start_string(reader, &string, may_have_lines);
    size_t shift = SIZE_MAX; // from text to source
    size_t text_start = out->size;
    for (;;) {
        if (reader->map != NULL && reader->at - (out->size - text_start) != shift) {
            shift = reader->at - (out->size - text_start);
            source_map_add(reader->map, out->size - text_start, reader->at);
        }
        if (toml_peek(reader, 0) == string.quote) {
            if (take_quotes(reader, &string, out)) {
                return true;
            }
        } else if (toml_peek(reader, 0) == '\\' && string.quote == '"') {
            if (!read_escape(reader, string.has_lines, out)) {
                return false;
            }
        } else if (!read_plain(reader, &string, out)) {
            return false;
        }
    }
}

// Numbers.

// Digits with single underscores between them.
static bool skip_digits(struct toml_reader *reader) {
    size_t start = reader->at;
    bool is_digit = true;
    while (is_digit) {
        size_t ahead = reader->at > start && toml_peek(reader, 0) == '_';
        char c = toml_peek(reader, ahead);
        is_digit = c >= '0' && c <= '9';
        reader->at += is_digit ? ahead + 1 : 0;
    }
    return reader->at > start;
}

static bool skip_number(struct toml_reader *reader) {
    reader->at += toml_peek(reader, 0) == '+' || toml_peek(reader, 0) == '-';
    size_t digits = reader->at;
    if (!skip_digits(reader) || (reader->text[digits] == '0' && reader->at > digits + 1)) {
        return false;
    }
    if (toml_peek(reader, 0) == '.') {
        reader->at++;
        if (!skip_digits(reader)) {
            return false;
        }
    }
    if (ascii_fold(toml_peek(reader, 0)) == 'e') {
        reader->at++;
        reader->at += toml_peek(reader, 0) == '+' || toml_peek(reader, 0) == '-';
        if (!skip_digits(reader)) {
            return false;
        }
    }
    char next = toml_peek(reader, 0);
    return !toml_is_bare(next) && next != '.' && next != ':';
}

// What is left is a number as JSON writes it, too, and Jansson reads it whatever the locale.
json_t *toml_read_number(struct toml_reader *reader) {
    size_t start = reader->at;
    if (!skip_number(reader)) {
        (void)toml_fail(reader, start,
                        "expected a decimal number; dates and times stand in quotes");
        return NULL;
    }
    struct buffer digits = {0};
    for (size_t i = start; i < reader->at; i++) {
        bool is_sign = i == start && reader->text[i] == '+';
        if (reader->text[i] != '_' && !is_sign) {
            buffer_add_byte(&digits, reader->text[i]);
        }
    }
    json_t *number = NULL;
    if (digits.failed) {
        reader->failed = true;
    } else {
        number = json_loadb(digits.data, digits.size, JSON_DECODE_ANY, NULL);
    }
    buffer_free(&digits);
    if (number == NULL) {
        (void)toml_fail(reader, start, "expected a number of at most 64 bits");
    }
    return number;
}
