// SPDX-License-Identifier: GPL-3.0-or-later
// UTF-8 without the library, for what it is held against.
#ifndef EVTXSEQ_TESTS_PLAIN_UTF8_H
#define EVTXSEQ_TESTS_PLAIN_UTF8_H

#include <stddef.h>
#include <stdint.h>

// The character that valid UTF-8 begins with, and how many bytes it has.
static inline uint32_t plain_utf8_read(const char *text, size_t *size) {
    unsigned char first = (unsigned char)*text;
    *size = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    uint32_t character = *size == 1 ? first : first & (0x7fu >> *size);
    for (size_t i = 1; i < *size; i++) {
        character = character << 6 | ((unsigned char)text[i] & 0x3f);
    }
    return character;
}

// Writes a character, a surrogate too. Returns the place after it.
static inline char *plain_utf8_write(char *out, uint32_t character) {
    if (character < 0x80) {
        *out++ = (char)character;
        return out;
    }
    unsigned more = character < 0x800 ? 1 : character < 0x10000 ? 2 : 3;
    *out++ = (char)(0xf00u >> (more + 1) | character >> 6 * more);
    while (more-- > 0) {
        *out++ = (char)(0x80 | (character >> 6 * more & 0x3f));
    }
    return out;
}

#endif
