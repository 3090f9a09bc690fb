// SPDX-License-Identifier: GPL-3.0-or-later
// Reads an input and says where its chunks lie.
//
// In a log the file header comes first and a chunk every CHUNK_SIZE bytes after it. Where bytes are
// missing or were added, the next chunk is looked for by its signature, and its place is named as a
// problem. In any other input - the image of a disk or of memory - chunks are carved: one starts
// wherever a signature stands, in the middle of another chunk too. Files are read with plain reads
// into a buffer that does not grow.
//
// What is read does not depend on whether an input is cut into segments: a part of a log ends where
// a chunk's signature stands in its place, and there a stream starts anew as well.
#ifndef EVTXSEQ_READER_H
#define EVTXSEQ_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "evtx/chunk.h"
#include "evtx/generations.h"
#include "evtx/log_header.h"
#include "scan/coverage.h"

// A stretch of an input, as one worker gets it.
struct scan_segment {
    uint64_t begin;     // offset of the first byte to read: 0, that of a chunk, or any if carved
    uint64_t end;       // chunks that start here are another segment's; UINT64_MAX for no end
    uint64_t input_end; // the size of the input; UINT64_MAX where that is not known
    bool is_stream;     // cannot seek: begin is 0 and the input is read to its end
    bool is_carved;
    bool is_chunk;        // one chunk is at `begin`, even if that is 0, and no other is asked for
    bool keeps_creations; // every process creation is sent as well, whatever stages it meets
    bool compares;        // events that are found are decoded as well: see scanner.h
    uint32_t input;       // the number by which places in it are known; see scanner.h
    struct generations generations; // what the chunks before `begin` have shown
};

// What was there, counted up.
struct scan_tally {
    uint64_t bytes;
    uint64_t chunks;    // with a signature
    uint64_t records;   // live ones
    uint64_t recovered; // others
    // Of the chunk with the highest record number: that number, and its offset.
    uint64_t newest;
    uint64_t newest_chunk;
    uint64_t is_closed; // 1 when the file header has been read, and says that the log was closed
};

enum {
    SCAN_BUFFER_SIZE = 8 * CHUNK_SIZE,
    SCAN_LOOKAHEAD = 128, // bytes after a chunk, which tell whether another follows
    // At most so many chunks that begin within CHUNK_SIZE are read: a few of a damaged input
    // overlap, one that was made for it could have them overlap everywhere.
    SCAN_OVERLAPS_MAX = 16,
};

// A large file is read in parts of this size, by several workers at once.
#define SCAN_PART_SIZE (UINT64_C(64) * CHUNK_SIZE)

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
    uint8_t is_off;         // no chunk follows where the one at `buffer_next` ends
    uint8_t is_worn;        // libevtx has failed on a record
    uint8_t is_crowded;     // chunks are being passed over, as too many overlap
    uint32_t advance;       // how far from the chunk it goes on
    uint64_t buffer_offset; // in the input, of buffer[0]
    uint32_t buffer_size;   // bytes in the buffer
    uint32_t buffer_next;   // first byte of it not yet seen to
    uint64_t first;         // offset of the first chunk of a log, from which its grid counts
    uint64_t expected;      // a place on the grid of the chunks read last
    uint64_t guess;         // where a chunk should be, if what begins before that is none; or 0
    uint64_t bad_end;       // up to here nothing can be read, and zeros stand for it
    uint64_t judged;        // the next place on the first grid that `generations` has not seen
    struct generations generations;
    uint64_t part;                      // when carving, the number of the part at hand
    uint64_t starts[SCAN_OVERLAPS_MAX]; // offsets of the last chunks, oldest first
    uint64_t start_count;               // all of them
    // What has been counted, and the buffer, stand last: see under_way.c.
    struct scan_tally tally;
    struct coverage_rows coverage;
    // At first with the file header in front.
    uint8_t buffer[LOG_HEADER_SIZE + SCAN_BUFFER_SIZE + SCAN_LOOKAHEAD];
};

struct reader_chunk {
    const uint8_t *data; // `size` bytes, in the buffer
    size_t size;         // CHUNK_SIZE, or less where the input or the segment ends
    size_t reach;        // bytes from `data` on that are there, at most two chunks
    uint64_t offset;     // in the input
    bool is_earlier;     // of an earlier generation of the log
    bool may_overlap;    // another chunk may begin in it
    bool is_guess;       // only if it has records that no other has is it a chunk
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

// Where it stands. The state may have been written to by a process that a log has taken over: this
// is a place of the segment whatever it says.
uint64_t reader_place(const struct scan_state *state, const struct scan_segment *segment);

// Whether reading can go on with the state, which is another process's.
bool reader_is_sane(const struct scan_state *state, const struct scan_segment *segment);

// Passes over the chunk that a scan died on, or over nothing when it was in no chunk.
void reader_skip(struct scan_state *state);

#endif
