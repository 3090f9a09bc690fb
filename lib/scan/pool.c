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

struct slot {
    struct worker worker;
    struct pool_job job;
    bool is_busy;
    struct buffer in;    // bytes received
    size_t in_taken;     // of these, already reported
    int deaths;          // of workers on the job at hand that were in no chunk, or after died_at
    uint64_t died_at;    // the last chunk of the job that a worker died on
    uint64_t renewed_at; // where in the input the last worker was that was worn out
    bool is_given_up;    // the job: only POOL_DONE is left to report
    uint64_t chunk;      // that the worker was on at the last look; UINT64_MAX for none
    int64_t time;        // for which it has been on that chunk
    bool is_overdue; // it has been killed for that, and its socket is still to be read to its end
};

struct pool {
    struct scanner *scanner;
    struct scan_state *states; // shared memory, one a slot
    size_t count;
    size_t turn; // slot to be looked at first, so that none waits for the others
    struct slot *slots;
    struct pollfd *polls;
    int64_t looked_at; // the slots, by now()
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
    pool->slots = calloc(jobs, sizeof *pool->slots);
    pool->polls = calloc(jobs, sizeof *pool->polls);
    pool->states =
        mmap(NULL, states_size(pool), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    bool ok = pool->scanner != NULL && pool->slots != NULL && pool->polls != NULL &&
              pool->states != MAP_FAILED;
    for (size_t i = 0; ok && i < jobs; i++) {
        ok = worker_start(&pool->slots[i].worker, pool->scanner, &pool->states[i]);
    }
    if (!ok) {
        int error = errno;
        pool_free(pool);
        errno = error;
        return NULL;
    }
    return pool;
}

static void end_job(struct slot *slot) {
    if (slot->is_busy) {
        (void)close(slot->job.fd);
        slot->is_busy = false;
    }
}

static void stop_workers(struct pool *pool) {
    int64_t deadline = now() + END_TIME_MAX;
    for (size_t i = 0; i < pool->count; i++) {
        if (!pool->slots[i].is_busy) {
            worker_dismiss(&pool->slots[i].worker);
        }
    }
    for (size_t i = 0; i < pool->count; i++) {
        struct slot *slot = &pool->slots[i];
        int64_t patience = deadline - now();
        if (!slot->is_busy && patience > 0) {
            worker_await_end(&slot->worker, (int)patience);
        }
        (void)worker_stop(&slot->worker);
        end_job(slot);
        buffer_free(&slot->in);
    }
}

void pool_free(struct pool *pool) {
    if (pool->slots != NULL) {
        stop_workers(pool);
    }
    if (pool->states != NULL && pool->states != MAP_FAILED) {
        (void)munmap(pool->states, states_size(pool));
    }
    scanner_free(pool->scanner);
    free(pool->slots);
    free(pool->polls);
    free(pool);
}

bool pool_has_room(const struct pool *pool) {
    for (size_t i = 0; i < pool->count; i++) {
        if (!pool->slots[i].is_busy) {
            return true;
        }
    }
    return false;
}

bool pool_is_busy(const struct pool *pool) {
    for (size_t i = 0; i < pool->count; i++) {
        if (pool->slots[i].is_busy) {
            return true;
        }
    }
    return false;
}

static void stop_watch(struct slot *slot) {
    slot->chunk = UINT64_MAX;
    slot->time = 0;
    slot->is_overdue = false;
}

// Hands the slot's job to its worker, to a new one where the old is gone.
static bool send_job(struct pool *pool, struct slot *slot) {
    const struct pool_job *job = &slot->job;
    struct scan_state *state = &pool->states[slot - pool->slots];
    if (slot->worker.process > 0 && worker_send(&slot->worker, job->fd, &job->segment)) {
        return true;
    }
    (void)worker_stop(&slot->worker);
    return worker_start(&slot->worker, pool->scanner, state) &&
           worker_send(&slot->worker, job->fd, &job->segment);
}

static void start_job(struct pool *pool, struct slot *slot, const struct pool_job *job) {
    slot->job = *job;
    slot->is_busy = true;
    stop_watch(slot);
    slot->deaths = 0;
    slot->died_at = 0;
    slot->renewed_at = 0;
    // The buffer at the end of the state needs no clearing.
    memset(&pool->states[slot - pool->slots], 0, offsetof(struct scan_state, buffer));
    // Where even that fails, pool_take() finds no worker and says so.
    (void)send_job(pool, slot);
}

void pool_give(struct pool *pool, const struct pool_job *job) {
    for (size_t i = 0; i < pool->count; i++) {
        if (!pool->slots[i].is_busy) {
            start_job(pool, &pool->slots[i], job);
            return;
        }
    }
}

uint64_t pool_bytes_under_way(const struct pool *pool) {
    uint64_t bytes = 0;
    for (size_t i = 0; i < pool->count; i++) {
        if (pool->slots[i].is_busy) {
            bytes += pool->states[i].tally.bytes;
        }
    }
    return bytes;
}

// Reports

static void report_done(const struct pool *pool, struct slot *slot, struct pool_report *report) {
    *report = (struct pool_report){.kind = POOL_DONE,
                                   .input = slot->job.input,
                                   .tally = pool->states[slot - pool->slots].tally};
    end_job(slot);
}

static enum pool_death death_of(const struct slot *slot, int status) {
    if (slot->is_overdue) {
        return DEATH_TIME;
    }
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS ? DEATH_SANDBOX : DEATH_CRASH;
}

static void forget_worker(struct slot *slot) {
    buffer_clear(&slot->in);
    slot->in_taken = 0;
    stop_watch(slot);
}

// Sets the job up to go on in a new process, after the chunk that killed the old one. A death
// outside any chunk may come again, so there the job is given up after a few; so it is where the
// state, which the dead process could write to, says that the job went backwards.
static void report_death(struct pool *pool, struct slot *slot, enum pool_death death,
                         struct pool_report *report) {
    uint64_t died_at = reader_skip(&pool->states[slot - pool->slots]);
    forget_worker(slot);
    *report = (struct pool_report){
        .kind = POOL_DIED, .input = slot->job.input, .died_at = died_at, .death = death};
    bool is_progress = died_at != PROBLEM_NO_OFFSET && died_at > slot->died_at;
    slot->died_at = is_progress ? died_at : slot->died_at;
    slot->deaths += !is_progress;
    slot->is_given_up = slot->deaths == DEATHS_MAX || !send_job(pool, slot);
}

// Has a new worker go on where the old one ended, as its status says, because it was worn out.
// False where it died, or has come no further than the one before.
static bool renew_worker(struct pool *pool, struct slot *slot, int status) {
    const struct scan_state *state = &pool->states[slot - pool->slots];
    uint64_t position = state->buffer_offset + state->buffer_next;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != WORKER_WORN_OUT ||
        reader_position(state) != UINT64_MAX || position <= slot->renewed_at) {
        return false;
    }
    slot->renewed_at = position;
    forget_worker(slot);
    // Where that fails, the next look at the slot finds no worker and says so.
    (void)send_job(pool, slot);
    return true;
}

