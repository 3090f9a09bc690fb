// SPDX-License-Identifier: GPL-3.0-or-later
// ASCII: case folding, the only folding the rules know, and which characters are seen; the locale
// has no say in it.
#ifndef EVTXSEQ_ASCII_H
#define EVTXSEQ_ASCII_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline char ascii_fold(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

// The value of a hexadecimal digit; ASCII_NO_DIGIT, which has none of its bits, for any other.
enum { ASCII_NO_DIGIT = 1 << 16 };

static inline unsigned ascii_digit(char c) {
    unsigned digit = (unsigned char)c - (unsigned)'0';
    unsigned letter = ((unsigned char)c | 0x20U) - (unsigned)'a';
    return digit <= 9 ? digit : letter <= 5 ? letter + 10 : ASCII_NO_DIGIT;
}

static inline bool ascii_is_hex(char c) {
    return ascii_digit(c) != ASCII_NO_DIGIT;
}

// Whether `size` bytes at `data` are `text`, but for ASCII case.
static inline bool ascii_equal(const char *data, size_t size, const char *text) {
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '\0' || ascii_fold(data[i]) != ascii_fold(text[i])) {
            return false;
        }
    }
    return text[size] == '\0';
}

// Whether two runs of `size` bytes are the same; with `folds`, but for ASCII case.
static inline bool ascii_same(const char *a, const char *b, size_t size, bool folds) {
    for (size_t i = 0; i < size; i++) {
        if (a[i] != b[i] && !(folds && ascii_fold(a[i]) == ascii_fold(b[i]))) {
            return false;
        }
    }
    return true;
}

// Reads a whole decimal number of `size` digits. False for anything else.
static inline bool ascii_number(const char *digits, size_t size, uint64_t *number) {
    uint64_t result = 0;
    for (size_t i = 0; i < size; i++) {
        unsigned digit = (unsigned char)digits[i] - (unsigned)'0';
        if (digit > 9 || result > (UINT64_MAX - digit) / 10) {
            return false;
        }
        result = result * 10 + digit;
    }
    *number = result;
    return size > 0;
}

// Writes the last `count` digits of a number, decimal or small hexadecimal ones, without a NUL.
static inline void ascii_write_digits(char *to, size_t count, uint64_t number, unsigned base) {
    while (count > 0) {
        to[--count] = "0123456789abcdef"[number % base];
        number /= base;
    }
}

// Below, equal to or above zero as one text comes before the other, is it, or comes after it, but
// for ASCII case.
static inline int ascii_compare(const char *a, const char *b) {
    for (;; a++, b++) {
        unsigned char x = (unsigned char)ascii_fold(*a);
        unsigned char y = (unsigned char)ascii_fold(*b);
        if (x != y) {
            return x < y ? -1 : 1;
        }
        if (x == '\0') {
            return 0;
        }
    }
}

// Whether eight bytes are characters that are seen, or spaces: none has the upper bit, falls below
// zero less a blank, or comes to the upper bit with one more.
static inline bool ascii_eight_visible(const char *text) {
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t bytes = 0;
    memcpy(&bytes, text, sizeof bytes);
    return ((bytes | (bytes - ones * ' ') | (bytes + ones)) & ones * 0x80) == 0;
}

// How many bytes at the start of a text are such characters. The last eight may begin within those
// before.
static inline size_t ascii_visible(const char *text, size_t size) {
    size_t count = 0;
    while (size - count >= 8 && ascii_eight_visible(text + count)) {
        count += 8;
    }
    if (count > 0 && size - count < 8 && ascii_eight_visible(text + size - 8)) {
        return size;
    }
    while (count < size && text[count] >= ' ' && text[count] <= '~') {
        count++;
    }
    return count;
}

#endif
