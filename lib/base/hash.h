// SPDX-License-Identifier: GPL-3.0-or-later
// FNV-1a, 64 bits: short, and its parameters are public and will not change. Source: Fowler, Noll
// and Vo, "The FNV Non-Cryptographic Hash Algorithm". Whoever chooses the bytes can make two of one
// hash.
#ifndef EVTXSEQ_HASH_H
#define EVTXSEQ_HASH_H

#include <stddef.h>
#include <stdint.h>

#define HASH_SEED UINT64_C(0xcbf29ce484222325)

// Goes on with `hash`, at first HASH_SEED.
static inline uint64_t hash_bytes(uint64_t hash, const void *data, size_t size) {
    const unsigned char *bytes = data;
    for (size_t i = 0; i < size; i++) {
        hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
    }
    return hash;
}

#endif
