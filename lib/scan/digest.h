// SPDX-License-Identifier: GPL-3.0-or-later
// Reads an input from its start to its end for its SHA-256, in the process of a worker.
#ifndef EVTXSEQ_DIGEST_H
#define EVTXSEQ_DIGEST_H

#include <stdbool.h>
#include <stdint.h>

#include <nettle/sha2.h>

#include "base/buffer.h"
#include "scan/reader.h"

// All zero at first.
struct digest {
    struct sha256_ctx context;
    uint64_t size; // bytes taken in
};

// Does the next piece of work of the segment, which is a whole input that can seek. Adds messages
// to `out`: at the end MESSAGE_HASH, if all of the input has been read and no more, and then
// MESSAGE_DONE. False when the segment is finished.
bool digest_step(struct digest *digest, int fd, const struct scan_segment *segment,
                 struct scan_state *state, struct buffer *out);

#endif
