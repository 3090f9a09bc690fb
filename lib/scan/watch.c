// SPDX-License-Identifier: GPL-3.0-or-later
#include "scan/watch.h"

#include <poll.h>
#include <time.h>

// Milliseconds. No chunk takes a second, on a slow machine and decoded as a whole either. What a
// disk that fails has to say of a place may take a minute or two.
enum {
#ifdef EVTXSEQ_FAULTS
    CHUNK_TIME_MAX = 2000,
    READ_TIME_MAX = 4000,
#else
    CHUNK_TIME_MAX = 8000,
    READ_TIME_MAX = 180000,
#endif
    LOOK_INTERVAL = 50, // at the least
};

int64_t watch_now(void) {
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

int64_t watch_passed(int64_t *looked_at) {
    int64_t time = watch_now();
    int64_t passed = time - *looked_at;
    if (passed < LOOK_INTERVAL) {
        return 0;
    }
    *looked_at = time;
    return passed < WATCH_INTERVAL ? passed : WATCH_INTERVAL;
}

// What there is to read: a file is there as a whole.
enum supply { SUPPLY_READY, SUPPLY_NOT_YET, SUPPLY_ENDED };

static enum supply supply_of(int fd) {
    struct pollfd input = {.fd = fd, .events = POLLIN};
    if (poll(&input, 1, 0) == 0) {
        return SUPPLY_NOT_YET;
    }
    return input.revents == POLLHUP ? SUPPLY_ENDED : SUPPLY_READY;
}

// The longest that a worker may be at its job: as many places of it as there are chunks may have to
// be waited for. A stream is as long as it is; when it has ended there is what the worker has of it
// in its buffer, and no time at that is spent waiting.
static int64_t job_time_max(const struct scan_segment *segment) {
    uint64_t chunks = (segment->end - segment->begin) / CHUNK_SIZE + 2;
    if (segment->is_stream) {
        return READ_TIME_MAX;
    }
    return chunks < INT64_MAX / READ_TIME_MAX ? (int64_t)chunks * READ_TIME_MAX : INT64_MAX;
}

bool watch_is_too_long(struct watch *watch, const struct scan_state *state,
                       const struct scan_segment *segment, int fd, int64_t passed) {
    const struct watch now_at = {
        .is_in_chunk = reader_position(state) != UINT64_MAX,
        .place = reader_place(state, segment),
    };
    bool is_same = now_at.is_in_chunk == watch->is_in_chunk && now_at.place == watch->place;
    enum supply supply = segment->is_stream ? supply_of(fd) : SUPPLY_ENDED;
    bool may_wait = !now_at.is_in_chunk && supply == SUPPLY_NOT_YET;
    int64_t time = is_same && !may_wait ? watch->time + passed : 0;
    int64_t job = supply == SUPPLY_ENDED ? watch->job + passed : watch->job;
    *watch = now_at;
    watch->time = time;
    watch->job = job;
    return time > (now_at.is_in_chunk ? CHUNK_TIME_MAX : READ_TIME_MAX) ||
           job > job_time_max(segment);
}

void watch_start_again(struct watch *watch) {
    *watch = (struct watch){.job = watch->job};
}
