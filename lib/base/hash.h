// SPDX-License-Identifier: GPL-3.0-or-later
// FNV-1a, 64 bits: short, and its parameters are public and will not change. Of no use against
// someone who wants two inputs to have one hash. Source: draft-eastlake-fnv.
#ifndef EVTXSEQ_HASH_H
#define EVTXSEQ_HASH_H

#include <stddef.h>
#include <stdint.h>

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

#endif
