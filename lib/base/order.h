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

#endif
