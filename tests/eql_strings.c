// SPDX-License-Identifier: GPL-3.0-or-later
#include "eql_strings.h"

#include <stdlib.h>

#include "plain_utf8.h"
#include "xmem.h"

struct units text_units(const char *text) {
    struct units units = {.count = 0};
    for (size_t size = 0; *text != '\0'; text += size) {
        uint32_t character = plain_utf8_read(text, &size);
        if (units.count + 2 > UNITS_MAX) {
            die("a text of more than %d units", UNITS_MAX);
        }
        if (character >= 0x10000) {
            units.list[units.count++] = (uint16_t)(0xd800 + ((character - 0x10000) >> 10));
            character = 0xdc00 + ((character - 0x10000) & 0x3ff);
        }
        units.list[units.count++] = (uint16_t)character;
    }
    return units;
}

static bool is_high(uint16_t unit) {
    return unit >= 0xd800 && unit < 0xdc00;
}

static bool is_low(uint16_t unit) {
    return unit >= 0xdc00 && unit < 0xe000;
}

char *units_text(const struct units *units) {
    char *text = xmalloc(units->count * 3 + 1);
    char *end = text;
    for (size_t i = 0; i < units->count; i++) {
        uint32_t character = units->list[i];
        bool is_pair =
            is_high(units->list[i]) && i + 1 < units->count && is_low(units->list[i + 1]);
        if (is_pair) {
            character = 0x10000 + ((character - 0xd800) << 10) + (units->list[++i] - 0xdc00u);
        } else if (character >= 0xd800 && character < 0xe000) {
            free(text);
            return NULL;
        }
        end = plain_utf8_write(end, character);
    }
    *end = '\0';
    return text;
}

static uint32_t fold(uint32_t character) {
    return character >= 'A' && character <= 'Z' ? character + 32 : character;
}

bool units_are_at(const struct units *text, size_t place, const struct units *part, bool folds) {
    for (size_t i = 0; i < part->count; i++) {
        if (place + i >= text->count ||
            (text->list[place + i] != part->list[i] &&
             !(folds && fold(text->list[place + i]) == fold(part->list[i])))) {
            return false;
        }
    }
    return place + part->count <= text->count;
}

bool units_find(const struct units *text, const struct units *part, size_t from, bool folds,
                size_t *place) {
    for (*place = from; *place + part->count <= text->count; ++*place) {
        if (units_are_at(text, *place, part, folds)) {
            return true;
        }
    }
    return false;
}

bool wildcard_fits(const char *pattern, const char *text, bool folds) {
    size_t pattern_step = 0;
    size_t text_step = 0;
    if (*pattern == '\0') {
        return *text == '\0';
    }
    uint32_t wanted = plain_utf8_read(pattern, &pattern_step);
    uint32_t found = plain_utf8_read(text, &text_step);
    if (wanted == '*') {
        return wildcard_fits(pattern + 1, text, folds) ||
               (*text != '\0' && wildcard_fits(pattern, text + text_step, folds));
    }
    bool fits = *text != '\0' &&
                (wanted == '?' || wanted == found || (folds && fold(wanted) == fold(found)));
    return fits && wildcard_fits(pattern + pattern_step, text + text_step, folds);
}
