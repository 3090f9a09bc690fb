// SPDX-License-Identifier: GPL-3.0-or-later
// The inputs that a text tells of, so that each is named once.
#ifndef EVTXSEQ_PLACES_H
#define EVTXSEQ_PLACES_H

#include <stdbool.h>
#include <stddef.h>

// Paths in the order of adding, each once; not owned. All zero at first.
struct places {
    const char **list;
    size_t count;
    size_t capacity;
};

// False when memory ran out.
bool places_add(struct places *places, const char *path);

// The number of a path, from 0; `count` for one that was not added.
size_t places_find(const struct places *places, const char *path);

void places_free(struct places *places);

#endif
