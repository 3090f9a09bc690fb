// SPDX-License-Identifier: GPL-3.0-or-later
#include "scan/image.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "scan/ewf.h"

enum { BUFFER_SIZE = 256 << 10, RAW_STEP = 64 << 10 };

struct image_reader {
    struct image_stretch stretch;
    const int *fds;
    volatile uint64_t *progress;
    size_t part;      // at hand
    uint64_t in_part; // bytes of it that have been read
    uint64_t at;      // of the stretch
    struct ewf *ewf;  // the part's file; NULL when it is not open
    bool is_tried;    // to open it
    struct image_damage damages[IMAGE_DAMAGES_MAX];
    size_t damage_count;
    uint8_t buffer[BUFFER_SIZE];
};

struct image_reader *image_reader_new(const struct image_stretch *stretch, const int *fds,
                                      volatile uint64_t *progress) {
    struct image_reader *reader = malloc(sizeof *reader);
    if (reader == NULL) {
        return NULL;
    }
    memset(reader, 0, offsetof(struct image_reader, buffer));
    reader->stretch = *stretch;
    reader->fds = fds;
    reader->progress = progress;
    return reader;
}

void image_reader_free(struct image_reader *reader) {
    if (reader != NULL) {
        ewf_close(reader->ewf);
        free(reader);
    }
}

static void add_damage(struct image_reader *reader, uint64_t at, uint64_t size) {
    size_t count = reader->damage_count;
    struct image_damage *last = count == 0 ? NULL : &reader->damages[count - 1];
    if (last != NULL && (count == IMAGE_DAMAGES_MAX || last->at + last->size == at)) {
        last->size = at + size - last->at;
    } else {
        reader->damages[reader->damage_count++] = (struct image_damage){at, size};
    }
}

static void open_part(struct image_reader *reader) {
    const struct image_stretch *stretch = &reader->stretch;
    int head = stretch->has_head ? reader->fds[stretch->part_count] : -1;
    if (!reader->is_tried) {
        reader->is_tried = true;
        reader->ewf = ewf_open(reader->fds[reader->part], stretch->parts[reader->part].file_size,
                               head, stretch->head_size);
    }
}

static bool read_ewf(struct image_reader *reader, uint64_t at, uint8_t *to, size_t size) {
    open_part(reader);
    return reader->ewf != NULL && ewf_read(reader->ewf, at, to, size);
}

// How much to read at once: of EWF what is left of a chunk.
static size_t step(const struct image_reader *reader, uint64_t at, uint64_t rest, size_t room) {
    uint64_t most = RAW_STEP;
    if (reader->stretch.is_ewf) {
        most = reader->stretch.chunk_size - at % reader->stretch.chunk_size;
    }
    most = most < rest ? most : rest;
    return (size_t)(most < room ? most : room);
}

// Adds to the buffer what the part at hand has for it. Returns how much that is.
static size_t read_part(struct image_reader *reader, uint8_t *to, size_t room) {
    const struct image_part *part = &reader->stretch.parts[reader->part];
    uint64_t at = part->begin + reader->in_part;
    size_t size = step(reader, at, part->size - reader->in_part, room);
    bool is_read = reader->stretch.is_ewf
                       ? read_ewf(reader, at, to, size)
                       : file_read(reader->fds[reader->part], at, to, size) == size;
    if (!is_read) {
        memset(to, 0, size);
        add_damage(reader, reader->at, size);
    }
    reader->in_part += size;
    reader->at += size;
    (*reader->progress)++;
    return size;
}

static void end_part(struct image_reader *reader) {
    ewf_close(reader->ewf);
    reader->ewf = NULL;
    reader->is_tried = false;
    reader->in_part = 0;
    reader->part++;
}

bool image_reader_next(struct image_reader *reader, const uint8_t **data, size_t *size) {
    size_t have = 0;
    while (have < BUFFER_SIZE && reader->part < reader->stretch.part_count) {
        if (reader->in_part == reader->stretch.parts[reader->part].size) {
            end_part(reader);
        } else {
            have += read_part(reader, reader->buffer + have, BUFFER_SIZE - have);
        }
    }
    *data = reader->buffer;
    *size = have;
    return have > 0;
}

const struct image_damage *image_reader_damages(const struct image_reader *reader, size_t *count) {
    *count = reader->damage_count;
    return reader->damages;
}
