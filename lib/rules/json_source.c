// SPDX-License-Identifier: GPL-3.0-or-later
#include "rules/json_source.h"

#include <stdint.h>
#include <string.h>

#include "base/ascii.h"

static bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static size_t skip_space(const struct source_text *source, size_t at) {
    while (at < source->size && is_space(source->text[at])) {
        at++;
    }
    return at;
}

// The offset after the string that starts at `at`.
static size_t skip_string(const struct source_text *source, size_t at) {
    at++;
    while (at < source->size && source->text[at] != '"') {
        at += source->text[at] == '\\' ? 2 : 1;
    }
    return at < source->size ? at + 1 : source->size;
}

size_t json_source_find(const struct source_text *source, const char *key) {
    const char *text = source->text;
    size_t depth = 0;
    for (size_t at = 0; at < source->size;) {
        if (text[at] != '"') {
            depth += text[at] == '{' || text[at] == '[';
            depth -= text[at] == '}' || text[at] == ']';
            if (depth == 0 && !is_space(text[at])) {
                break;
            }
            at++;
            continue;
        }
        size_t end = skip_string(source, at);
        size_t colon = skip_space(source, end);
        bool is_key = depth == 1 && colon < source->size && text[colon] == ':';
        if (is_key && end - at - 2 == strlen(key) && memcmp(text + at + 1, key, strlen(key)) == 0) {
            return skip_space(source, colon + 1);
        }
        at = end;
    }
    return SIZE_MAX;
}

static uint32_t read_unit(const char *digits) {
    uint32_t unit = 0;
    for (size_t i = 0; i < 4; i++) {
        unit = unit << 4 | ascii_digit(digits[i]);
    }
    return unit;
}

// How many bytes of UTF-8 the escape at `at` stands for; sets *at to what follows it. Characters
// above U+FFFF are two escapes, the first of them from U+D800 to U+DBFF.
static size_t skip_escape(const struct source_text *source, size_t *at) {
    size_t left = source->size - *at;
    if (left < 6 || source->text[*at + 1] != 'u') {
        *at += left < 2 ? left : 2;
        return 1;
    }
    uint32_t unit = read_unit(source->text + *at + 2);
    bool is_pair = unit >= 0xd800 && unit <= 0xdfff;
    *at += is_pair && left >= 12 ? 12 : 6;
    return is_pair ? 4 : unit < 0x80 ? 1 : unit < 0x800 ? 2 : 3;
}

bool json_source_map(const struct source_text *source, size_t offset, struct source_map *map) {
    size_t at = offset + 1;
    size_t bytes = 0; // of the string
    source_map_add(map, bytes, at);
    while (at < source->size && source->text[at] != '"') {
        if (source->text[at] == '\\') {
            bytes += skip_escape(source, &at);
            source_map_add(map, bytes, at);
        } else {
            bytes++;
            at++;
        }
    }
    source_map_finish(map, source);
    return !map->points.failed;
}
