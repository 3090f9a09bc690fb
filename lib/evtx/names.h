// SPDX-License-Identifier: GPL-3.0-or-later
// Numbers for names that are looked up in binary XML.
#ifndef EVTXSEQ_NAMES_H
#define EVTXSEQ_NAMES_H

#include <stddef.h>
#include <stdint.h>

enum {
    NAMES_MAX = 128,    // in a list
    NAME_SIZE_MAX = 48, // bytes of one, its NUL included
    NAMES_OTHER = -1,
};

struct names;

// `count` names, at most NAMES_MAX, ASCII and less than NAME_SIZE_MAX bytes each, which are copied.
// An empty text is not found. NULL when memory ran out, or they are not so.
struct names *names_new(const char *const *list, size_t count);
void names_free(struct names *names);

// The number of the name in the list: that of its place. `text` is UTF-16LE of `size` bytes.
// NAMES_OTHER when it is not there, and for NULL as names.
int names_find(const struct names *names, const uint8_t *text, size_t size);

#endif
