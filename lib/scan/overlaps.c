// SPDX-License-Identifier: GPL-3.0-or-later
#include "scan/overlaps.h"

#include <string.h>

#include "base/search.h"

void overlaps_start(struct overlaps *overlaps) {
    overlaps->before.record_count = 0;
}

static int compare_offset(const void *element, const void *key) {
    const struct record *record = element;
    const uint64_t *offset = key;
    return record->offset < *offset ? -1 : 1;
}

// Whether the chunk has a record of its own at this place of the input: one of its chain, as far as
// that is not broken.
static bool has_own_record(const struct chunk *chunk, uint64_t offset) {
    uint64_t inner = offset - chunk->offset;
    size_t end = chunk->state == CHUNK_INTACT        ? CHUNK_SIZE
                 : chunk->state == CHUNK_BAD_RECORDS ? chunk->damage_offset
                                                     : 0;
    if (offset < chunk->offset || inner >= end) {
        return false;
    }
    size_t at = search_first(chunk->records, chunk->record_count, sizeof *chunk->records, &inner,
                             compare_offset);
    const struct record *record = &chunk->records[at];
    return at < chunk->record_count && record->offset == inner && !record->recovered &&
           !record->damaged;
}

// Leaves out of the chunk the records that are the own ones of another, which overlaps it. Where
// both have one, the chunk that begins last keeps it.
static void leave_out(struct chunk *chunk, const struct chunk *other) {
    size_t kept = 0;
    for (size_t i = 0; i < chunk->record_count; i++) {
        const struct record record = chunk->records[i];
        uint64_t offset = chunk->offset + record.offset;
        bool is_kept = chunk->offset > other->offset && has_own_record(chunk, offset);
        if (is_kept || !has_own_record(other, offset)) {
            chunk->records[kept++] = record;
        }
    }
    chunk->record_count = kept;
}

void overlaps_leave_out(struct overlaps *overlaps, struct chunk *chunk,
                        const struct reader_chunk *read) {
    size_t at = 0;
    if (overlaps->before.offset / SCAN_PART_SIZE == read->offset / SCAN_PART_SIZE) {
        leave_out(chunk, &overlaps->before);
    }
    for (size_t i = 0; read->may_overlap && i < SCAN_OVERLAPS_MAX; i++) {
        const uint8_t *found = memmem(read->data + at + 1, read->size - at - 1, CHUNK_SIGNATURE,
                                      sizeof CHUNK_SIGNATURE);
        if (found == NULL) {
            break;
        }
        at = (size_t)(found - read->data);
        if (read->reach - at >= CHUNK_SIZE) {
            chunk_survey(&overlaps->other, found, read->offset + at);
            leave_out(chunk, &overlaps->other);
        }
    }
}

void overlaps_keep(struct overlaps *overlaps, const struct chunk *chunk,
                   const struct reader_chunk *read) {
    enum chunk_state state = chunk->state;
    if (read->may_overlap && (state == CHUNK_INTACT || state == CHUNK_BAD_RECORDS)) {
        overlaps->before = *chunk;
    }
}
