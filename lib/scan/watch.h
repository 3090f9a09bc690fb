// SPDX-License-Identifier: GPL-3.0-or-later
// How long a worker may take: at one place of its job, and at all of it. What is known of where it
// is, is its own word, which a log may have put into its mouth; it gains no time by that without
// end.
#ifndef EVTXSEQ_WATCH_H
#define EVTXSEQ_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "scan/reader.h"

// What the last look at a worker has shown. All zero when it gets a job; times are milliseconds.
struct watch {
    bool is_in_chunk;
    uint64_t place;
    int64_t time; // for which it has been there
    // For which it, and those before it, have been at the job: where that is a stream, since it
    // ended.
    int64_t job;
};

enum { WATCH_INTERVAL = 500 }; // milliseconds from one look to the next, at the most

// Milliseconds of a clock that nobody sets.
int64_t watch_now(void);

// How long ago the last look was, which was at *looked_at, by watch_now(); *looked_at is now. 0
// where it is too early for another. Never more than WATCH_INTERVAL: the time that this process
// itself has spent elsewhere, stopped by a terminal perhaps, tells nothing of its workers.
int64_t watch_passed(int64_t *looked_at);

// Looks at a worker which has had `passed` milliseconds since the last look: whether it takes too
// long. `fd` is what it reads from; the time in which a stream has nothing for it does not count.
bool watch_is_too_long(struct watch *watch, const struct scan_state *state,
                       const struct scan_segment *segment, int fd, int64_t passed);

// Another worker goes on with the job.
void watch_start_again(struct watch *watch);

#endif
