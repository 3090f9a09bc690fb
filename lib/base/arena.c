// SPDX-License-Identifier: GPL-3.0-or-later
// An arena: blocks, each filled from its start.
#include "base/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_SIZE = 16384, ALIGNMENT = 8 };

struct arena_block {
    struct arena_block *next; // an earlier one, full
    size_t size;              // bytes of data
    size_t used;
    _Alignas(ALIGNMENT) char data[];
};

static struct arena_block *add_block(struct arena *arena, size_t size) {
    struct arena_block *block =
        size > SIZE_MAX / 2 ? NULL
                            : malloc(sizeof *block + (size < BLOCK_SIZE ? BLOCK_SIZE : size));
    if (block != NULL) {
        *block = (struct arena_block){arena->blocks, size < BLOCK_SIZE ? BLOCK_SIZE : size, 0};
        arena->blocks = block;
    }
    return block;
}

void *arena_take(struct arena *arena, size_t size) {
    struct arena_block *block = arena->blocks;
    size = size > SIZE_MAX / 2 ? size : (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (block == NULL || size > block->size - block->used) {
        block = add_block(arena, size);
    }
    if (block == NULL) {
        return NULL;
    }
    void *piece = block->data + block->used;
    block->used += size;
    return piece;
}

void *arena_copy(struct arena *arena, const void *data, size_t size) {
    char *copy = size < SIZE_MAX / 2 ? arena_take(arena, size + 1) : NULL;
    if (copy != NULL) {
        copy[size] = '\0';
        if (size > 0) {
            memcpy(copy, data, size);
        }
    }
    return copy;
}

// Keeps the first block alone, so that one large record does not hold its memory for good.
void arena_clear(struct arena *arena) {
    while (arena->blocks != NULL && arena->blocks->next != NULL) {
        struct arena_block *block = arena->blocks;
        arena->blocks = block->next;
        free(block);
    }
    if (arena->blocks != NULL) {
        arena->blocks->used = 0;
    }
}

void arena_free(struct arena *arena) {
    arena_clear(arena);
    free(arena->blocks);
    arena->blocks = NULL;
}
