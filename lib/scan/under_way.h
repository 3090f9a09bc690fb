// SPDX-License-Identifier: GPL-3.0-or-later
// A job that a worker has: how far it has come, and how another goes on with it. What there is to
// know of that stands in memory which the worker can write to, and a log may have taken the worker
// over, so it is believed only as far as it can be true.
#ifndef EVTXSEQ_UNDER_WAY_H
#define EVTXSEQ_UNDER_WAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scan/message.h"
#include "scan/reader.h"

// A segment of one input.
struct pool_job {
    int fd; // closed by the pool when the job is done
    struct scan_segment segment;
    size_t input; // the caller's number for the input
};

struct under_way {
    struct pool_job job;      // when a worker has died, the segment may be what is left of it
    struct scan_state *state; // shared with the worker
    size_t state_number;      // that the worker knows it by
    uint64_t begin;           // of the segment as it was given
    uint64_t told;            // offset of the event that was reported last; at first the same
    struct message_sum sum;   // of messages since the last death
    size_t floods;            // deaths of workers for sending too much
    uint64_t died_at;         // where the last worker was that died on it
    uint64_t renewed_at;      // where in the input the last worker was that was worn out
    bool has_died;            // a worker on it
    bool is_given_up;         // no worker can go on with it
};

// With a state that is cleared.
void under_way_start(struct under_way *under_way, const struct pool_job *job,
                     struct scan_state *state, size_t state_number);

// Whether the job is to read an input from its first byte to its last.
bool under_way_is_whole_input(const struct pool_job *job);

// Whether it takes little time: one whose size is not known, or not small, may take long.
bool under_way_is_short(const struct pool_job *job);

// What the worker claims to have read, as far as the segment has that.
struct scan_tally under_way_tally(const struct under_way *under_way);

// No event that lies before this offset is to come of it, as far as the worker does what it is to.
uint64_t under_way_end(const struct under_way *under_way);

// Takes up one more message, of so many bytes. False where that is more than there can be to say.
bool under_way_add_message(struct under_way *under_way, size_t size);

// A worker was at this place of the segment when it died.
uint64_t under_way_place(const struct under_way *under_way);

// Sets it up to go on in a new worker after the chunk that the last one died on. Where the state
// makes no sense, or says that the job has come no further since the last death, it goes on with a
// new state. It is given up where nothing comes after that.
void under_way_pass_over(struct under_way *under_way);

// Sets it up to go on in a new worker where the last one was worn out. False where that cannot have
// been: it has come no further than the one before.
bool under_way_renew(struct under_way *under_way);

#endif
