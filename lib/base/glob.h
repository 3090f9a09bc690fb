// SPDX-License-Identifier: GPL-3.0-or-later
// Wildcard patterns. Not fnmatch(): it depends on the locale and gives brackets and backslashes a
// meaning of their own.
#ifndef EVTXSEQ_GLOB_H
#define EVTXSEQ_GLOB_H

#include <stdbool.h>
#include <stddef.h>

enum glob_result {
    GLOB_FAILS,
    GLOB_FITS,
    GLOB_LIMIT, // it would take more steps than are left
};

// Whether the text is as the pattern says, from its start to its end: `*` is any run of characters,
// none too, `?` is exactly one character (of UTF-8), everything else is itself.
//
// *steps: of those left what it takes is taken off. A step is a byte looked at, again and again
// where the pattern repeats itself as the text does; never more than the product of the sizes.
enum glob_result glob_match(const char *pattern, size_t pattern_size, const char *text, size_t size,
                            size_t *steps);

// The same as far as the ends tell, without a step: what precedes the pattern's first `*`, and what
// follows its last wildcard. GLOB_LIMIT where there is more to it. With `folds` ASCII case does not
// count, and the pattern has small letters.
enum glob_result glob_match_ends(const char *pattern, size_t pattern_size, const char *text,
                                 size_t size, bool folds);

#endif
