// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/array.h"

#include <stdlib.h>

enum { FIRST_CAPACITY = 64 };

void *array_grow(void *list, size_t count, size_t *capacity, size_t element_size) {
    if (count < *capacity) {
        return list;
    }
    // No array of half the address space or more has been had, so that doubling cannot overflow.
    size_t larger = *capacity == 0 ? FIRST_CAPACITY : *capacity * 2;
    void *grown = reallocarray(list, larger, element_size);
    if (grown != NULL) {
        *capacity = larger;
    }
    return grown;
}

void array_sort(void *list, size_t count, size_t element_size,
                int (*compare)(const void *, const void *)) {
    const char *first = list;
    size_t sorted = 1;
    while (sorted < count &&
           compare(first + (sorted - 1) * element_size, first + sorted * element_size) <= 0) {
        sorted++;
    }
    if (sorted < count) {
        qsort(list, count, element_size, compare);
    }
}
