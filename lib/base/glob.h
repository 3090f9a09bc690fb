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
    GLOB_LIMIT, // it would have taken more than GLOB_STEPS_MAX
};

// Bytes looked at, again and again where the pattern repeats itself as the text does: some 10 ms.
// No pattern whose size times that of the text is less comes near it.
enum { GLOB_STEPS_MAX = 1 << 24 };

// Whether the text is as the pattern says, from its start to its end: `*` is any run of characters,
// none too, `?` is exactly one character (of UTF-8), everything else is itself; with `fold`, but
// for ASCII case. Without it is faster: whoever can folds both before.
enum glob_result glob_match(const char *pattern, size_t pattern_size, const char *text, size_t size,
                            bool fold);

#endif
