// SPDX-License-Identifier: GPL-3.0-or-later
// FNV-1a, 64 bits: short, and its parameters are public and will not change. Of no use against
// someone who wants two inputs to have one hash. Source: draft-eastlake-fnv.
#ifndef EVTXSEQ_HASH_H
#define EVTXSEQ_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/ascii.h"

// Of nothing.
#define HASH_START UINT64_C(0xcbf29ce484222325)

// The hash of what `hash` is of and `size` more bytes.
static inline uint64_t hash_add(uint64_t hash, const void *data, size_t size) {
    const unsigned char *bytes = data;
    for (size_t i = 0; i < size; i++) {
        hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
    }
    return hash;
}

// The same of text, whose ASCII case does not count.
static inline uint64_t hash_add_folded(uint64_t hash, const char *text, size_t size) {
    for (size_t i = 0; i < size; i++) {
        char folded = ascii_fold(text[i]);
        hash = hash_add(hash, &folded, 1);
    }
    return hash;
}

// Another hash, for tables that are gone with the process: several times as fast, and not the same
// everywhere. Its first bits are the good ones.
static inline uint64_t hash_words(uint64_t start, const void *data, size_t size) {
    const unsigned char *bytes = data;
    const uint64_t factor = UINT64_C(0x9e3779b97f4a7c15);
    uint64_t a = (start + size) * factor;
    uint64_t b = ~a;
    uint64_t words[2] = {0, 0};
    size_t at = 0;
    for (; at + sizeof words < size; at += sizeof words) {
        memcpy(words, bytes + at, sizeof words);
        a = (a ^ words[0]) * factor;
        b = (b ^ words[1]) * factor;
        a ^= a >> 32;
        b ^= b >> 32;
    }
    // The last words begin within those before, where there are any.
    if (size >= sizeof words) {
        memcpy(words, bytes + size - sizeof words, sizeof words);
    } else if (size > 0) {
        memcpy(words, bytes, size);
    }
    a = (a ^ words[0]) * factor;
    b = (b ^ words[1]) * factor;
    a = (a ^ a >> 32 ^ b >> 29 ^ b) * factor;
    return (a ^ a >> 32) * factor;
}

#endif
