// SPDX-License-Identifier: GPL-3.0-or-later
// Memory full of zeros of which no page is taken before it is used: for tables that are larger than
// what a run, or each of many processes that are forked, uses of them. That of calloc() may be
// taken at once.
#ifndef EVTXSEQ_PAGES_H
#define EVTXSEQ_PAGES_H

#include <stddef.h>

// `size` bytes, at least one. NULL when memory ran out.
void *pages_new(size_t size);
void pages_free(void *pages, size_t size);

#endif
