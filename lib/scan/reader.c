// SPDX-License-Identifier: GPL-3.0-or-later
// Reads an input and says where its chunks lie.
#include "scan/reader.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "scan/message.h"

// Filling the buffer

// Reads until `size` bytes are there or the input ends. Returns how many, or -1 with errno set.
static ssize_t read_fully(int fd, const struct scan_segment *segment, uint64_t offset, uint8_t *to,
                          size_t size) {
    size_t have = 0;
    while (have < size) {
        ssize_t count = segment->is_stream
                            ? read(fd, to + have, size - have)
                            : pread(fd, to + have, size - have, (off_t)(offset + have));
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return -1;
        }
        if (count == 0) {
            break;
        }
        have += (size_t)count;
    }
    return (ssize_t)have;
}

// Where reading stops. A carved chunk that starts in the segment may end in the next.
static uint64_t read_end(const struct scan_segment *segment) {
    return segment->is_carved && !segment->is_chunk && segment->end < UINT64_MAX - CHUNK_SIZE
               ? segment->end + CHUNK_SIZE
               : segment->end;
}

// With the file header come as many chunks as without.
static size_t wanted_size(const struct scan_segment *segment, const struct scan_state *state,
                          uint64_t offset) {
    size_t room = SCAN_BUFFER_SIZE - state->buffer_size;
    uint64_t rest = read_end(segment) > offset ? read_end(segment) - offset : 0;
    if (!state->has_header) {
        room += LOG_HEADER_SIZE;
    }
    return rest < room ? (size_t)rest : room;
}

// Drops what has been seen to.
static void make_room(struct scan_state *state) {
    uint32_t rest = state->buffer_size - state->buffer_next;
    memmove(state->buffer, state->buffer + state->buffer_next, rest);
    state->buffer_offset += state->buffer_next;
    state->buffer_size = rest;
    state->buffer_next = 0;
}

// A medium that fails at one place may go on after it: one chunk's size is passed over at a time,
// as long as it is known where the input ends. What is in the buffer is given up; a carved chunk
// that goes on at the bad spot is lost.
static void pass_over_bad_spot(const struct scan_segment *segment, struct scan_state *state,
                               uint64_t offset) {
    state->buffer_offset = offset + (state->has_header ? CHUNK_SIZE : LOG_HEADER_SIZE);
    state->buffer_size = 0;
    state->at_end = segment->is_stream || segment->end == UINT64_MAX ||
                    state->buffer_offset >= read_end(segment);
    state->has_header = true;
}

static void count_bytes(struct scan_state *state, const struct scan_segment *segment,
                        uint64_t offset, uint64_t count) {
    // What lies after the segment's end is counted with the next segment.
    uint64_t rest = segment->end > offset ? segment->end - offset : 0;
    state->tally.bytes += count < rest ? count : rest;
}

static void fill_buffer(int fd, const struct scan_segment *segment, struct scan_state *state,
                        struct buffer *out) {
    make_room(state);
    uint64_t offset = state->buffer_offset + state->buffer_size;
    uint8_t *to = state->buffer + state->buffer_size;
    size_t wanted = wanted_size(segment, state, offset);
    ssize_t count = read_fully(fd, segment, offset, to, wanted);
    size_t least = state->has_header ? CHUNK_SIZE : LOG_HEADER_SIZE;
    if (count < 0 && wanted > least && !segment->is_stream) {
        wanted = least;
        count = read_fully(fd, segment, offset, to, wanted);
    }
    if (count < 0) {
        message_add_problem(out, PROBLEM_UNREADABLE, REASON_READ, offset, errno);
        pass_over_bad_spot(segment, state, offset);
        return;
    }
    state->buffer_size += (uint32_t)count;
    count_bytes(state, segment, offset, (uint64_t)count);
    state->at_end = (size_t)count < wanted || offset + (uint64_t)count >= read_end(segment);
}

// Logs

