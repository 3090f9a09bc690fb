// SPDX-License-Identifier: GPL-3.0-or-later
#include "scan/under_way.h"

#include <string.h>

#include "evtx/chunk.h"

// Workers of one job that may send too much. Those after them may say of the rest of it only what
// one chunk has.
enum { FLOODS_MAX = 4 };

// The buffer at the end of the state needs no clearing.
static void clear_state(struct under_way *under_way) {
    memset(under_way->state, 0, offsetof(struct scan_state, buffer));
}

void under_way_start(struct under_way *under_way, const struct pool_job *job,
                     struct scan_state *state, size_t state_number) {
    *under_way = (struct under_way){.job = *job,
                                    .state = state,
                                    .state_number = state_number,
                                    .begin = job->segment.begin,
                                    .told = job->segment.begin};
    clear_state(under_way);
}

bool under_way_is_whole_input(const struct pool_job *job) {
    const struct scan_segment *segment = &job->segment;
    return segment->begin == 0 && segment->end >= segment->input_end && !segment->is_carved &&
           !segment->is_chunk;
}

bool under_way_is_short(const struct pool_job *job) {
    return !job->segment.is_stream && job->segment.end - job->segment.begin <= SCAN_PART_SIZE;
}

struct scan_tally under_way_tally(const struct under_way *under_way) {
    const struct scan_segment *segment = &under_way->job.segment;
    uint64_t size = segment->end - segment->begin;
    struct scan_tally tally = under_way->state->tally;
    tally.bytes = tally.bytes < size ? tally.bytes : size;
    tally.chunks = tally.chunks < size ? tally.chunks : size;
    tally.records = tally.records < size ? tally.records : size;
    tally.recovered = tally.recovered < size ? tally.recovered : size;
    return tally;
}

// Chunks are read in the order in which they begin; what one says lies in it, or up to as much
// after it.
uint64_t under_way_end(const struct under_way *under_way) {
    const uint64_t back = 2 * (uint64_t)CHUNK_SIZE;
    return under_way->told > under_way->begin + back ? under_way->told - back : under_way->begin;
}

// How long a stream is only the worker knows.
bool under_way_add_message(struct under_way *under_way, size_t size) {
    const struct scan_segment *segment = &under_way->job.segment;
    uint64_t bytes =
        segment->is_stream ? under_way->state->tally.bytes : segment->end - segment->begin;
    under_way->sum.count++;
    under_way->sum.size += size;
    return message_sum_is_possible(&under_way->sum,
                                   under_way->floods < FLOODS_MAX ? bytes : CHUNK_SIZE);
}

uint64_t under_way_place(const struct under_way *under_way) {
    return reader_place(under_way->state, &under_way->job.segment);
}

// The first place of a chunk after `place`; when carving, any is one.
static uint64_t next_place(const struct scan_segment *segment, uint64_t place) {
    if (segment->is_carved || place < LOG_HEADER_SIZE) {
        return segment->is_carved ? place + 1 : LOG_HEADER_SIZE;
    }
    return place + CHUNK_SIZE - (place - LOG_HEADER_SIZE) % CHUNK_SIZE;
}

// Cuts the job down to what comes after the place, to be read anew; what has been counted so far
// stays if it can be true. False when nothing comes after it; of a stream, what has been read is
// gone.
static bool cut_job(struct under_way *under_way, uint64_t place) {
    struct scan_segment *segment = &under_way->job.segment;
    uint64_t begin = next_place(segment, place);
    if (segment->is_stream || begin >= segment->end) {
        return false;
    }
    segment->begin = begin;
    if (reader_is_sane(under_way->state, segment)) {
        memset(under_way->state, 0, offsetof(struct scan_state, tally));
    } else {
        clear_state(under_way);
    }
    return true;
}

void under_way_pass_over(struct under_way *under_way) {
    uint64_t place = under_way_place(under_way);
    bool is_progress = !under_way->has_died || place > under_way->died_at;
    under_way->died_at = is_progress ? place : under_way->died_at;
    if (is_progress && reader_is_sane(under_way->state, &under_way->job.segment)) {
        reader_skip(under_way->state);
    } else {
        under_way->is_given_up = !cut_job(under_way, under_way->died_at);
    }
    under_way->has_died = true;
    under_way->sum = (struct message_sum){0};
}

bool under_way_renew(struct under_way *under_way) {
    uint64_t place = under_way_place(under_way);
    if (!reader_is_sane(under_way->state, &under_way->job.segment) || under_way->state->in_chunk ||
        place <= under_way->renewed_at) {
        return false;
    }
    under_way->renewed_at = place;
    return true;
}
