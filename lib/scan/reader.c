// SPDX-License-Identifier: GPL-3.0-or-later
#include "scan/reader.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "scan/message.h"

// The buffer

static size_t rest_of(const struct scan_state *state) {
    return state->buffer_size - state->buffer_next;
}

static const uint8_t *next_byte(const struct scan_state *state) {
    return state->buffer + state->buffer_next;
}

static uint64_t position(const struct scan_state *state) {
    return state->buffer_offset + state->buffer_next;
}

// Reads until `size` bytes are there or the input ends. Returns how many; an error is in *error.
static size_t read_fully(int fd, const struct scan_segment *segment, uint64_t offset, uint8_t *to,
                         size_t size, int *error) {
    size_t have = 0;
    *error = 0;
    while (have < size && *error == 0) {
        ssize_t count = segment->is_stream
                            ? read(fd, to + have, size - have)
                            : pread(fd, to + have, size - have, (off_t)(offset + have));
        if (count == 0) {
            break;
        }
        if (count > 0) {
            have += (size_t)count;
        } else if (errno != EINTR) {
            *error = errno;
        }
    }
    return have;
}

// Where reading stops. A carved chunk that starts in the segment may end in the next, and so may
// one that starts in it.
static uint64_t read_end(const struct scan_segment *segment) {
    const uint64_t beyond = UINT64_C(2) * CHUNK_SIZE;
    if (!segment->is_carved || segment->is_chunk || segment->end > UINT64_MAX - beyond) {
        return segment->end;
    }
    uint64_t end = segment->end + beyond;
    return end < segment->input_end ? end : segment->input_end;
}

