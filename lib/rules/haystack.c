// SPDX-License-Identifier: GPL-3.0-or-later
#include "rules/haystack.h"

#include <string.h>

#include "rules/gram.h"

enum { WIDE = 2 }; // bytes of a character of UTF-16

static size_t hash_of(uint32_t gram) {
    return gram * UINT32_C(0x9e3779b1) >> (32 - HAYSTACK_GRAM_BITS);
}

static void add_gram(struct haystack *haystack, uint32_t gram) {
    size_t hash = hash_of(gram);
    haystack->grams[hash / 64] |= UINT64_C(1) << hash % 64;
}

static bool has_gram(const struct haystack *haystack, uint32_t gram) {
    size_t hash = hash_of(gram);
    return (haystack->grams[hash / 64] >> hash % 64 & 1) != 0;
}

// The gram that stands there in UTF-16, where GRAM_SIZE such characters do.
static void add_wide(struct haystack *haystack, const uint8_t *data) {
    char text[GRAM_SIZE];
    for (size_t i = 0; i < GRAM_SIZE; i++) {
        if (data[WIDE * i + 1] != 0) {
            return;
        }
        text[i] = (char)data[WIDE * i];
    }
    add_gram(haystack, gram_of(text));
}

void haystack_fill(struct haystack *haystack, const struct raw *raw, size_t count) {
    haystack->raw = raw;
    haystack->count = count;
    memset(haystack->grams, 0, sizeof haystack->grams);
    for (size_t i = 0; i < count; i++) {
        const uint8_t *data = raw[i].data;
        for (size_t at = 0; at + GRAM_SIZE <= raw[i].size; at++) {
            add_gram(haystack, gram_of((const char *)data + at));
            if (at + (size_t)WIDE * GRAM_SIZE <= raw[i].size) {
                add_wide(haystack, data + at);
            }
        }
    }
}

// Whether the text stands in the bytes, `step` of them a character.
static bool stands_in(const struct raw *raw, struct text text, size_t step) {
    size_t size = text.size * step;
    for (size_t at = 0; raw->size >= size && at <= raw->size - size; at++) {
        size_t i = 0;
        while (i < text.size &&
               ascii_fold((char)raw->data[at + i * step]) == ascii_fold(text.data[i]) &&
               (step == 1 || raw->data[at + i * step + 1] == 0)) {
            i++;
        }
        if (i == text.size) {
            return true;
        }
    }
    return false;
}

bool haystack_has(const struct haystack *haystack, struct text text) {
    for (size_t at = 0; at + GRAM_SIZE <= text.size; at++) {
        if (!has_gram(haystack, gram_of(text.data + at))) {
            return false;
        }
    }
    for (size_t i = 0; i < haystack->count; i++) {
        if (stands_in(&haystack->raw[i], text, WIDE) || stands_in(&haystack->raw[i], text, 1)) {
            return true;
        }
    }
    return false;
}
