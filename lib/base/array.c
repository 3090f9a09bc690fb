// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/array.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 64 };

// What the pointer at this address, of whatever type, points to.
static char *elements_of(const void *list) {
    char *elements = NULL;
    memcpy(&elements, list, sizeof elements);
    return elements;
}

static void set_elements(void *list, char *elements) {
    memcpy(list, &elements, sizeof elements);
}

bool array_grow(void *list, size_t count, size_t *capacity, size_t element_size) {
    if (count < *capacity) {
        return true;
    }
    // No array of half the address space or more has been had, so that doubling cannot overflow.
    size_t larger = *capacity == 0 ? FIRST_CAPACITY : *capacity * 2;
    char *grown = reallocarray(elements_of(list), larger, element_size);
    if (grown != NULL) {
        *capacity = larger;
        set_elements(list, grown);
    }
    return grown != NULL;
}

bool array_add(void *list, size_t *count, size_t *capacity, const void *element,
               size_t element_size) {
    bool has_room = array_grow(list, *count, capacity, element_size);
    if (has_room) {
        memcpy(elements_of(list) + (*count)++ * element_size, element, element_size);
    }
    return has_room;
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
