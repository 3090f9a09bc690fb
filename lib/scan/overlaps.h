// SPDX-License-Identifier: GPL-3.0-or-later
// Chunks that overlap: one is cut short and another follows before its size is up, or stands in a
// value of it. Neither has anything of the other's: a record is read once, as that of the chunk
// whose own it is.
#ifndef EVTXSEQ_OVERLAPS_H
#define EVTXSEQ_OVERLAPS_H

#include "evtx/chunk.h"
#include "scan/reader.h"

struct overlaps {
    struct chunk others[SCAN_OVERLAPS_MAX]; // that begin in the chunk at hand; UINT64_MAX for none
    size_t oldest;                          // of those: the next to make room
    struct chunk before; // the last one before it that was in order; no records where none was
};

// To be called where a segment begins.
void overlaps_start(struct overlaps *overlaps);

// Leaves out of the chunk what is that of the one before, or of one that begins in it.
void overlaps_leave_out(struct overlaps *overlaps, struct chunk *chunk,
                        const struct reader_chunk *read);

// Keeps the chunk for those that begin in it.
void overlaps_keep(struct overlaps *overlaps, const struct chunk *chunk,
                   const struct reader_chunk *read);

#endif
