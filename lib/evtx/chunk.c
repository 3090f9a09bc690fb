// SPDX-License-Identifier: GPL-3.0-or-later
#include "evtx/chunk.h"

#include <string.h>

#include "base/bytes.h"
#include "evtx/instance.h"

static const uint8_t record_signature[4] = {'*', '*', 0, 0};

// Every record's binary XML starts with a fragment header: token 0x0f, version 1.1, no flags.
static const uint8_t fragment_header[4] = {0x0f, 1, 1, 0};

static bool is_all_zero(const uint8_t *data, size_t size) {
    return data[0] == 0 && memcmp(data, data + 1, size - 1) == 0;
}

static bool has_signature(const uint8_t *data, size_t at) {
    return at <= CHUNK_SIZE - sizeof record_signature &&
           memcmp(data + at, record_signature, sizeof record_signature) == 0;
}

size_t chunk_whole_record(const uint8_t *data, size_t at) {
    if (at > CHUNK_SIZE - RECORD_SIZE_MIN || !has_signature(data, at)) {
        return 0;
    }
    uint32_t size = bytes_u32(data + at + 4);
    return record_in_range(at, size) && bytes_u32(data + at + size - 4) == size ? size : 0;
}

static bool is_whole(const uint8_t *data, size_t at) {
    return chunk_whole_record(data, at) > 0;
}

// Whether a record starts at `at`, be its sizes right or wrong.
static bool looks_like_record(const uint8_t *data, size_t at) {
    return is_whole(data, at) ||
           (at <= CHUNK_SIZE - RECORD_SIZE_MIN && has_signature(data, at) &&
            memcmp(data + at + RECORD_HEADER_SIZE, fragment_header, sizeof fragment_header) == 0);
}

// The first place from `at` on and before `end` where a record seems to start; `end` when there is
// none. Every byte of a chunk comes by here, and memchr() is several times as fast as memmem().
static size_t next_record(const uint8_t *data, size_t at, size_t end) {
    while (at < end) {
        const uint8_t *found = memchr(data + at, record_signature[0], end - at);
        if (found == NULL) {
            return end;
        }
        at = (size_t)(found - data);
        if (looks_like_record(data, at)) {
            return at;
        }
        at++;
    }
    return end;
}

static void add_record(struct chunk *chunk, size_t at, size_t size, bool recovered, bool damaged) {
    if (chunk->record_count < CHUNK_RECORDS_MAX && size >= RECORD_SIZE_MIN) {
        chunk->records[chunk->record_count++] =
            (struct record){(uint32_t)at, (uint32_t)size, recovered, damaged};
    }
}

static void note_damage(struct chunk *chunk, enum chunk_state state, size_t at) {
    if (chunk->state == CHUNK_INTACT) {
        chunk->state = state;
        chunk->damage_offset = (uint32_t)at;
    }
}

// The first record that starts within the whole one at `at`, or that one's end where there is none.
// A size may be wrong and a number like it stand, by accident or intent, where it leads to. But
// what is part of a record's own values is not a record, whatever it looks like.
static size_t inner_record(const uint8_t *data, size_t at, size_t end) {
    const struct record record = {.offset = (uint32_t)at, .size = (uint32_t)(end - at)};
    size_t inner = next_record(data, at + sizeof record_signature, end);
    if (inner == end) {
        return end;
    }
    size_t own_end = instance_own_end(data, &record);
    return inner < own_end ? next_record(data, own_end, end) : inner;
}

// The record or the remains of one at `at`, and what follows it.
static size_t take_record(struct chunk *chunk, size_t at, bool recovered) {
    if (is_whole(chunk->data, at)) {
        size_t end = at + chunk_whole_record(chunk->data, at);
        size_t next = inner_record(chunk->data, at, end);
        if (next < end && !recovered) {
            note_damage(chunk, CHUNK_BAD_RECORDS, at);
        }
        add_record(chunk, at, next - at, recovered, next < end);
        return next;
    }
    size_t next = next_record(chunk->data, at + 1, CHUNK_SIZE);
    if (looks_like_record(chunk->data, at)) {
        add_record(chunk, at, next - at, recovered, true);
    }
    return next;
}

// The chain of the log's own records, from the header to `free_space`. Returns where it ends.
static size_t survey_chain(struct chunk *chunk, size_t free_space) {
    size_t at = CHUNK_HEADER_SIZE;
    while (at < free_space) {
        if (!is_whole(chunk->data, at)) {
            // A free-space offset that lies after the last record leaves zeros before it.
            if (is_all_zero(chunk->data + at, free_space - at)) {
                break;
            }
            note_damage(chunk, CHUNK_BAD_RECORDS, at);
        }
        at = take_record(chunk, at, at >= free_space);
    }
    return at;
}

static void survey_slack(struct chunk *chunk, size_t at) {
    while ((at = next_record(chunk->data, at, CHUNK_SIZE)) < CHUNK_SIZE) {
        at = take_record(chunk, at, true);
    }
}

bool chunk_starts_at(const uint8_t *data) {
    return memcmp(data, CHUNK_SIGNATURE, sizeof CHUNK_SIGNATURE) == 0 ||
           memcmp(data + CHUNK_HEADER_SIZE, record_signature, sizeof record_signature) == 0;
}

void chunk_survey(struct chunk *chunk, const uint8_t *data, uint64_t offset) {
    chunk->data = data;
    chunk->offset = offset;
    chunk->state = CHUNK_INTACT;
    chunk->damage_offset = 0;
    chunk->record_count = 0;
    if (memcmp(data, CHUNK_SIGNATURE, sizeof CHUNK_SIGNATURE) != 0) {
        if (is_all_zero(data, CHUNK_SIZE)) {
            chunk->state = CHUNK_EMPTY;
            return;
        }
        note_damage(chunk, CHUNK_NO_SIGNATURE, 0);
    }
    size_t free_space = bytes_u32(data + 48);
    if (free_space < CHUNK_HEADER_SIZE || free_space > CHUNK_SIZE) {
        note_damage(chunk, CHUNK_BAD_HEADER, 48);
        // Without it, what is live and what is slack cannot be told apart.
        free_space = CHUNK_SIZE;
    }
    size_t end = survey_chain(chunk, free_space);
    survey_slack(chunk, end < CHUNK_SIZE ? end : CHUNK_SIZE);
}
