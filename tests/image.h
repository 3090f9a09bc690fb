// SPDX-License-Identifier: GPL-3.0-or-later
// Inputs that are put together out of pieces of logs.
#ifndef EVTXSEQ_TESTS_IMAGE_H
#define EVTXSEQ_TESTS_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "evtx_writer.h"
#include "random_log.h"

// A log is read in parts of 64 chunks.
enum { PART_SIZE = 64 * EVTX_CHUNK_SIZE };

// The caller frees the bytes.
struct image {
    uint8_t *bytes;
    size_t size;
};

void image_insert(struct image *image, size_t at, const void *bytes, size_t size);
void image_add(struct image *image, const void *bytes, size_t size);
void image_remove(struct image *image, size_t at, size_t size);
void image_add_zeros(struct image *image, size_t size);

// A log of more than two parts, of a few chunks again and again, in which bytes were changed,
// moved, added or lost.
struct image image_random(struct random *random);

#endif
