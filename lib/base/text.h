// SPDX-License-Identifier: GPL-3.0-or-later
// Text that lies elsewhere: a whole value, or a stretch of one.
#ifndef EVTXSEQ_BASE_TEXT_H
#define EVTXSEQ_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

// UTF-8, which may have a NUL in it; one follows it only where that is said.
struct text {
    const char *data; // NULL: there is none, which an empty text is not
    size_t size;      // bytes
};

// All of a string.
static inline struct text text_of(const char *string) {
    return (struct text){string, strlen(string)};
}

static inline bool text_starts(struct text text, const char *start) {
    size_t size = strlen(start);
    return text.size >= size && memcmp(text.data, start, size) == 0;
}

static inline bool text_is(struct text text, const char *wanted) {
    return text.size == strlen(wanted) && text_starts(text, wanted);
}

// None is the same as an empty text.
static inline bool text_same(struct text a, struct text b) {
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

#endif
