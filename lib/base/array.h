// SPDX-License-Identifier: GPL-3.0-or-later
// Arrays: that grow, that are sorted.
#ifndef EVTXSEQ_ARRAY_H
#define EVTXSEQ_ARRAY_H

#include <stdbool.h>
#include <stddef.h>

// Makes room for one more element in an owned array of `count`, which has room for *capacity; an
// empty one is NULL. `list` is the address of the pointer to it, for it may move. It grows when it
// is full, so for a count of *capacity in any case. False when memory ran out: it is as it was
// then, still to be freed.
bool array_grow(void *list, size_t count, size_t *capacity, size_t element_size);

// The same, and puts a copy of the element there.
bool array_add(void *list, size_t *count, size_t *capacity, const void *element,
               size_t element_size);

// qsort() for an array that may be empty, and NULL then. What is in order already, as most of what
// comes from logs is, is only looked over once.
void array_sort(void *list, size_t count, size_t element_size,
                int (*compare)(const void *, const void *));

#endif
