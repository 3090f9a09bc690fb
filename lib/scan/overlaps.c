// SPDX-License-Identifier: GPL-3.0-or-later
#include "scan/overlaps.h"

#include <string.h>

void overlaps_start(struct overlaps *overlaps) {
    overlaps->before.record_count = 0;
    overlaps->oldest = 0;
    for (size_t i = 0; i < SCAN_OVERLAPS_MAX; i++) {
        overlaps->others[i].offset = UINT64_MAX;
    }
}

// Whether the record is one of the chunk's own: of its chain, as far as that is not broken.
static bool is_own(const struct chunk *chunk, const struct record *record) {
    size_t end = chunk->state == CHUNK_INTACT        ? CHUNK_SIZE
                 : chunk->state == CHUNK_BAD_RECORDS ? chunk->damage_offset
                                                     : 0;
    return record->offset < end && !record->recovered && !record->damaged;
}

// Leaves out of the chunk the records that are the own ones of another, which overlaps it. Where
// both have one, the chunk that begins last keeps it.
static void leave_out(struct chunk *chunk, const struct chunk *other) {
    size_t kept = 0;
    size_t at = 0;
    for (size_t i = 0; i < chunk->record_count; i++) {
        const struct record record = chunk->records[i];
        uint64_t offset = chunk->offset + record.offset;
        while (at < other->record_count && other->offset + other->records[at].offset < offset) {
            at++;
        }
        bool is_others = at < other->record_count &&
                         other->offset + other->records[at].offset == offset &&
                         is_own(other, &other->records[at]);
        if (!is_others || (chunk->offset > other->offset && is_own(chunk, &record))) {
            chunk->records[kept++] = record;
        }
    }
    chunk->record_count = kept;
}

// The chunk at `data`, which many that it overlaps may ask for: surveyed once.
static const struct chunk *survey_other(struct overlaps *overlaps, const uint8_t *data,
                                        uint64_t offset) {
    for (size_t i = 0; i < SCAN_OVERLAPS_MAX; i++) {
        if (overlaps->others[i].offset == offset) {
            return &overlaps->others[i];
        }
    }
    struct chunk *other = &overlaps->others[overlaps->oldest];
    overlaps->oldest = (overlaps->oldest + 1) % SCAN_OVERLAPS_MAX;
    chunk_survey(other, data, offset);
    return other;
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
            leave_out(chunk, survey_other(overlaps, found, read->offset + at));
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
