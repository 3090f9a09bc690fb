// SPDX-License-Identifier: GPL-3.0-or-later
// Where the records of a chunk lie.
//
// A chunk is 64 KiB: a header of 512 bytes (signature "ElfChnk\0"; at 40 the header's size, 128; at
// 44 the last record's offset; at 48 the offset of the free space), then records without gaps. A
// record is "**\0\0", its size (u32), its ID (u64), the time it was written (FILETIME), binary XML,
// and its size again (u32). Offsets in a chunk count from its first byte. Source: libyal's
// documentation of the Windows XML Event Log format, and the logs themselves.
#ifndef EVTXSEQ_CHUNK_H
#define EVTXSEQ_CHUNK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CHUNK_SIZE = 65536,
    CHUNK_HEADER_SIZE = 512,
    RECORD_HEADER_SIZE = 24,
    RECORD_SIZE_MIN = RECORD_HEADER_SIZE + 4,
    CHUNK_RECORDS_MAX = (CHUNK_SIZE - CHUNK_HEADER_SIZE) / RECORD_HEADER_SIZE + 1,
};

#define CHUNK_SIGNATURE "ElfChnk" // with its terminating NUL, 8 bytes

struct record {
    uint32_t offset; // of the signature, in the chunk
    uint32_t size;   // bytes, within the chunk
    bool recovered;  // not one of the log's own records any more: from slack space
    bool damaged;    // its sizes are not to be trusted; `size` runs to what comes next
};

enum chunk_state {
    CHUNK_INTACT,
    CHUNK_EMPTY,        // zeros all through: never written
    CHUNK_NO_SIGNATURE, // something else stands where the signature should be
    CHUNK_BAD_HEADER,   // header fields that cannot be
    CHUNK_BAD_RECORDS,  // the chain of records breaks off
};

struct chunk {
    const uint8_t *data; // CHUNK_SIZE bytes; zeros where the input has fewer
    uint64_t offset;     // in the input
    enum chunk_state state;
    uint32_t damage_offset; // in the chunk: where state was found out
    size_t record_count;
    struct record records[CHUNK_RECORDS_MAX]; // by offset
};

// Finds the records of the chunk at `data`: the chain from the header on, going on after any
// damage at the next thing that looks like a record, then what is left in the slack space after
// the free-space offset. Nothing the header says is believed before it is checked.
void chunk_survey(struct chunk *chunk, const uint8_t *data, uint64_t offset);

// The size of the record that starts at `at`, if it is whole: has a possible size and says it
// twice. Otherwise 0.
size_t chunk_whole_record(const uint8_t *data, size_t at);

// Whether a chunk seems to start at `data`, of which CHUNK_HEADER_SIZE + 4 bytes must be there: it
// has a signature, or a record where the first one is.
bool chunk_starts_at(const uint8_t *data);

static inline bool record_in_range(uint64_t offset, uint64_t size) {
    return size >= RECORD_SIZE_MIN && offset <= CHUNK_SIZE && size <= CHUNK_SIZE - offset;
}

#endif
