// SPDX-License-Identifier: GPL-3.0-or-later
// What there is to say of a chunk before any record of it is judged.
#ifndef EVTXSEQ_CHUNK_REPORT_H
#define EVTXSEQ_CHUNK_REPORT_H

#include <stdbool.h>

#include "base/buffer.h"
#include "evtx/chunk.h"
#include "scan/reader.h"

// Adds messages on what is wrong with the chunk as such. A guess may be none, and then nothing is.
void chunk_report_problems(const struct chunk *chunk, const struct reader_chunk *read,
                           bool checks_sums, bool is_carved, struct buffer *out);

// Counts its records, and marks those of an earlier generation as recovered.
void chunk_report_tally(struct chunk *chunk, bool is_earlier, struct scan_tally *tally);

#endif
