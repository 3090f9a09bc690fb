// SPDX-License-Identifier: GPL-3.0-or-later
// Wildcard patterns. Not fnmatch(): it depends on the locale and gives brackets and backslashes a
// meaning of their own.
#ifndef EVTXSEQ_GLOB_H
#define EVTXSEQ_GLOB_H

#include <stdbool.h>
#include <stddef.h>

// Whether the text is as the pattern says, from its start to its end: `*` is any run of characters,
// none too, `?` is exactly one character (of UTF-8), everything else is itself; with `fold`, but
// for ASCII case. Takes at most as many steps as the product of the sizes.
bool glob_fits(const char *pattern, size_t pattern_size, const char *text, size_t size, bool fold);

#endif
