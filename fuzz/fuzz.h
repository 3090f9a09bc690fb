// SPDX-License-Identifier: GPL-3.0-or-later
// What the fuzz targets share. A target is one file with LLVMFuzzerTestOneInput(); see README.md
// for how they are run.
#ifndef EVTXSEQ_FUZZ_H
#define EVTXSEQ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "evtx/chunk.h"

// Called by libFuzzer. The input is no longer than the options of `make fuzz-run` allow.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// Ends the process, which libFuzzer reports, where something does not hold that must. Inlined, all
// calls would be one in the stack that is reported.
__attribute__((noinline, unused)) static void must(bool holds) {
    if (!holds) {
        abort();
    }
}

// Makes a chunk of the input: inputs leave out the zeros at a chunk's end, which keeps them short.
static inline void fill_chunk(uint8_t chunk[CHUNK_SIZE], const uint8_t *data, size_t size) {
    size_t taken = size < CHUNK_SIZE ? size : CHUNK_SIZE;
    memcpy(chunk, data, taken);
    memset(chunk + taken, 0, CHUNK_SIZE - taken);
}

#endif
