// SPDX-License-Identifier: GPL-3.0-or-later
// Random damage to logs, and what survives it. The same seeds give the same bytes.
#ifndef EVTXSEQ_TESTS_DAMAGED_LOG_H
#define EVTXSEQ_TESTS_DAMAGED_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "paired_log.h"
#include "random_log.h"

enum { DAMAGED_CHUNKS_MAX = 64, DAMAGES_MAX = 24 };

// A damaged copy of a log.
struct damaged_log {
    const struct paired_log *from;
    struct random random;
    uint8_t *bytes;
    size_t size;
    size_t first_chunk;                // offset: after the file header, or 0 when that is gone
    size_t chunks[DAMAGED_CHUNKS_MAX]; // by place in the file: the number of the original chunk
    const char *kinds[DAMAGES_MAX];    // what has been done to it, in order
    size_t kind_count;
};

// The caller frees with damaged_log_free. The log must outlive it.
struct damaged_log *damaged_log_new(const struct paired_log *log, uint64_t seed);
void damaged_log_free(struct damaged_log *damaged);

// Whether the record and all that it needs of its chunk are where and as they were.
bool survives(const struct damaged_log *damaged, uint64_t record_id);

// Whether both records of the pair do.
bool pair_survives(const struct damaged_log *damaged, const struct pair *pair);

#endif
