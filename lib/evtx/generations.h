// SPDX-License-Identifier: GPL-3.0-or-later
// Which chunks of a file are remains of an earlier generation of the log.
//
// The header of a chunk names the first and the last of its records by number. In a log no number
// comes twice, so a chunk whose numbers another chunk before it has is not of the same log; nor is
// the one that goes on after it. What the file header says is not asked: its count of chunks has 16
// bits, and is brought up to date late or not at all. Lower numbers alone mean nothing, for a
// circular log goes on with its oldest chunk after its newest. A gap between the numbers of two
// chunks shows that there was another.
//
// A header has two kinds of numbers: those of the records in the file, from 1 on, and their IDs,
// which an export takes over from the log that it was made from, not all of them where it was
// filtered.
#ifndef EVTXSEQ_GENERATIONS_H
#define EVTXSEQ_GENERATIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    GENERATIONS_HEADER_SIZE = 52, // how much of a chunk is looked at
    GENERATIONS_RUNS_MAX = 32,    // a log in order has one, a circular one two
};

struct number_run {
    uint64_t first; // IDs
    uint64_t last;
    uint64_t first_in_file;
    uint64_t last_in_file;
    uint64_t offset; // of the first chunk
};

// What the chunks so far have shown. All zero: nothing.
struct generations {
    uint64_t next;       // ID that would follow the last chunk's; 0 when not known
    uint32_t is_earlier; // the last chunk was
    uint32_t run_count;
    struct number_run
        runs[GENERATIONS_RUNS_MAX]; // of the log itself; no two have a number in common
};

// Takes up the next chunk in the order of the file, of which GENERATIONS_HEADER_SIZE bytes must be
// there, and its offset. Whether it is of an earlier generation.
bool generations_add(struct generations *generations, const uint8_t *chunk, uint64_t offset);

// Where chunks are missing, once all have been taken up: gives the offset of the chunk that follows
// such a gap, from the `from`th run on, and moves *from after it. False when there is none.
bool generations_find_gap(const struct generations *generations, size_t *from, uint64_t *offset);

#endif