// The next whole message of what has been received. False when there is none.
static bool report_message(struct pool *pool, struct slot *slot, struct pool_report *report) {
    size_t taken = 0;
    switch (message_read(slot->in.data + slot->in_taken, slot->in.size - slot->in_taken,
                         &report->message, &taken)) {
    case MESSAGE_READ:
        break;
    case MESSAGE_INCOMPLETE:
        return false;
    case MESSAGE_INVALID: // taken over, or broken: as good as dead
        (void)worker_stop(&slot->worker);
        report_death(pool, slot, DEATH_NONSENSE, report);
        return true;
    }
    slot->in_taken += taken;
    if (report->message.kind == MESSAGE_DONE) {
        report_done(pool, slot, report);
    } else {
        report->kind = POOL_MESSAGE;
        report->input = slot->job.input;
    }
    return true;
}

static bool report_pending(struct pool *pool, struct slot *slot, struct pool_report *report) {
    if (!slot->is_busy) {
        return false;
    }
    if (slot->is_given_up) {
        slot->is_given_up = false;
        report_done(pool, slot, report);
        return true;
    }
    if (slot->worker.process <= 0) {
        report_death(pool, slot, DEATH_CRASH, report);
        return true;
    }
    return slot->in.size > slot->in_taken && report_message(pool, slot, report);
}

// Drops what has been reported and reads more. False at the end of the socket.
static bool receive(struct slot *slot) {
    if (slot->in_taken > 0) {
        slot->in.size -= slot->in_taken;
        memmove(slot->in.data, slot->in.data + slot->in_taken, slot->in.size);
        slot->in_taken = 0;
    }
    char *to = buffer_reserve(&slot->in, RECEIVE_SIZE);
    if (to == NULL) {
        return false;
    }
    ssize_t count = recv(slot->worker.socket, to, RECEIVE_SIZE, MSG_DONTWAIT);
    if (count < 0) {
        return errno == EAGAIN || errno == EINTR;
    }
    slot->in.size += (size_t)count;
    return count > 0;
}

static bool any_pending(struct pool *pool, struct pool_report *report) {
    for (size_t i = 0; i < pool->count; i++) {
        size_t number = (pool->turn + i) % pool->count;
        if (report_pending(pool, &pool->slots[number], report)) {
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
        struct slot *slot = &pool->slots[i];
        uint64_t chunk = slot->is_busy ? reader_position(&pool->states[i]) : UINT64_MAX;
        slot->time = chunk != UINT64_MAX && chunk == slot->chunk ? slot->time + passed : 0;
        slot->chunk = chunk;
        if (slot->time > CHUNK_TIME_MAX && !slot->is_overdue) {
            slot->is_overdue = true;
            worker_kill(&slot->worker);
        }
    }
}

bool pool_take(struct pool *pool, int timeout, struct pool_report *report) {
    if (any_pending(pool, report)) {
        return true;
    }
    watch(pool);
    for (size_t i = 0; i < pool->count; i++) {
        const struct slot *slot = &pool->slots[i];
        pool->polls[i] =
            (struct pollfd){.fd = slot->is_busy ? slot->worker.socket : -1, .events = POLLIN};
    }
    timeout = timeout < WATCH_INTERVAL ? timeout : WATCH_INTERVAL;
    if (poll(pool->polls, (nfds_t)pool->count, timeout) <= 0) {
        return false;
    }
    for (size_t i = 0; i < pool->count; i++) {
        struct slot *slot = &pool->slots[i];
        if (pool->polls[i].revents == 0 || receive(slot)) {
            continue;
        }
        int status = worker_stop(&slot->worker);
        if (!renew_worker(pool, slot, status)) {
            report_death(pool, slot, death_of(slot, status), report);
            return true;
        }
    }
    return any_pending(pool, report);
}
