// SPDX-License-Identifier: GPL-3.0-or-later
// Memory that is taken piece by piece and given back all at once. Pieces stay where they are.
#ifndef EVTXSEQ_ARENA_H
#define EVTXSEQ_ARENA_H

#include <stddef.h>

struct arena_block;

// An empty arena is all zero; there is nothing to initialise.
struct arena {
    struct arena_block *blocks; // the one in use first
};

// `size` bytes, aligned for a pointer. NULL when memory ran out.
void *arena_take(struct arena *arena, size_t size);

// A copy of `size` bytes with a NUL after it. NULL when memory ran out.
void *arena_copy(struct arena *arena, const void *data, size_t size);

// Gives back all pieces, and keeps memory for those to come.
void arena_clear(struct arena *arena);

void arena_free(struct arena *arena);

#endif
