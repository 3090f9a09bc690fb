// SPDX-License-Identifier: GPL-3.0-or-later
// Reads one stretch of an input, chunk by chunk: survey, filter, decode, map, judge. What comes out
// is messages (message.h).
#ifndef EVTXSEQ_SCANNER_H
#define EVTXSEQ_SCANNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"
#include "chunk.h"
#include "log_header.h"
#include "stages.h"

struct scanner_options {
    bool no_recovered; // leave out records from slack space and earlier generations
    bool no_filter;    // decode every record
};

// A stretch of an input. Chunks lie every CHUNK_SIZE bytes, the first LOG_HEADER_SIZE into the
// file.
struct scan_unit {
    uint64_t begin;    // offset of the first byte to read: 0, or that of a chunk
    uint64_t end;      // where to stop, unless the input ends before; UINT64_MAX for no stop
    uint64_t live_end; // chunks from here on are of an earlier generation; see log_header.h
    bool is_stream;    // cannot seek: begin is 0 and the input is read to its end
};

// What was there, counted up.
struct scan_tally {
    uint64_t bytes;
    uint64_t records;   // live ones
    uint64_t recovered; // others
};

// Where a scan stands, in memory that outlives the process that scans, so that another can go on
// where one died. All zero at the start of a unit.
enum { SCAN_BUFFER_SIZE = 8 * CHUNK_SIZE };

struct scan_state {
    bool has_begun;
    bool has_header;        // the file header has been seen to
    bool at_end;            // nothing follows what is in the buffer
    bool is_doubtful;       // no log's signature: to be found out whether it is one
    bool in_chunk;          // the chunk at `buffer_next` is being worked on
    uint64_t buffer_offset; // in the input, of buffer[0]
    uint32_t buffer_size;   // bytes in the buffer
    uint32_t buffer_next;   // first byte of it not yet seen to
    uint64_t live_end;
    struct scan_tally tally;
    // Chunks, with the file header before them at first; the last CHUNK_SIZE are for zeros.
    uint8_t buffer[SCAN_BUFFER_SIZE + LOG_HEADER_SIZE + CHUNK_SIZE];
};

struct scanner;

// `stages` must outlive the scanner. NULL when memory ran out.
struct scanner *scanner_new(const struct stages *stages, const struct scanner_options *options);
void scanner_free(struct scanner *scanner);

// Does the next piece of work of the unit: a chunk, or what comes before the first. Adds messages
// to `out`; the last is MESSAGE_DONE. False when the unit is finished.
bool scanner_step(struct scanner *scanner, int fd, const struct scan_unit *unit,
                  struct scan_state *state, struct buffer *out);

// Passes over the chunk that the scan died on, or over nothing when it was in no chunk. Returns
// the offset of that chunk, or UINT64_MAX.
uint64_t scan_state_skip(struct scan_state *state);

#endif
