// SPDX-License-Identifier: GPL-3.0-or-later
// Several workers, and what they report. A worker that dies, or is ended because it gets nowhere,
// is replaced, and its segment goes on after the chunk that it died on. One that is worn out, or
// has read enough inputs, is replaced without a report. Of short jobs a worker has two at a time,
// so that it need not wait for the next. What one tells the next, the pool keeps, see vouched.h.
#ifndef EVTXSEQ_POOL_H
#define EVTXSEQ_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scan/message.h"
#include "scan/scanner.h"
#include "scan/under_way.h"

struct pool;

enum pool_report_kind {
    POOL_MESSAGE, // any but MESSAGE_DONE
    POOL_DIED,    // the worker died; `died_at` is the chunk, or how far it had come
    POOL_DONE,    // the job is finished, or cannot go on after a POOL_DIED
};

enum pool_death {
    DEATH_CRASH,
    DEATH_TIME,     // it was too long on one chunk
    DEATH_SANDBOX,  // it made a system call that the sandbox forbids
    DEATH_NONSENSE, // what it sent is not a message
    DEATH_FLOOD,    // it sent more than there can be to say
};

struct pool_report {
    enum pool_report_kind kind;
    size_t input;
    uint64_t begin;          // of the job's segment, as it was given
    struct message message;  // of POOL_MESSAGE; valid until the next call
    uint64_t died_at;        // of POOL_DIED
    bool has_died_before;    // of POOL_DIED: the worker before it, at the same place
    enum pool_death death;   // of POOL_DIED
    struct scan_tally tally; // of POOL_DONE
};

// Starts `jobs` workers with a task; what that points to must outlive the pool. NULL with errno set
// when memory or processes ran out.
struct pool *pool_new(const struct scanner_task *task, const struct scanner_options *options,
                      size_t jobs);

// Workers without a job get the time to end by themselves.
void pool_free(struct pool *pool);

// Whether it can be given a job, whether a worker has none, and whether any has one.
bool pool_has_room(const struct pool *pool);
bool pool_is_idle(const struct pool *pool);
bool pool_is_busy(const struct pool *pool);

// Gives a job to a worker, as soon as one can take it.
void pool_give(struct pool *pool, const struct pool_job *job);

// Waits for the next report of any worker at work, until `other` can be read from, a descriptor of
// the caller's, or at most `timeout` milliseconds. False when none came.
bool pool_take(struct pool *pool, int other, int timeout, struct pool_report *report);

// No event that lies before this offset is to come of the jobs under way at this input, as far as
// workers do what they are to; UINT64_MAX when there are none.
uint64_t pool_end(const struct pool *pool, size_t input);

// Bytes read so far by the jobs under way.
uint64_t pool_bytes_under_way(const struct pool *pool);

#endif
