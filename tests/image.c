// SPDX-License-Identifier: GPL-3.0-or-later
#include "image.h"

#include <stdlib.h>
#include <string.h>

#include "evtx_writer.h"
#include "paired_log.h"
#include "xmem.h"

void image_insert(struct image *image, size_t at, const void *bytes, size_t size) {
    image->bytes = xrealloc(image->bytes, image->size + size + 1);
    memmove(image->bytes + at + size, image->bytes + at, image->size - at);
    memcpy(image->bytes + at, bytes, size);
    image->size += size;
}

void image_add(struct image *image, const void *bytes, size_t size) {
    image_insert(image, image->size, bytes, size);
}

void image_remove(struct image *image, size_t at, size_t size) {
    size = size < image->size - at ? size : image->size - at;
    memmove(image->bytes + at, image->bytes + at + size, image->size - at - size);
    image->size -= size;
}

void image_add_zeros(struct image *image, size_t size) {
    uint8_t *zeros = xcalloc(1, size);
    image_add(image, zeros, size);
    free(zeros);
}

// Random ones

static size_t any_offset(const struct image *image, struct random *random) {
    if (random_chance(random, 50)) {
        // About where a part begins.
        size_t at = EVTX_HEADER_SIZE + PART_SIZE * (1 + random_below(random, 2));
        if (random_chance(random, 20)) {
            return at < image->size ? at : 0;
        }
        at += random_below(random, 4 * (size_t)EVTX_CHUNK_SIZE);
        at -= at < 2 * (size_t)EVTX_CHUNK_SIZE ? 0 : 2 * (size_t)EVTX_CHUNK_SIZE;
        if (at < image->size) {
            return at;
        }
    }
    return random_below(random, image->size);
}

static size_t any_size(struct random *random) {
    static const size_t sizes[] = {1, 8, 128, 512, 4096, EVTX_CHUNK_SIZE, EVTX_CHUNK_SIZE + 512};
    return random_chance(random, 50) ? sizes[random_below(random, sizeof sizes / sizeof *sizes)]
                                     : 1 + random_below(random, EVTX_CHUNK_SIZE);
}

// One before `end`, or the start.
static size_t any_offset_within(const struct image *image, size_t end, struct random *random) {
    return end == 0 ? 0 : any_offset(image, random) % end;
}

// What lies between two offsets is moved; all else stays where it is.
static void move(struct image *image, size_t at, const uint8_t *bytes, size_t size,
                 struct random *random) {
    size_t to = any_offset_within(image, image->size - size, random);
    image_remove(image, at, size);
    image_insert(image, to, bytes, size);
}

static void change(struct image *image, struct random *random) {
    size_t at = any_offset(image, random);
    size_t size = any_size(random);
    size = size < image->size - at ? size : image->size - at;
    uint8_t *copy = xmalloc(size + 1);
    memcpy(copy, image->bytes + any_offset_within(image, image->size - size, random), size);
    switch (random_below(random, 6)) {
    case 0:
        image_remove(image, at, size);
        break;
    case 1:
        image_insert(image, at, copy, size);
        break;
    case 2:
        memcpy(image->bytes + at, copy, size);
        break;
    case 3:
        memset(image->bytes + at, 0, size);
        break;
    case 4:
        move(image, at, copy, size, random);
        break;
    default:
        memcpy(copy, "ElfChnk", size < 8 ? size : 8);
        memcpy(image->bytes + at, copy, size < 8 ? size : 8);
        break;
    }
    free(copy);
}

struct image image_random(struct random *random) {
    struct image image = {0};
    struct paired_log *log = paired_log_new(random_next(random));
    image_add(&image, log->bytes, log->size);
    while (image.size < 2 * (size_t)PART_SIZE + 10 * (size_t)EVTX_CHUNK_SIZE) {
        size_t number = random_below(random, log->read.chunk_count);
        image_add(&image, log->bytes + EVTX_HEADER_SIZE + number * EVTX_CHUNK_SIZE,
                  EVTX_CHUNK_SIZE);
    }
    paired_log_free(log);
    for (size_t i = random_below(random, 6); i > 0; i--) {
        change(&image, random);
    }
    return image;
}