// What is in front of the first chunk. Reading goes on whatever is wrong with it, as long as there
// is something of a log.
static void see_to_header(const struct scan_segment *segment, struct scan_state *state,
                          struct buffer *out) {
    struct log_header header;
    bool is_cut = state->buffer_size < LOG_HEADER_SIZE;
    log_header_read(state->buffer, state->buffer_size, &header);
    state->live_end = segment->live_end < header.live_end ? segment->live_end : header.live_end;
    state->has_header = true;
    if (!header.has_signature) {
        state->is_doubtful = true;
        return;
    }
    state->buffer_next = is_cut ? state->buffer_size : LOG_HEADER_SIZE;
    if (is_cut) {
        message_add_problem(out, PROBLEM_TRUNCATED, REASON_ENDS_IN_HEADER, state->buffer_size, 0);
    } else if (header.is_damaged) {
        message_add_problem(out, PROBLEM_FILE_HEADER, REASON_FILE_HEADER, 0, 0);
    }
}

static bool has_chunk_signature(const uint8_t *data) {
    return memcmp(data, CHUNK_SIGNATURE, sizeof CHUNK_SIGNATURE) == 0;
}

// How many chunks of the buffer start, from `at` on, the way a chunk does.
static size_t count_chunk_starts(const struct scan_state *state, size_t at) {
    size_t count = 0;
    for (; at + CHUNK_HEADER_SIZE + 4 <= state->buffer_size; at += CHUNK_SIZE) {
        count += chunk_starts_at(state->buffer + at);
    }
    return count;
}

// Whether there is a chunk or a record in the rest of the buffer.
static bool holds_records(const struct scan_state *state) {
    uint8_t whole[CHUNK_SIZE];
    struct chunk chunk;
    for (size_t at = state->buffer_next; at < state->buffer_size; at += CHUNK_SIZE) {
        size_t rest = state->buffer_size - at;
        size_t size = rest < CHUNK_SIZE ? rest : CHUNK_SIZE;
        memcpy(whole, state->buffer + at, size);
        memset(whole + size, 0, CHUNK_SIZE - size);
        chunk_survey(&chunk, whole, state->buffer_offset + at);
        if (has_chunk_signature(whole) || chunk.record_count > 0) {
            return true;
        }
    }
    return false;
}

// A file without a log's signature is one all the same if a chunk or a record is where it should
// be: after a file header, or from the start of a file that has lost it. Passes over what is
// neither. False when nothing of a log is left.
static bool settle_doubt(struct scan_state *state, struct buffer *out) {
    if (state->buffer_offset == 0 && state->buffer_next == 0 &&
        count_chunk_starts(state, 0) <= count_chunk_starts(state, LOG_HEADER_SIZE)) {
        state->buffer_next =
            state->buffer_size < LOG_HEADER_SIZE ? state->buffer_size : LOG_HEADER_SIZE;
    }
    if (holds_records(state)) {
        message_add_problem(out, PROBLEM_FILE_HEADER, REASON_FILE_HEADER, 0, 0);
        state->is_doubtful = false;
        return true;
    }
    if (state->at_end) {
        message_add_problem(out, PROBLEM_NO_LOG, REASON_NO_LOG, PROBLEM_NO_OFFSET, 0);
        return false;
    }
    size_t rest = state->buffer_size - state->buffer_next;
    state->buffer_next += (uint32_t)(rest - rest % CHUNK_SIZE);
    return true;
}

// Carving

// Whether `at` lies within a record that is whole, so that what stands there is just its text.
static bool is_within_record(const struct chunk *chunk, size_t at) {
    for (size_t i = 0; i < chunk->record_count; i++) {
        const struct record *record = &chunk->records[i];
        if (!record->damaged && at >= record->offset && at < record->offset + record->size) {
            return true;
        }
    }
    return false;
}

// How much of the CHUNK_SIZE bytes at `data` is the chunk: up to where another starts.
static size_t carved_size(const uint8_t *data) {
    struct chunk chunk;
    bool is_surveyed = false;
    size_t at = 1;
    for (;;) {
        const uint8_t *found =
            memmem(data + at, CHUNK_SIZE - at, CHUNK_SIGNATURE, sizeof CHUNK_SIGNATURE);
        if (found == NULL) {
            return CHUNK_SIZE;
        }
        at = (size_t)(found - data);
        if (!is_surveyed) {
            chunk_survey(&chunk, data, 0);
            is_surveyed = true;
        }
        if (!is_within_record(&chunk, at)) {
            return at;
        }
        at++;
    }
}

