// SPDX-License-Identifier: GPL-3.0-or-later
// Several workers, and what they report.
#include "scan/pool.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/buffer.h"
#include "scan/problem.h"
#include "scan/worker.h"

enum { RECEIVE_SIZE = 65536, DEATHS_MAX = 2 };

// Milliseconds. No chunk takes a second, on a slow machine and decoded as a whole either.
enum {
#ifdef EVTXSEQ_FAULTS
    CHUNK_TIME_MAX = 2000,
#else
    CHUNK_TIME_MAX = 8000,
#endif
    WATCH_INTERVAL = 500,
    END_TIME_MAX = 5000, // for idle workers, which need a thousandth of that
};

struct member {
    struct worker worker;
    struct pool_job job;
    bool is_busy;
    struct buffer in;    // bytes received
    size_t in_taken;     // of these, already reported
    int deaths;          // of workers on the job at hand that were in no chunk, or behind died_at
    uint64_t died_at;    // the last chunk of the job that a worker died on
    uint64_t renewed_at; // where in the input the last worker was that was worn out
    bool is_given_up;    // the job: only POOL_DONE is left to report
    uint64_t chunk;      // that the worker was on at the last look; UINT64_MAX for none
    int64_t time;        // for which it has been on that chunk
    bool is_overdue; // it has been killed for that, and its socket is still to be read to its end
};

struct pool {
    struct scanner *scanner;
    struct scan_state *states; // shared memory, one a member
    size_t count;
    size_t turn; // member to be looked at first, so that none waits for the others
    struct member *members;
    struct pollfd *polls;
    int64_t looked_at; // the members, by now()
};

static int64_t now(void) {
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static size_t states_size(const struct pool *pool) {
    return pool->count * sizeof *pool->states;
}

struct pool *pool_new(const struct scanner_task *task, const struct scanner_options *options,
                      size_t jobs) {
    struct pool *pool = calloc(1, sizeof *pool);
    if (pool == NULL) {
        return NULL;
    }
    pool->count = jobs;
    pool->scanner = scanner_new(task, options);
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

static void stop_workers(struct pool *pool) {
    int64_t deadline = now() + END_TIME_MAX;
    for (size_t i = 0; i < pool->count; i++) {
        if (!pool->members[i].is_busy) {
            worker_dismiss(&pool->members[i].worker);
        }
    }
    for (size_t i = 0; i < pool->count; i++) {
        struct member *member = &pool->members[i];
        int64_t patience = deadline - now();
        if (!member->is_busy && patience > 0) {
            worker_await_end(&member->worker, (int)patience);
        }
        (void)worker_stop(&member->worker);
        end_job(member);
        buffer_free(&member->in);
    }
}

void pool_free(struct pool *pool) {
    if (pool->members != NULL) {
        stop_workers(pool);
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

static void stop_watch(struct member *member) {
    member->chunk = UINT64_MAX;
    member->time = 0;
    member->is_overdue = false;
}

// Hands the member's job to its worker, to a new one where the old is gone.
static bool send_job(struct pool *pool, struct member *member) {
    const struct pool_job *job = &member->job;
    struct scan_state *state = &pool->states[member - pool->members];
    if (member->worker.process > 0 && worker_send(&member->worker, job->fd, &job->unit)) {
        return true;
    }
    (void)worker_stop(&member->worker);
    return worker_start(&member->worker, pool->scanner, state) &&
           worker_send(&member->worker, job->fd, &job->unit);
}

static void start_job(struct pool *pool, struct member *member, const struct pool_job *job) {
    member->job = *job;
    member->is_busy = true;
    stop_watch(member);
    member->deaths = 0;
    member->died_at = 0;
    member->renewed_at = 0;
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

static enum pool_death death_of(const struct member *member, int status) {
    if (member->is_overdue) {
        return DEATH_TIME;
    }
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS ? DEATH_CONFINEMENT : DEATH_CRASH;
}

static void forget_worker(struct member *member) {
    buffer_clear(&member->in);
    member->in_taken = 0;
    stop_watch(member);
}

// Sets the job up to go on in a new process, behind the chunk that killed the old one. A death
// outside any chunk may come again, so there the job is given up after a few; so it is where the
// state, which the dead process could write to, says that the job went backwards.
static void report_death(struct pool *pool, struct member *member, enum pool_death death,
                         struct pool_report *report) {
    uint64_t died_at = reader_skip(&pool->states[member - pool->members]);
    forget_worker(member);
    *report = (struct pool_report){
        .kind = POOL_DIED, .input = member->job.input, .died_at = died_at, .death = death};
    bool is_progress = died_at != PROBLEM_NO_OFFSET && died_at > member->died_at;
    member->died_at = is_progress ? died_at : member->died_at;
    member->deaths += !is_progress;
    member->is_given_up = member->deaths == DEATHS_MAX || !send_job(pool, member);
}

// Has a new worker go on where the old one ended, as its status says, because it was worn out.
// False where it died, or has come no further than the one before.
static bool renew_worker(struct pool *pool, struct member *member, int status) {
    const struct scan_state *state = &pool->states[member - pool->members];
    uint64_t position = state->buffer_offset + state->buffer_next;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != WORKER_WORN_OUT ||
        reader_position(state) != UINT64_MAX || position <= member->renewed_at) {
        return false;
    }
    member->renewed_at = position;
    forget_worker(member);
    // Where that fails, the next look at the member finds no worker and says so.
    (void)send_job(pool, member);
    return true;
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
        (void)worker_stop(&member->worker);
        report_death(pool, member, DEATH_NONSENSE, report);
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
        report_death(pool, member, DEATH_CRASH, report);
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

// Kills a worker that is on one chunk for too long. The time that this process itself has spent
// elsewhere, stopped by a terminal perhaps, tells nothing of the workers.
static void watch(struct pool *pool) {
    int64_t time = now();
    int64_t passed = time - pool->looked_at;
    passed = passed < WATCH_INTERVAL ? passed : WATCH_INTERVAL;
    pool->looked_at = time;
    for (size_t i = 0; i < pool->count; i++) {
        struct member *member = &pool->members[i];
        uint64_t chunk = member->is_busy ? reader_position(&pool->states[i]) : UINT64_MAX;
        member->time = chunk != UINT64_MAX && chunk == member->chunk ? member->time + passed : 0;
        member->chunk = chunk;
        if (member->time > CHUNK_TIME_MAX && !member->is_overdue) {
            member->is_overdue = true;
            worker_kill(&member->worker);
        }
    }
}

bool pool_take(struct pool *pool, int timeout, struct pool_report *report) {
    if (any_pending(pool, report)) {
        return true;
    }
    watch(pool);
    for (size_t i = 0; i < pool->count; i++) {
        const struct member *member = &pool->members[i];
        pool->polls[i] =
            (struct pollfd){.fd = member->is_busy ? member->worker.socket : -1, .events = POLLIN};
    }
    timeout = timeout < WATCH_INTERVAL ? timeout : WATCH_INTERVAL;
    if (poll(pool->polls, (nfds_t)pool->count, timeout) <= 0) {
        return false;
    }
    for (size_t i = 0; i < pool->count; i++) {
        struct member *member = &pool->members[i];
        if (pool->polls[i].revents == 0 || receive(member)) {
            continue;
        }
        int status = worker_stop(&member->worker);
        if (!renew_worker(pool, member, status)) {
            report_death(pool, member, death_of(member, status), report);
            return true;
        }
    }
    return any_pending(pool, report);
}
