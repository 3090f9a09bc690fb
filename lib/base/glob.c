// SPDX-License-Identifier: GPL-3.0-or-later
// Wildcard patterns, without recursion: where text fails to fit after a `*`, that takes one more
// character, and no earlier `*` need be tried again. It takes characters up to where what comes
// after it, as far as the next wildcard, stands.
#include "base/glob.h"

#include <stdint.h>
#include <string.h>

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