// Moves to the next signature. False when there is none in the buffer.
static bool find_signature(struct scan_state *state) {
    const uint8_t *from = state->buffer + state->buffer_next;
    size_t size = state->buffer_size - state->buffer_next;
    const uint8_t *found = memmem(from, size, CHUNK_SIGNATURE, sizeof CHUNK_SIGNATURE);
    if (found != NULL) {
        state->buffer_next += (uint32_t)(found - from);
        return true;
    }
    // The last bytes may be the start of one.
    size_t kept = size < sizeof CHUNK_SIGNATURE - 1 ? size : sizeof CHUNK_SIGNATURE - 1;
    state->buffer_next = state->buffer_size - (uint32_t)kept;
    return false;
}

// The next chunk

static void set_chunk(struct scan_state *state, size_t size, struct reader_chunk *chunk) {
    state->chunk_size = (uint32_t)size;
    state->in_chunk = true;
    *chunk = (struct reader_chunk){
        .data = state->buffer + state->buffer_next,
        .size = size,
        .offset = state->buffer_offset + state->buffer_next,
    };
    chunk->is_earlier = chunk->offset >= state->live_end;
    state->tally.chunks += size >= sizeof CHUNK_SIGNATURE && has_chunk_signature(chunk->data);
}

static enum reader_result next_of_log(struct scan_state *state, struct reader_chunk *chunk,
                                      struct buffer *out) {
    if (state->is_doubtful && !settle_doubt(state, out)) {
        return READER_END;
    }
    size_t rest = state->buffer_size - state->buffer_next;
    if (rest < CHUNK_SIZE && !state->at_end) {
        return READER_MORE;
    }
    if (rest == 0) {
        return READER_END;
    }
    if (rest < CHUNK_SIZE) {
        message_add_problem(out, PROBLEM_TRUNCATED, REASON_ENDS_IN_CHUNK,
                            state->buffer_offset + state->buffer_size, 0);
    }
    set_chunk(state, rest < CHUNK_SIZE ? rest : CHUNK_SIZE, chunk);
    return READER_CHUNK;
}

static enum reader_result next_carved(struct scan_state *state, const struct scan_segment *segment,
                                      struct reader_chunk *chunk, struct buffer *out) {
    if (!find_signature(state)) {
        return state->at_end ? READER_END : READER_MORE;
    }
    if (state->buffer_offset + state->buffer_next >= segment->end) {
        return READER_END;
    }
    size_t rest = state->buffer_size - state->buffer_next;
    if (rest >= CHUNK_SIZE) {
        set_chunk(state, carved_size(state->buffer + state->buffer_next), chunk);
        return READER_CHUNK;
    }
    if (!state->at_end) {
        return READER_MORE;
    }
    message_add_problem(out, PROBLEM_TRUNCATED, REASON_ENDS_IN_CHUNK,
                        state->buffer_offset + state->buffer_size, 0);
    set_chunk(state, rest, chunk);
    return READER_CHUNK;
}

static void begin(const struct scan_segment *segment, struct scan_state *state) {
    state->has_begun = true;
    state->buffer_offset = segment->begin;
    state->has_header = segment->begin > 0 || segment->is_carved || segment->is_chunk;
    state->live_end = segment->live_end;
}

// The state comes from a process that may have been taken over.
static bool is_sane(const struct scan_state *state) {
    return state->buffer_size <= sizeof state->buffer && state->buffer_next <= state->buffer_size;
}

enum reader_result reader_next(struct scan_state *state, int fd, const struct scan_segment *segment,
                               struct reader_chunk *chunk, struct buffer *out) {
    if (!state->has_begun) {
        begin(segment, state);
    }
    if (!is_sane(state)) {
        return READER_END;
    }
    size_t rest = state->buffer_size - state->buffer_next;
    if (rest < CHUNK_SIZE && !state->at_end) {
        fill_buffer(fd, segment, state, out);
        if (!state->has_header) {
            see_to_header(segment, state, out);
            return READER_MORE;
        }
    }
    return segment->is_carved ? next_carved(state, segment, chunk, out)
                              : next_of_log(state, chunk, out);
}

void reader_done(struct scan_state *state) {
    state->in_chunk = false;
    state->buffer_next += state->chunk_size;
}

uint64_t reader_position(const struct scan_state *state) {
    return state->in_chunk ? state->buffer_offset + state->buffer_next : UINT64_MAX;
}

uint64_t reader_skip(struct scan_state *state) {
    uint64_t offset = reader_position(state);
    if (offset != UINT64_MAX) {
        reader_done(state);
    }
    return offset;
}
