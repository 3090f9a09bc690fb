// SPDX-License-Identifier: GPL-3.0-or-later
// Which of two numbers comes first: below, equal to or above zero, as qsort() wants it.
#ifndef EVTXSEQ_ORDER_H
#define EVTXSEQ_ORDER_H

#include <stdint.h>

static inline int order_numbers(uint64_t a, uint64_t b) {
    return (a > b) - (a < b);
}

static inline int order_times(int64_t a, int64_t b) {
    return (a > b) - (a < b);
}

// The same of two uint64_t, where they lie.
static inline int order_numbers_at(const void *left, const void *right) {
    const uint64_t *a = left;
    const uint64_t *b = right;
    return order_numbers(*a, *b);
}

#endif
