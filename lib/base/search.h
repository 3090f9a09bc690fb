// SPDX-License-Identifier: GPL-3.0-or-later
// Binary search. Unlike bsearch() it finds the first of several, and the place of what is not
// there.
#ifndef EVTXSEQ_SEARCH_H
#define EVTXSEQ_SEARCH_H

#include <stddef.h>

// The place of the first element that does not come before the key; `count` when all do. `compare`
// is below zero for those that do, which must stand in front.
size_t search_first(const void *list, size_t count, size_t element_size, const void *key,
                    int (*compare)(const void *element, const void *key));

#endif
