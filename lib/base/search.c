// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/search.h"

size_t search_first(const void *list, size_t count, size_t element_size, const void *key,
                    int (*compare)(const void *element, const void *key)) {
    size_t begin = 0;
    size_t end = count;
    while (begin < end) {
        size_t middle = begin + (end - begin) / 2;
        if (compare((const char *)list + middle * element_size, key) < 0) {
            begin = middle + 1;
        } else {
            end = middle;
        }
    }
    return begin;
}
