// SPDX-License-Identifier: GPL-3.0-or-later
// Wildcard patterns, without recursion: where text fails to fit after a `*`, that takes one more
// character, and no earlier `*` need be tried again.
#include "base/glob.h"

#include "base/ascii.h"

// Whether the byte goes on with a character that an earlier one began.
static bool goes_on(char byte) {
    return ((unsigned char)byte & 0xc0) == 0x80;
}

// Moves past the character at *at.
static void skip_character(const char *text, size_t size, size_t *at) {
    (*at)++;
    while (*at < size && goes_on(text[*at])) {
        (*at)++;
    }
}

static bool is_same(char a, char b, bool fold) {
    return a == b || (fold && ascii_fold(a) == ascii_fold(b));
}

bool glob_fits(const char *pattern, size_t pattern_size, const char *text, size_t size, bool fold) {
    size_t at = 0;          // in the text
    size_t p = 0;           // in the pattern
    size_t star = SIZE_MAX; // after the last `*` met, in the pattern
    size_t taken = 0;       // how far that takes the text
    while (at < size || p < pattern_size) {
        if (p < pattern_size && pattern[p] == '*') {
            star = ++p;
            taken = at;
        } else if (p < pattern_size && at < size && pattern[p] == '?') {
            skip_character(text, size, &at);
            p++;
        } else if (p < pattern_size && at < size && is_same(pattern[p], text[at], fold)) {
            at++;
            p++;
        } else if (star != SIZE_MAX && taken < size) {
            skip_character(text, size, &taken);
            at = taken;
            p = star;
        } else {
            return false;
        }
    }
    return true;
}
