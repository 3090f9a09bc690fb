// SPDX-License-Identifier: GPL-3.0-or-later
// Reads the logs of the EVTX writer, to tell which bytes of a chunk a record needs. It shares no
// code with the library and believes everything: only for logs that are undamaged.
#ifndef EVTXSEQ_TESTS_EVTX_READER_H
#define EVTXSEQ_TESTS_EVTX_READER_H

#include <stddef.h>
#include <stdint.h>

enum { NEEDS_MAX = 256 };

// A run of bytes; the offset counts from the chunk's first byte.
struct byte_range {
    size_t offset;
    size_t size;
};

struct read_record {
    uint64_t id;
    size_t chunk; // its number in the file
    // The record itself, then the template definitions that it uses and the names that these and
    // its own elements refer to.
    struct byte_range needs[NEEDS_MAX];
    size_t need_count;
};

struct read_log {
    size_t chunk_count;
    struct read_record *records; // by chunk and offset, those in the slack too
    size_t record_count;
};

// The caller frees with read_log_free. `bytes` must be a whole log.
struct read_log read_log(const uint8_t *bytes, size_t size);
void read_log_free(struct read_log *log);

#endif
