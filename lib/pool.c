// SPDX-License-Identifier: GPL-3.0-or-later
// Several workers, and what they report.
#include "pool.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "buffer.h"
#include "problem.h"
#include "worker.h"

enum { RECEIVE_SIZE = 65536, DEATHS_MAX = 2 };

struct member {
    struct worker worker;
    struct pool_job job;
    bool is_busy;
    struct buffer in; // bytes received
    size_t in_taken;  // of these, already reported
    int deaths;       // of workers on the job at hand that were in no chunk
    bool is_given_up; // the job: only POOL_DONE is left to report
};

struct pool {
    struct scanner *scanner;
    struct scan_state *states; // shared memory, one a member
    size_t count;
    size_t turn; // member to be looked at first, so that none waits for the others
    struct member *members;
    struct pollfd *polls;
};

static size_t states_size(const struct pool *pool) {
    return pool->count * sizeof *pool->states;
}

struct pool *pool_new(const struct stages *stages, const struct scanner_options *options,
                      size_t jobs) {
    struct pool *pool = calloc(1, sizeof *pool);
    if (pool == NULL) {
        return NULL;
    }
    pool->count = jobs;
    pool->scanner = scanner_new(stages, options);
    pool->members = calloc(jobs, sizeof *pool->members);
    pool->polls = calloc(jobs, sizeof *pool->polls);
    pool->states =
        mmap(NULL, states_size(pool), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    bool ok = pool->scanner != NULL && pool->members != NULL && pool->polls != NULL &&
              pool->states != MAP_FAILED;
    for (size_t i = 0; ok && i < jobs; i++) {
        ok = worker_start(&pool->members[i].worker, pool->scanner, &pool->states[i]);
    }
    if (!ok) {
        int error = errno;
        pool_free(pool);
        errno = error;
        return NULL;
    }
    return pool;
}

static void end_job(struct member *member) {
    if (member->is_busy) {
        (void)close(member->job.fd);
        member->is_busy = false;
    }
}

void pool_free(struct pool *pool) {
    for (size_t i = 0; pool->members != NULL && i < pool->count; i++) {
        end_job(&pool->members[i]);
        worker_stop(&pool->members[i].worker);
        buffer_free(&pool->members[i].in);
    }
    if (pool->states != NULL && pool->states != MAP_FAILED) {
        (void)munmap(pool->states, states_size(pool));
    }
    scanner_free(pool->scanner);
    free(pool->members);
    free(pool->polls);
    free(pool);
}

bool pool_has_room(const struct pool *pool) {
    for (size_t i = 0; i < pool->count; i++) {
        if (!pool->members[i].is_busy) {
            return true;
        }
    }
    return false;
}

bool pool_is_busy(const struct pool *pool) {
    for (size_t i = 0; i < pool->count; i++) {
        if (pool->members[i].is_busy) {
            return true;
        }
    }
    return false;
}

// Hands the member's job to its worker, to a new one where the old is gone.
static bool send_job(struct pool *pool, struct member *member) {
    const struct pool_job *job = &member->job;
    struct scan_state *state = &pool->states[member - pool->members];
    if (member->worker.process > 0 && worker_send(&member->worker, job->fd, &job->unit)) {
        return true;
    }
    worker_stop(&member->worker);
    return worker_start(&member->worker, pool->scanner, state) &&
           worker_send(&member->worker, job->fd, &job->unit);
}

static void start_job(struct pool *pool, struct member *member, const struct pool_job *job) {
    member->job = *job;
    member->is_busy = true;
    member->deaths = 0;
    // The buffer at the end of the state needs no clearing.
    memset(&pool->states[member - pool->members], 0, offsetof(struct scan_state, buffer));
    // Where even that fails, pool_take() finds no worker and says so.
    (void)send_job(pool, member);
}

void pool_give(struct pool *pool, const struct pool_job *job) {
    for (size_t i = 0; i < pool->count; i++) {
        if (!pool->members[i].is_busy) {
            start_job(pool, &pool->members[i], job);
            return;
        }
    }
}

uint64_t pool_bytes_under_way(const struct pool *pool) {
    uint64_t bytes = 0;
    for (size_t i = 0; i < pool->count; i++) {
        if (pool->members[i].is_busy) {
            bytes += pool->states[i].tally.bytes;
        }
    }
    return bytes;
}

// Reports

static void report_done(const struct pool *pool, struct member *member,
                        struct pool_report *report) {
    *report = (struct pool_report){.kind = POOL_DONE,
                                   .input = member->job.input,
                                   .tally = pool->states[member - pool->members].tally};
    end_job(member);
}

// Sets the job up to go on in a new process, behind the chunk that killed the old one. A death
// outside any chunk may come again, so there the job is given up after a few.
static void report_death(struct pool *pool, struct member *member, struct pool_report *report) {
    worker_stop(&member->worker);
    buffer_clear(&member->in);
    member->in_taken = 0;
    uint64_t died_at = reader_skip(&pool->states[member - pool->members]);
    *report =
        (struct pool_report){.kind = POOL_DIED, .input = member->job.input, .died_at = died_at};
    member->deaths += died_at == PROBLEM_NO_OFFSET;
    member->is_given_up = member->deaths == DEATHS_MAX || !send_job(pool, member);
}

// The next whole message of what has been received. False when there is none.
static bool report_message(struct pool *pool, struct member *member, struct pool_report *report) {
    size_t taken = 0;
    switch (message_read(member->in.data + member->in_taken, member->in.size - member->in_taken,
                         &report->message, &taken)) {
    case MESSAGE_READ:
        break;
    case MESSAGE_INCOMPLETE:
        return false;
    case MESSAGE_INVALID: // taken over, or broken: as good as dead
        report_death(pool, member, report);
        return true;
    }
    member->in_taken += taken;
    if (report->message.kind == MESSAGE_DONE) {
        report_done(pool, member, report);
    } else {
        report->kind = POOL_MESSAGE;
        report->input = member->job.input;
    }
    return true;
}

static bool report_pending(struct pool *pool, struct member *member, struct pool_report *report) {
    if (!member->is_busy) {
        return false;
    }
    if (member->is_given_up) {
        member->is_given_up = false;
        report_done(pool, member, report);
        return true;
    }
    if (member->worker.process <= 0) {
        report_death(pool, member, report);
        return true;
    }
    return member->in.size > member->in_taken && report_message(pool, member, report);
}

// Drops what has been reported and reads more. False at the end of the socket.
static bool receive(struct member *member) {
    if (member->in_taken > 0) {
        member->in.size -= member->in_taken;
        memmove(member->in.data, member->in.data + member->in_taken, member->in.size);
        member->in_taken = 0;
    }
    char *to = buffer_reserve(&member->in, RECEIVE_SIZE);
    if (to == NULL) {
        return false;
    }
    ssize_t count = recv(member->worker.socket, to, RECEIVE_SIZE, MSG_DONTWAIT);
    if (count < 0) {
        return errno == EAGAIN || errno == EINTR;
    }
    member->in.size += (size_t)count;
    return count > 0;
}

static bool any_pending(struct pool *pool, struct pool_report *report) {
    for (size_t i = 0; i < pool->count; i++) {
        size_t number = (pool->turn + i) % pool->count;
        if (report_pending(pool, &pool->members[number], report)) {
            pool->turn = number + 1;
            return true;
        }
    }
    return false;
}

bool pool_take(struct pool *pool, int timeout, struct pool_report *report) {
    if (any_pending(pool, report)) {
        return true;
    }
    for (size_t i = 0; i < pool->count; i++) {
        const struct member *member = &pool->members[i];
        pool->polls[i] =
            (struct pollfd){.fd = member->is_busy ? member->worker.socket : -1, .events = POLLIN};
    }
    if (poll(pool->polls, (nfds_t)pool->count, timeout) <= 0) {
        return false;
    }
    for (size_t i = 0; i < pool->count; i++) {
        if (pool->polls[i].revents != 0 && !receive(&pool->members[i])) {
            report_death(pool, &pool->members[i], report);
            return true;
        }
    }
    return any_pending(pool, report);
}