// With the file header come as many chunks as without.
static size_t wanted_size(const struct scan_segment *segment, const struct scan_state *state,
                          uint64_t offset) {
    size_t room = SCAN_BUFFER_SIZE + SCAN_LOOKAHEAD - state->buffer_size;
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

static void count_bytes(struct scan_state *state, const struct scan_segment *segment,
                        uint64_t offset, uint64_t count) {
    // What lies after the segment's end is counted with the next segment.
    uint64_t rest = segment->end > offset ? segment->end - offset : 0;
    state->tally.bytes += count < rest ? count : rest;
}

// A medium that fails at one place may go on after it: what is left of the chunk there, of the file
// header, or of a stretch of that size is taken for zeros.
static void begin_bad_spot(const struct scan_segment *segment, struct scan_state *state,
                           uint64_t offset) {
    uint64_t grid = segment->is_carved ? 0 : state->first;
    state->bad_end = offset < grid ? grid : offset + CHUNK_SIZE - (offset - grid) % CHUNK_SIZE;
}

// Adds the zeros for which there is room.
static void pass_over_bad_spot(struct scan_state *state, size_t wanted) {
    uint64_t offset = state->buffer_offset + state->buffer_size;
    uint64_t rest = state->bad_end - offset;
    size_t size = rest < wanted ? (size_t)rest : wanted;
    memset(state->buffer + state->buffer_size, 0, size);
    state->buffer_size += (uint32_t)size;
}

static void take_error(const struct scan_segment *segment, struct scan_state *state, int error,
                       struct buffer *out) {
    uint64_t offset = state->buffer_offset + state->buffer_size;
    message_add_problem(out, PROBLEM_UNREADABLE, REASON_READ, offset, error);
    if (segment->is_stream || segment->end == UINT64_MAX) {
        state->at_end = true;
    } else {
        begin_bad_spot(segment, state, offset);
    }
}

// A file that ends before its size is up has become shorter since it was opened. Where a segment
// has nothing of it at all, it is not known where it ends.
static void report_shorter(const struct scan_segment *segment, const struct scan_state *state,
                           struct buffer *out) {
    uint64_t end = state->buffer_offset + state->buffer_size;
    if (!segment->is_stream && segment->input_end != UINT64_MAX) {
        message_add_problem(out, PROBLEM_UNREADABLE, REASON_SHORTER,
                            end > segment->begin ? end : PROBLEM_NO_OFFSET, 0);
    }
}

static void fill_buffer(int fd, const struct scan_segment *segment, struct scan_state *state,
                        struct buffer *out) {
    make_room(state);
    uint64_t offset = state->buffer_offset + state->buffer_size;
    size_t wanted = wanted_size(segment, state, offset);
    if (offset < state->bad_end) {
        pass_over_bad_spot(state, wanted);
        state->at_end = state->buffer_offset + state->buffer_size >= read_end(segment);
        return;
    }
    int error = 0;
    size_t count =
        read_fully(fd, segment, offset, state->buffer + state->buffer_size, wanted, &error);
    state->buffer_size += (uint32_t)count;
    count_bytes(state, segment, offset, count);
    if (error != 0) {
        take_error(segment, state, error, out);
        return;
    }
    if (count < wanted) {
        report_shorter(segment, state, out);
    }
    state->at_end = count < wanted || offset + count >= read_end(segment);
}

// Signatures

static bool has_signature(const uint8_t *data, size_t size) {
    return size >= sizeof CHUNK_SIGNATURE &&
           memcmp(data, CHUNK_SIGNATURE, sizeof CHUNK_SIGNATURE) == 0;
}

// The first signature at `at` or after it, and wholly before `end`. `end` when there is none.
static size_t find_signature(const uint8_t *data, size_t at, size_t end) {
    const uint8_t *found =
        at < end ? memmem(data + at, end - at, CHUNK_SIGNATURE, sizeof CHUNK_SIGNATURE) : NULL;
    return found == NULL ? end : (size_t)(found - data);
}

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

// Surveys the first `size` bytes at `data` as a chunk.
static void survey(struct chunk *chunk, uint8_t *room, const uint8_t *data, size_t size) {
    memcpy(room, data, size);
    memset(room + size, 0, CHUNK_SIZE - size);
    chunk_survey(chunk, room, 0);
}

// Where within the first `size` bytes of what may be a chunk another begins; `size` when none does.
// *is_empty tells whether one does and no record stands before it.
static size_t next_start(const uint8_t *data, size_t size, bool *is_empty) {
    struct chunk chunk;
    uint8_t room[CHUNK_SIZE];
    size_t at = find_signature(data, 1, size);
    if (at == size) {
        return size;
    }
    survey(&chunk, room, data, size);
    while (at < size && is_within_record(&chunk, at)) {
        at = find_signature(data, at + 1, size);
    }
    *is_empty = at < size && (chunk.record_count == 0 || chunk.records[0].offset >= at);
    return at;
}

// Chunks

// Of the places that chunks have in a log, those in front of `end` are taken up for what they show
// of its generations. Returns what the last one did.
static bool judge_places(struct scan_state *state, uint64_t end) {
    bool is_earlier = false;
    while (state->judged < end) {
        uint64_t at = state->judged - state->buffer_offset;
        if (at + GENERATIONS_HEADER_SIZE <= state->buffer_size) {
            is_earlier = generations_add(&state->generations, state->buffer + at, state->judged);
        }
        state->judged += CHUNK_SIZE;
    }
    return is_earlier;
}

// A chunk out of its place is never of an earlier generation: that may be the chunk of another log.
static bool is_of_earlier_generation(struct scan_state *state, size_t advance) {
    const uint64_t offset = position(state);
    bool is_earlier = state->judged == offset && judge_places(state, offset + 1);
    (void)judge_places(state, offset + advance);
    return is_earlier;
}

// Whether the chunk at hand is one of too many. One that follows where another ends is not.
static bool is_one_too_many(const struct scan_state *state) {
    const uint64_t offset = position(state);
    if (state->start_count < SCAN_OVERLAPS_MAX || state->starts[0] + CHUNK_SIZE <= offset) {
        return false;
    }
    for (size_t i = 0; i < SCAN_OVERLAPS_MAX; i++) {
        if (state->starts[i] + CHUNK_SIZE == offset) {
            return false;
        }
    }
    return true;
}

static void note_start(struct scan_state *state) {
    if (state->start_count == SCAN_OVERLAPS_MAX) {
        memmove(state->starts, state->starts + 1, sizeof state->starts - sizeof *state->starts);
        state->start_count--;
    }
    state->starts[state->start_count++] = position(state);
}

// The same; a stretch where there are too many is named once.
static bool is_crowded(struct scan_state *state, struct buffer *out) {
    bool is = is_one_too_many(state);
    if (is && !state->is_crowded) {
        message_add_problem(out, PROBLEM_OVERLAP, REASON_MANY_CHUNKS, position(state), 0);
    }
    state->is_crowded = is;
    return is;
}

// Gives out the chunk at hand, of which `reach` bytes and those of what may overlap it are there.
// Reading goes on `advance` bytes after its start.
static enum reader_result give(struct scan_state *state, size_t reach, size_t advance,
                               struct reader_chunk *chunk) {
    state->advance = (uint32_t)advance;
    state->in_chunk = true;
    state->is_off = false;
    *chunk = (struct reader_chunk){
        .data = next_byte(state),
        .size = reach < CHUNK_SIZE ? reach : CHUNK_SIZE,
        .reach = reach,
        .offset = position(state),
    };
    chunk->may_overlap = advance < chunk->size;
    state->tally.chunks += has_signature(chunk->data, chunk->size);
    return READER_CHUNK;
}

// Goes on after bytes that are not looked at.
static enum reader_result pass_over(struct scan_state *state, size_t size) {
    state->buffer_next += (uint32_t)size;
    state->is_off = false;
    return READER_MORE;
}

// Where the input ends in the middle of the chunk at hand, and not just the segment, says so.
static void report_cut(const struct scan_segment *segment, const struct scan_state *state,
                       size_t size, struct buffer *out) {
    uint64_t end = position(state) + size;
    if (state->at_end && size < CHUNK_SIZE && size == rest_of(state) &&
        (segment->input_end == UINT64_MAX || end >= segment->input_end)) {
        message_add_problem(out, PROBLEM_TRUNCATED, REASON_ENDS_IN_CHUNK, end, 0);
    }
}

// Logs

// What is in front of the first chunk. Reading goes on whatever is wrong with it, as long as there
// is something of a log.
static void see_to_header(struct scan_state *state, struct buffer *out) {
    struct log_header header;
    bool is_cut = state->buffer_size < LOG_HEADER_SIZE;
    log_header_read(state->buffer, state->buffer_size, &header);
    state->has_header = true;
    if (!header.has_signature) {
        state->is_doubtful = true;
        return;
    }
    state->tally.is_closed = header.is_closed;
    state->buffer_next = is_cut ? state->buffer_size : LOG_HEADER_SIZE;
    if (is_cut) {
        message_add_problem(out, PROBLEM_TRUNCATED, REASON_ENDS_IN_HEADER, state->buffer_size, 0);
    } else if (header.is_damaged) {
        message_add_problem(out, PROBLEM_FILE_HEADER, REASON_FILE_HEADER, 0, 0);
    }
}

// How many chunks of the buffer start, from `at` on, the way a chunk does.
static size_t count_chunk_starts(const struct scan_state *state, size_t at) {
    size_t count = 0;
    for (; at + CHUNK_HEADER_SIZE + 4 <= state->buffer_size; at += CHUNK_SIZE) {
        count += chunk_starts_at(state->buffer + at);
    }
    return count;
}

// Where in the rest of the buffer a log seems to begin: at a signature, or at a place of a chunk
// that has records. False when nowhere.
static bool find_beginning(const struct scan_state *state, size_t *begin) {
    uint8_t room[CHUNK_SIZE];
    struct chunk chunk;
    size_t first = find_signature(state->buffer, state->buffer_next, state->buffer_size);
    for (size_t at = state->buffer_next; at < first; at += CHUNK_SIZE) {
        size_t size = first - at < CHUNK_SIZE ? first - at : CHUNK_SIZE;
        survey(&chunk, room, state->buffer + at, size);
        if (chunk.record_count > 0) {
            *begin = at;
            return true;
        }
    }
    *begin = first;
    return first < state->buffer_size;
}

// A file without a log's signature is one all the same if a chunk or a record is in it, a record
// where it should be: after a file header, or from the start of a file that has lost it. Passes
// over what is neither. False when nothing of a log is left.
static bool settle_doubt(struct scan_state *state, struct buffer *out) {
    size_t start = 0;
    if (state->buffer_offset == 0 && state->buffer_next == 0 &&
        count_chunk_starts(state, 0) <= count_chunk_starts(state, LOG_HEADER_SIZE)) {
        state->buffer_next =
            state->buffer_size < LOG_HEADER_SIZE ? state->buffer_size : LOG_HEADER_SIZE;
    }
    if (find_beginning(state, &start)) {
        message_add_problem(out, PROBLEM_FILE_HEADER, REASON_FILE_HEADER, 0, 0);
        state->is_doubtful = false;
        state->buffer_next = (uint32_t)start;
        state->first = position(state);
        state->expected = state->first;
        state->judged = state->first;
        return true;
    }
    if (state->at_end) {
        message_add_problem(out, PROBLEM_NO_LOG, REASON_NO_LOG, PROBLEM_NO_OFFSET, 0);
        return false;
    }
    size_t rest = rest_of(state);
    state->buffer_next += (uint32_t)(rest - rest % CHUNK_SIZE);
    return true;
}

// How many of the bytes at hand, at most `size`, come before the place where a part of the log
// begins, if it does: see SCAN_PART_SIZE.
static size_t size_in_part(const struct scan_state *state, size_t size) {
    uint64_t in_part = (position(state) - state->first) % SCAN_PART_SIZE;
    uint64_t to_next = SCAN_PART_SIZE - in_part;
    if (to_next >= size || !has_signature(next_byte(state) + to_next, rest_of(state) - to_next)) {
        return size;
    }
    return (size_t)to_next;
}

// How much of the log is at hand, at most two chunks.
static size_t reach_of(const struct scan_state *state) {
    const size_t most = (size_t)2 * CHUNK_SIZE;
    size_t rest = rest_of(state);
    return size_in_part(state, rest < most ? rest : most);
}

// A part of the log that begins with a chunk in its place is read as if nothing came before it.
static void begin_part(struct scan_state *state) {
    if ((position(state) - state->first) % SCAN_PART_SIZE == 0 &&
        has_signature(next_byte(state), rest_of(state))) {
        state->expected = position(state);
        state->guess = 0;
        state->start_count = 0;
        state->is_crowded = false;
    }
}

static void check_place(struct scan_state *state, struct buffer *out) {
    uint64_t offset = position(state);
    if (!has_signature(next_byte(state), rest_of(state))) {
        return;
    }
    if ((offset - state->expected) % CHUNK_SIZE != 0) {
        message_add_problem(out, PROBLEM_CHUNK, REASON_OFF_GRID, offset, 0);
    }
    state->expected = offset;
}

// A chunk that is followed by another, or by the end of what there is.
static bool is_in_order(const struct scan_state *state, size_t reach) {
    const uint8_t *data = next_byte(state);
    return has_signature(data, reach) && reach >= CHUNK_SIZE &&
           (reach == CHUNK_SIZE || has_signature(data + CHUNK_SIZE, reach - CHUNK_SIZE));
}

// Of a log that is not in order here: passes over the bytes up to the next chunk.
static enum reader_result pass_over_to(struct scan_state *state, size_t size) {
    (void)judge_places(state, position(state) + size);
    return pass_over(state, size);
}

static enum reader_result give_of_log(const struct scan_segment *segment, struct scan_state *state,
                                      size_t reach, size_t advance, struct reader_chunk *chunk,
                                      struct buffer *out) {
    check_place(state, out);
    bool is_earlier = is_of_earlier_generation(state, advance);
    report_cut(segment, state, advance, out);
    note_start(state);
    give(state, reach, advance, chunk);
    chunk->is_earlier = is_earlier;
    return READER_CHUNK;
}

// How far it is to the next place to look at, where a chunk seems to begin or ends here: or,
// nearer, to where one should be if what begins within another is none.
static size_t step_to(const struct scan_state *state, size_t size) {
    uint64_t offset = position(state);
    bool is_nearer = state->guess > offset && state->guess - offset < size;
    return is_nearer ? (size_t)(state->guess - offset) : size;
}

// Remembers where the next chunk should be, as another seems to begin before that.
static void note_guess(struct scan_state *state, size_t size, size_t start) {
    if (start < size && state->guess <= position(state)) {
        state->guess = position(state) + size;
    }
}

static enum reader_result next_out_of_order(const struct scan_segment *segment,
                                            struct scan_state *state, size_t reach,
                                            struct reader_chunk *chunk, struct buffer *out) {
    size_t size = reach < CHUNK_SIZE ? reach : CHUNK_SIZE;
    const uint8_t *data = next_byte(state);
    bool is_signed = has_signature(data, size);
    bool is_guess = !is_signed && state->guess == position(state);
    if (is_crowded(state, out)) {
        return pass_over_to(state, step_to(state, find_signature(data, 1, size)));
    }
    bool is_empty = false;
    size_t start = next_start(data, size, &is_empty);
    if (!is_signed && is_empty) {
        return pass_over_to(state, step_to(state, start));
    }
    note_guess(state, size, start);
    (void)give_of_log(segment, state, reach, step_to(state, start), chunk, out);
    chunk->is_guess = is_guess;
    return READER_CHUNK;
}

static enum reader_result next_of_log(const struct scan_segment *segment, struct scan_state *state,
                                      struct reader_chunk *chunk, struct buffer *out) {
    size_t reach = reach_of(state);
    begin_part(state);
    if (is_in_order(state, reach)) {
        state->guess = 0;
        return give_of_log(segment, state, reach, CHUNK_SIZE, chunk, out);
    }
    if (!state->is_off) {
        state->is_off = true; // more of it is needed
        return READER_MORE;
    }
    return next_out_of_order(segment, state, reach, chunk, out);
}

// Says which chunks are missing, at the end of the log.
static void report_gaps(const struct scan_segment *segment, const struct scan_state *state,
                        struct buffer *out) {
    size_t from = 0;
    uint64_t offset = 0;
    if (segment->is_carved || segment->is_chunk || segment->end < segment->input_end) {
        return;
    }
    while (generations_find_gap(&state->generations, &from, &offset)) {
        message_add_problem(out, PROBLEM_MISSING, REASON_GAP, offset, 0);
    }
}

// Single chunks, and carving

static enum reader_result next_carved(const struct scan_segment *segment, struct scan_state *state,
                                      struct reader_chunk *chunk, struct buffer *out) {
    const size_t most = (size_t)2 * CHUNK_SIZE;
    size_t rest = rest_of(state);
    size_t at = find_signature(next_byte(state), 0, rest);
    if (at > 0) {
        // The last bytes may be the start of one.
        size_t kept = sizeof CHUNK_SIGNATURE - 1;
        bool is_found = at < rest;
        return pass_over(state, is_found || state->at_end ? at : rest > kept ? rest - kept : 0);
    }
    if (position(state) >= segment->end) {
        return READER_END;
    }
    if (position(state) / SCAN_PART_SIZE != state->part) {
        state->part = position(state) / SCAN_PART_SIZE;
        state->start_count = 0;
        state->is_crowded = false;
    }
    if (is_crowded(state, out)) {
        return pass_over(state, sizeof CHUNK_SIGNATURE);
    }
    note_start(state);
    report_cut(segment, state, rest, out);
    return give(state, rest < most ? rest : most, sizeof CHUNK_SIGNATURE, chunk);
}

// The one chunk of the segment.
static enum reader_result only_chunk(struct scan_state *state, struct reader_chunk *chunk) {
    size_t rest = rest_of(state);
    size_t size = rest < CHUNK_SIZE ? rest : CHUNK_SIZE;
    state->judged = position(state);
    bool is_earlier = is_of_earlier_generation(state, size);
    enum reader_result result = give(state, size, size, chunk);
    chunk->is_earlier = is_earlier;
    return result;
}

static void begin(const struct scan_segment *segment, struct scan_state *state) {
    state->has_begun = true;
    state->buffer_offset = segment->begin;
    state->has_header = segment->begin > 0 || segment->is_carved || segment->is_chunk;
    state->first = LOG_HEADER_SIZE;
    state->expected = state->has_header ? segment->begin : LOG_HEADER_SIZE;
    state->judged = state->expected;
    state->generations = segment->generations;
}

static bool is_coverage_sane(const struct coverage_rows *rows) {
    if (rows->count > COVERAGE_ROWS_MAX) {
        return false;
    }
    for (uint32_t i = 0; i < rows->count; i++) {
        if (!coverage_row_is_valid(&rows->rows[i])) {
            return false;
        }
    }
    return true;
}

bool reader_is_sane(const struct scan_state *state, const struct scan_segment *segment) {
    bool has_places = state->has_header && !state->is_doubtful && !segment->is_carved;
    return state->buffer_size <= sizeof state->buffer && state->buffer_next <= state->buffer_size &&
           (!state->in_chunk || state->advance <= state->buffer_size - state->buffer_next) &&
           state->start_count <= SCAN_OVERLAPS_MAX &&
           state->generations.run_count <= GENERATIONS_RUNS_MAX &&
           (!has_places || state->judged >= state->buffer_offset) &&
           is_coverage_sane(&state->coverage);
}

// How many bytes it takes to go on.
static size_t needed_size(const struct scan_segment *segment, const struct scan_state *state) {
    if (!state->has_header || state->is_doubtful) {
        return SCAN_BUFFER_SIZE;
    }
    return (segment->is_carved || state->is_off ? 2 : 1) * (size_t)CHUNK_SIZE + SCAN_LOOKAHEAD;
}

enum reader_result reader_next(struct scan_state *state, int fd, const struct scan_segment *segment,
                               struct reader_chunk *chunk, struct buffer *out) {
    if (!state->has_begun) {
        begin(segment, state);
    }
    if (rest_of(state) < needed_size(segment, state) && !state->at_end) {
        fill_buffer(fd, segment, state, out);
        return READER_MORE;
    }
    if (!state->has_header) {
        see_to_header(state, out);
        return READER_MORE;
    }
    if (state->is_doubtful) {
        return settle_doubt(state, out) ? READER_MORE : READER_END;
    }
    if (rest_of(state) == 0) {
        report_gaps(segment, state, out);
        return READER_END;
    }
    if (segment->is_chunk) {
        return only_chunk(state, chunk);
    }
    return segment->is_carved ? next_carved(segment, state, chunk, out)
                              : next_of_log(segment, state, chunk, out);
}

void reader_done(struct scan_state *state) {
    state->in_chunk = false;
    state->buffer_next += state->advance;
}

uint64_t reader_position(const struct scan_state *state) {
    return state->in_chunk ? state->buffer_offset + state->buffer_next : UINT64_MAX;
}

uint64_t reader_place(const struct scan_state *state, const struct scan_segment *segment) {
    uint64_t place = position(state);
    bool is_there = state->has_begun && state->buffer_offset <= INT64_MAX &&
                    place >= segment->begin && place <= read_end(segment);
    return is_there ? place : segment->begin;
}

void reader_skip(struct scan_state *state) {
    if (state->in_chunk) {
        reader_done(state);
    }
}
