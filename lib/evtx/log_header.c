// SPDX-License-Identifier: GPL-3.0-or-later
// The header of an EVTX file.
#include "evtx/log_header.h"

#include <string.h>

#include "base/bytes.h"
#include "evtx/chunk.h"

enum { HEADER_SIZE_IN_USE = 128, FLAG_DIRTY = 1 };

// How many chunks the header says are in use; 0 when it says nothing. The count has 16 bits; in a
// log that has grown past it without wrapping around, the number of the last chunk tells.
static uint64_t chunks_in_use(const uint8_t *data) {
    uint64_t last_chunk = bytes_u64(data + 16);
    uint16_t count = bytes_u16(data + 42);
    if (last_chunk < UINT32_MAX && (uint16_t)(last_chunk + 1) == count) {
        return last_chunk + 1;
    }
    return count;
}

void log_header_read(const uint8_t *data, size_t size, struct log_header *header) {
    *header = (struct log_header){.live_end = UINT64_MAX};
    header->has_signature = size >= 8 && memcmp(data, "ElfFile", 8) == 0;
    if (size < HEADER_SIZE_IN_USE || !header->has_signature) {
        return;
    }
    header->is_damaged = bytes_u32(data + 32) != HEADER_SIZE_IN_USE ||
                         bytes_u16(data + 40) != LOG_HEADER_SIZE || bytes_u16(data + 38) != 3;
    bool is_dirty = (bytes_u32(data + 120) & FLAG_DIRTY) != 0;
    uint64_t chunks = chunks_in_use(data);
    // A count of 0 is that of a header which was never brought up to date.
    if (!header->is_damaged && !is_dirty && chunks > 0) {
        header->live_end = LOG_HEADER_SIZE + chunks * CHUNK_SIZE;
    }
}
