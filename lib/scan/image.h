// SPDX-License-Identifier: GPL-3.0-or-later
// A stretch of a forensic image, read from the files that it lies in: those of libewf's formats, or
// parts of a raw image. To be called in a process of its own, in a sandbox: see openers.h.
#ifndef EVTXSEQ_IMAGE_H
#define EVTXSEQ_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    // Files that a stretch may lie in. Only of an image with files of a few KiB could it be more.
    IMAGE_PARTS_MAX = 5,
    // Damaged places of a stretch that are told apart; the last one stands for the rest.
    IMAGE_DAMAGES_MAX = 100,
};

// What a stretch has in one file.
struct image_part {
    uint64_t file_size;
    uint64_t begin; // in what the file holds of the image
    uint64_t size;
};

struct image_stretch {
    uint32_t is_ewf;
    uint32_t chunk_size; // of EWF
    uint32_t part_count;
    uint32_t has_head; // a descriptor of another file of the image follows after those of the parts
    uint64_t head_size;
    struct image_part parts[IMAGE_PARTS_MAX];
};

// Bytes that cannot be read, by their place in the stretch.
struct image_damage {
    uint64_t at;
    uint64_t size;
};

struct image_reader;

// The descriptors must outlive the reader. NULL when memory ran out. `progress` counts up as long
// as it goes on.
struct image_reader *image_reader_new(const struct image_stretch *stretch, const int *fds,
                                      volatile uint64_t *progress);
void image_reader_free(struct image_reader *reader);

// The next bytes, zeros for those that cannot be read; valid until the next call. False at the end.
bool image_reader_next(struct image_reader *reader, const uint8_t **data, size_t *size);

// What could not be read so far.
const struct image_damage *image_reader_damages(const struct image_reader *reader, size_t *count);

#endif
