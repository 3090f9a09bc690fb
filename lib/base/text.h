// SPDX-License-Identifier: GPL-3.0-or-later
// Text that lies elsewhere: a whole value, or a stretch of one.
#ifndef EVTXSEQ_BASE_TEXT_H
#define EVTXSEQ_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/ascii.h"

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

// Whether one text is what another starts, or ends, with; with `folds`, but for ASCII case.
static inline bool text_starts_with(struct text text, struct text part, bool folds) {
    return text.size >= part.size && ascii_same(text.data, part.data, part.size, folds);
}

static inline bool text_ends_with(struct text text, struct text part, bool folds) {
    return text.size >= part.size &&
           ascii_same(text.data + text.size - part.size, part.data, part.size, folds);
}

// Makes a string of it. False where it does not fit into `room` bytes, or has a NUL in it.
static inline bool text_to_string(struct text text, char *string, size_t room) {
    if (text.size >= room || memchr(text.data, '\0', text.size) != NULL) {
        return false;
    }
    memcpy(string, text.data, text.size);
    string[text.size] = '\0';
    return true;
}

#endif
