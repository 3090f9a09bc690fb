// SPDX-License-Identifier: GPL-3.0-or-later
// Reads an input and says where its chunks lie.
//
// In a log the file header comes first and a chunk every CHUNK_SIZE bytes after it. In any other
// input - the image of a disk or of memory - chunks are carved: one starts wherever its signature
// stands. Files are read with plain reads into a buffer that does not grow.
#ifndef EVTXSEQ_READER_H
#define EVTXSEQ_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "evtx/chunk.h"
#include "evtx/log_header.h"
#include "scan/coverage.h"

// A stretch of an input, as one worker gets it.
struct scan_segment {
    uint64_t begin;    // offset of the first byte to read: 0, that of a chunk, or any if carved
    uint64_t end;      // chunks that start here are another segment's; UINT64_MAX for no end
    uint64_t live_end; // chunks from here on are of an earlier generation; see log_header.h
    bool is_stream;    // cannot seek: begin is 0 and the input is read to its end
    bool is_carved;
    bool is_chunk;  // a chunk is at `begin`, even if that is 0, and nothing after `end` is read
    uint32_t input; // the number by which places in it are known; see scanner.h
};

// What was there, counted up.
struct scan_tally {
    uint64_t bytes;
    uint64_t chunks;    // with a signature
    uint64_t records;   // live ones
    uint64_t recovered; // others
};

enum { SCAN_BUFFER_SIZE = 8 * CHUNK_SIZE };

// Where a scan stands, in memory that outlives the process that scans, so that another can go on
// where one died. All zero at the start of a segment.
struct scan_state {
    // Numbers, not bool, of which a worker that has been taken over could make neither true nor
    // false.
    uint8_t has_begun;
    uint8_t has_header;     // the file header has been seen to
    uint8_t at_end;         // nothing follows what is in the buffer
    uint8_t is_doubtful;    // no log's signature, and nothing of a log so far
    uint8_t in_chunk;       // the chunk at `buffer_next` is being worked on
    uint32_t chunk_size;    // how much of the buffer is that chunk
    uint64_t buffer_offset; // in the input, of buffer[0]
    uint32_t buffer_size;   // bytes in the buffer
    uint32_t buffer_next;   // first byte of it not yet seen to
    uint64_t live_end;
    struct scan_tally tally;
    struct coverage_rows coverage;
    uint8_t buffer[SCAN_BUFFER_SIZE + LOG_HEADER_SIZE]; // at first with the file header in front
};

struct reader_chunk {
    const uint8_t *data; // `size` bytes, in the buffer
    size_t size;         // CHUNK_SIZE, or less where the input or another chunk cuts it short
    uint64_t offset;     // in the input
    bool is_earlier;     // of an earlier generation of the log
};

enum reader_result {
    READER_CHUNK, // *chunk is the next; reader_done() with it before the next call
    READER_MORE,  // nothing yet; call again
    READER_END,   // the segment has been read
};

// Does the next piece of reading. Adds what is wrong with the input to `out`, as messages.
enum reader_result reader_next(struct scan_state *state, int fd, const struct scan_segment *segment,
                               struct reader_chunk *chunk, struct buffer *out);

// Goes on after the chunk.
void reader_done(struct scan_state *state);

// The offset of the chunk that is being worked on, or UINT64_MAX when none is: a process that waits
// for input is in no chunk.
uint64_t reader_position(const struct scan_state *state);

// Passes over the chunk that a scan died on, or over nothing when it was in no chunk. Returns the
// offset of that chunk, or UINT64_MAX.
uint64_t reader_skip(struct scan_state *state);

#endif
