// SPDX-License-Identifier: GPL-3.0-or-later
// Wildcard patterns, without recursion: where text fails to fit after a `*`, that takes one more
// character, and no earlier `*` need be tried again. It takes characters up to where what comes
// after it, as far as the next wildcard, stands.
#include "base/glob.h"

#include <stdint.h>
#include <string.h>

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

// A text, a pattern, and the last `*` met in it.
struct match {
    const char *pattern;
    size_t pattern_size;
    const char *text;
    size_t size;
    size_t star;  // after the `*`, in the pattern
    size_t run;   // bytes after it that are no wildcards
    size_t taken; // how far it takes the text
    size_t steps;
};

static size_t run_at(const struct match *match, size_t p) {
    size_t end = p;
    while (end < match->pattern_size && match->pattern[end] != '*' && match->pattern[end] != '?') {
        end++;
    }
    return end - p;
}

// Lets the `*` take all up to the next place where the run after it stands. False when there is
// none.
static bool take_to_run(struct match *match) {
    size_t rest = match->size - match->taken;
    const size_t start = match->taken;
    match->steps += match->run;
    if (rest < match->run) {
        return false;
    }
    if (match->star + match->run == match->pattern_size) {
        match->taken = match->size - match->run; // whatever comes after it fails
    } else {
        const char *found =
            memmem(match->text + match->taken, rest, match->pattern + match->star, match->run);
        match->taken = found == NULL ? match->size : (size_t)(found - match->text);
        match->steps += match->taken - start;
        return found != NULL;
    }
    return true;
}

// Goes on as far as text and pattern agree, up to the next `*`.
static void agree(const struct match *match, size_t *p, size_t *at) {
    while (*p < match->pattern_size && *at < match->size && match->pattern[*p] != '*') {
        if (match->pattern[*p] == '?') {
            skip_character(match->text, match->size, at);
        } else if (match->pattern[*p] == match->text[*at]) {
            (*at)++;
        } else {
            return;
        }
        (*p)++;
    }
}

// Tries to fit the text from one `*` to the next.
static enum glob_result search(struct match *match, size_t steps_max) {
    size_t p = 0;  // in the pattern
    size_t at = 0; // in the text
    for (;;) {
        agree(match, &p, &at);
        if (p == match->pattern_size && at == match->size) {
            return GLOB_FITS;
        }
        if (p < match->pattern_size && match->pattern[p] == '*') {
            match->star = p + 1;
            match->run = run_at(match, match->star);
            match->taken = at;
        } else if (match->star != SIZE_MAX && match->taken < match->size) {
            match->steps += p - match->star + 1;
            skip_character(match->text, match->size, &match->taken);
        } else {
            return GLOB_FAILS;
        }
        if (!take_to_run(match)) {
            return GLOB_FAILS;
        }
        if (match->steps > steps_max) {
            return GLOB_LIMIT;
        }
        at = match->taken;
        p = match->star;
    }
}

enum glob_result glob_match(const char *pattern, size_t pattern_size, const char *text, size_t size,
                            size_t *steps) {
    struct match match = {pattern, pattern_size, text, size, SIZE_MAX, 0, 0, 0};
    enum glob_result result = search(&match, *steps);
    *steps -= match.steps < *steps ? match.steps : *steps;
    return result;
}

static bool is_same(char own, char other, bool folds) {
    return own == (folds ? ascii_fold(other) : other);
}

// Matches the pattern up to its first `*`, or its end, at *p, with the text up to *at.
static bool match_start(const char *pattern, size_t pattern_size, const char *text, size_t size,
                        bool folds, size_t *p, size_t *at) {
    for (*p = 0, *at = 0; *p < pattern_size && pattern[*p] != '*'; (*p)++) {
        if (*at == size || (pattern[*p] != '?' && !is_same(pattern[*p], text[*at], folds))) {
            return false;
        }
        if (pattern[*p] == '?') {
            skip_character(text, size, at);
        } else {
            (*at)++;
        }
    }
    return true;
}

// Matches the pattern from its last wildcard on, which is at *p, with the text's end.
static bool match_end(const char *pattern, size_t pattern_size, const char *text, size_t size,
                      bool folds, size_t *p) {
    for (*p = pattern_size; pattern[*p - 1] != '*' && pattern[*p - 1] != '?'; (*p)--) {
        size_t from_end = pattern_size - *p + 1;
        if (from_end > size || !is_same(pattern[*p - 1], text[size - from_end], folds)) {
            return false;
        }
    }
    (*p)--;
    return true;
}

enum glob_result glob_match_ends(const char *pattern, size_t pattern_size, const char *text,
                                 size_t size, bool folds) {
    size_t first = 0;
    size_t last = 0;
    size_t at = 0;
    if (!match_start(pattern, pattern_size, text, size, folds, &first, &at)) {
        return GLOB_FAILS;
    }
    if (first == pattern_size) {
        return at == size ? GLOB_FITS : GLOB_FAILS;
    }
    if (!match_end(pattern, pattern_size, text, size, folds, &last)) {
        return GLOB_FAILS;
    }
    if (first < last) {
        return GLOB_LIMIT;
    }
    return at + (pattern_size - last - 1) <= size ? GLOB_FITS : GLOB_FAILS;
}
