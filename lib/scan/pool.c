// SPDX-License-Identifier: GPL-3.0-or-later
#include "scan/pool.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buffer.h"
#include "scan/problem.h"
#include "scan/vouched.h"
#include "scan/watch.h"
#include "scan/workers.h"

enum {
    RECEIVE_SIZE = 65536,
// Inputs of one worker.
#ifdef EVTXSEQ_FAULTS
    INPUTS_MAX = 4,
#else
    INPUTS_MAX = 64,
#endif
};

// A worker's seat.
struct slot {
    size_t seat;
    struct under_way jobs[WORKER_JOBS_MAX]; // what is reported is of the first
    size_t job_count;
    struct buffer in;  // bytes received
    size_t in_taken;   // of these, already reported
    uint64_t number;   // of the worker, from 1
    size_t inputs;     // that the worker has been given parts of
    size_t last_input; // the last of them
    struct watch watch;
    bool is_worn;    // libevtx has failed in the worker
    bool may_vouch;  // the worker: see vouched.h
    bool is_deaf;    // it claims to be done with jobs that it has not taken
    bool is_overdue; // the worker has been killed for taking too long, and its socket is still to
                     // be read to its end
};

struct pool {
    struct scanner *scanner;
    struct workers *workers;
    struct vouched *vouched; // definitions that the scanner has learned or may yet
    uint64_t started;        // workers
    bool is_packed;          // inputs are events files, whose content is of any size
    size_t count;
    size_t turn; // slot to be looked at first, so that none waits for the others
    struct slot *slots;
    struct pool_job waiting; // until a worker can take it
    bool has_waiting;
    struct pollfd *polls; // one a slot, one for workers to come, and one of the caller
    int64_t looked_at;    // the slots, by watch_now()
};

static bool start_worker(struct pool *pool, struct slot *slot) {
    buffer_clear(&slot->in);
    slot->in_taken = 0;
    watch_start_again(&slot->watch);
    slot->is_overdue = false;
    slot->number = ++pool->started;
    slot->may_vouch = true;
    slot->inputs = 0;
    slot->is_worn = false;
    slot->is_deaf = false;
    return workers_start(pool->workers, slot->seat);
}

struct pool *pool_new(const struct scanner_task *task, const struct scanner_options *options,
                      size_t jobs) {
    struct pool *pool = calloc(1, sizeof *pool);
    if (pool == NULL) {
        return NULL;
    }
    pool->count = jobs;
    pool->scanner = scanner_new(task, options);
    pool->workers = pool->scanner == NULL ? NULL : workers_new(pool->scanner, jobs);
    pool->vouched = vouched_new();
    pool->is_packed = task->replay != NULL;
    pool->slots = calloc(jobs, sizeof *pool->slots);
    pool->polls = calloc(jobs + 2, sizeof *pool->polls);
    bool ok = pool->workers != NULL && pool->vouched != NULL && pool->slots != NULL &&
              pool->polls != NULL;
    for (size_t i = 0; ok && i < jobs; i++) {
        pool->slots[i].seat = i;
        ok = start_worker(pool, &pool->slots[i]);
    }
    if (!ok) {
        int error = errno;
        pool_free(pool);
        errno = error;
        return NULL;
    }
    return pool;
}

static void stop_workers(struct pool *pool) {
    for (size_t i = 0; i < pool->count; i++) {
        struct slot *slot = &pool->slots[i];
        if (slot->job_count == 0 && pool->workers != NULL) {
            workers_dismiss(pool->workers, i);
        }
    }
    workers_free(pool->workers);
    for (size_t i = 0; i < pool->count; i++) {
        struct slot *slot = &pool->slots[i];
        for (size_t k = 0; k < slot->job_count; k++) {
            (void)close(slot->jobs[k].job.fd);
        }
        buffer_free(&slot->in);
    }
}

void pool_free(struct pool *pool) {
    if (pool->slots != NULL) {
        stop_workers(pool);
    }
    if (pool->has_waiting) {
        (void)close(pool->waiting.fd);
    }
    scanner_free(pool->scanner);
    vouched_free(pool->vouched);
    free(pool->slots);
    free(pool->polls);
    free(pool);
}

bool pool_has_room(const struct pool *pool) {
    return !pool->has_waiting;
}

// Workers with a job.
static size_t busy_workers(const struct pool *pool) {
    size_t count = 0;
    for (size_t i = 0; i < pool->count; i++) {
        count += pool->slots[i].job_count > 0;
    }
    return count;
}

bool pool_is_idle(const struct pool *pool) {
    return busy_workers(pool) < pool->count;
}

bool pool_is_busy(const struct pool *pool) {
    return pool->has_waiting || busy_workers(pool) > 0;
}

// Dealing jobs

static bool send_job(struct pool *pool, struct slot *slot, const struct under_way *under_way) {
    const struct pool_job *job = &under_way->job;
    const struct worker_job sent = {job->segment, under_way->state_number};
    slot->inputs += slot->inputs == 0 || slot->last_input != job->input;
    slot->last_input = job->input;
    bool is_sent = workers_send(pool->workers, slot->seat, job->fd, &sent);
    slot->is_deaf = !is_sent && errno == EAGAIN;
    slot->may_vouch = slot->may_vouch && under_way_is_whole_input(job);
    return is_sent;
}

// Hands the slot's jobs to a new worker, where any are left to be done.
static bool send_anew(struct pool *pool, struct slot *slot) {
    bool is_sent = true;
    for (size_t i = 0; is_sent && i < slot->job_count; i++) {
        const struct under_way *under_way = &slot->jobs[i];
        is_sent = under_way->is_given_up ||
                  ((workers_has(pool->workers, slot->seat) || start_worker(pool, slot)) &&
                   send_job(pool, slot, under_way));
    }
    return is_sent;
}

// What an input has done to a worker without killing it, it would do to the next: the worker is
// replaced where libevtx, which such an input would go through, has failed on one, and in any case
// after a number of them that costs little.
static bool is_over(const struct slot *slot, size_t input) {
    bool is_other = slot->inputs > 0 && slot->last_input != input;
    return is_other && (slot->is_worn || slot->inputs == INPUTS_MAX);
}

// Adds a job to those of a slot that has room, with a state that no other has.
static struct under_way *add_job(struct pool *pool, struct slot *slot, const struct pool_job *job) {
    struct worker_memory *memory = workers_memory(pool->workers, slot->seat);
    size_t number = slot->job_count > 0 ? 1 - slot->jobs[0].state_number : 0;
    struct under_way *under_way = &slot->jobs[slot->job_count++];
    under_way_start(under_way, job, &memory->states[number], number);
    return under_way;
}

static void start_job(struct pool *pool, struct slot *slot, const struct pool_job *job) {
    slot->watch = (struct watch){0};
    const struct under_way *under_way = add_job(pool, slot, job);
    int status = 0;
    if (!workers_has(pool->workers, slot->seat) ||
        (!send_job(pool, slot, under_way) && !slot->is_deaf)) {
        (void)workers_stop(pool->workers, slot->seat, &status);
        // Where even that fails, pool_take() finds no worker and says so.
        (void)send_anew(pool, slot);
    }
}

// Whether a worker at work may be given another job to go on with, so that it need not wait until
// this process has heard that it is done. No other can do that job any more, so neither it nor the
// one before it is to take long.
static bool can_go_on(const struct pool *pool, const struct slot *slot,
                      const struct pool_job *job) {
    return slot->job_count == 1 && !pool->is_packed && !slot->jobs[0].is_given_up &&
           under_way_is_short(&slot->jobs[0].job) && under_way_is_short(job) &&
           slot->watch.time == 0 && workers_has(pool->workers, slot->seat) &&
           !is_over(slot, job->input);
}

// Gives the job that waits to a worker, if one can take it.
static void deal(struct pool *pool) {
    for (size_t i = 0; pool->has_waiting && i < pool->count; i++) {
        struct slot *slot = &pool->slots[i];
        if (slot->job_count == 0) {
            if (is_over(slot, pool->waiting.input)) {
                workers_retire(pool->workers, i);
            }
            start_job(pool, slot, &pool->waiting);
            pool->has_waiting = false;
        }
    }
    for (size_t i = 0; pool->has_waiting && i < pool->count; i++) {
        struct slot *slot = &pool->slots[i];
        if (can_go_on(pool, slot, &pool->waiting)) {
            // Where that fails its jobs are given to the next.
            (void)send_job(pool, slot, add_job(pool, slot, &pool->waiting));
            pool->has_waiting = false;
        }
    }
}

void pool_give(struct pool *pool, const struct pool_job *job) {
    pool->waiting = *job;
    pool->has_waiting = true;
    deal(pool);
}

uint64_t pool_end(const struct pool *pool, size_t input) {
    bool waits = pool->has_waiting && pool->waiting.input == input;
    uint64_t end = waits ? pool->waiting.segment.begin : UINT64_MAX;
    for (size_t i = 0; i < pool->count; i++) {
        const struct slot *slot = &pool->slots[i];
        for (size_t k = 0; k < slot->job_count; k++) {
            const struct under_way *under_way = &slot->jobs[k];
            if (under_way->job.input == input && under_way_end(under_way) < end) {
                end = under_way_end(under_way);
            }
        }
    }
    return end;
}

uint64_t pool_bytes_under_way(const struct pool *pool) {
    uint64_t bytes = 0;
    for (size_t i = 0; i < pool->count; i++) {
        for (size_t k = 0; k < pool->slots[i].job_count; k++) {
            bytes += under_way_tally(&pool->slots[i].jobs[k]).bytes;
        }
    }
    return bytes;
}

// Reports

// Has the slot go on with its next job, if it has one.
static void end_job(struct pool *pool, struct slot *slot) {
    (void)close(slot->jobs[0].job.fd);
    slot->job_count--;
    slot->watch = (struct watch){0};
    if (slot->job_count > 0) {
        size_t before = slot->jobs[0].job.input;
        slot->jobs[0] = slot->jobs[1];
        // What the worker may have said of that already is dropped.
        if (slot->is_worn && slot->jobs[0].job.input != before) {
            const struct pool_job job = slot->jobs[0].job;
            slot->job_count = 0;
            workers_retire(pool->workers, slot->seat);
            start_job(pool, slot, &job);
        }
    }
    deal(pool);
}

static void report_done(struct pool *pool, struct slot *slot, struct pool_report *report) {
    const struct under_way *under_way = &slot->jobs[0];
    *report = (struct pool_report){.kind = POOL_DONE,
                                   .input = under_way->job.input,
                                   .begin = under_way->begin,
                                   .tally = under_way_tally(under_way)};
    slot->is_worn = slot->is_worn || under_way->state->is_worn != 0;
    end_job(pool, slot);
}

static enum pool_death death_of(const struct slot *slot, int status) {
    if (slot->is_overdue) {
        return DEATH_TIME;
    }
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS ? DEATH_SANDBOX : DEATH_CRASH;
}

// Has the job go on in a new worker, after the chunk that killed the old one.
static void report_death(struct pool *pool, struct slot *slot, enum pool_death death,
                         struct pool_report *report) {
    struct under_way *under_way = &slot->jobs[0];
    uint64_t place = under_way_place(under_way);
    *report =
        (struct pool_report){.kind = POOL_DIED,
                             .input = under_way->job.input,
                             .died_at = place,
                             .has_died_before = under_way->has_died && place == under_way->died_at,
                             .death = death};
    under_way_pass_over(under_way);
    under_way->floods += death == DEATH_FLOOD;
    if (!send_anew(pool, slot)) {
        under_way->is_given_up = true;
    }
    slot->may_vouch = false;
}

// Has a new worker go on where the old one ended, as its status says, because it was worn out.
// False where it died.
static bool renew_worker(struct pool *pool, struct slot *slot, int status) {
    if (!WIFEXITED(status) || WEXITSTATUS(status) != WORKER_WORN_OUT ||
        !under_way_renew(&slot->jobs[0])) {
        return false;
    }
    // Where that fails, the next look at the slot finds no worker and says so.
    (void)send_anew(pool, slot);
    slot->may_vouch = false;
    return true;
}

// Ends a worker that has been taken over, or is broken: it is as good as dead.
static void give_up_worker(struct pool *pool, struct slot *slot, enum pool_death death,
                           struct pool_report *report) {
    int status = 0;
    (void)workers_stop(pool->workers, slot->seat, &status);
    report_death(pool, slot, death, report);
}

// Workers started from now on need not compare what enough others have.
static void take_definition(struct pool *pool, const struct slot *slot, struct raw definition) {
    const char *content = (const char *)definition.data;
    if (slot->may_vouch && vouched_add(pool->vouched, content, definition.size, slot->number)) {
        workers_learn(pool->workers, content, definition.size);
    }
}

// Takes the next whole message of what has been received. False when it needs no report.
static bool take_message(struct pool *pool, struct slot *slot, size_t size,
                         struct pool_report *report) {
    struct under_way *under_way = &slot->jobs[0];
    slot->in_taken += size;
    bool is_possible = under_way_add_message(under_way, size);
    report->kind = POOL_MESSAGE;
    report->input = under_way->job.input;
    report->begin = under_way->begin;
    if (!pool->is_packed && !is_possible) {
        give_up_worker(pool, slot, DEATH_FLOOD, report);
    } else if (report->message.kind == MESSAGE_DONE) {
        report_done(pool, slot, report);
    } else if (report->message.kind == MESSAGE_DEFINITION) {
        take_definition(pool, slot, report->message.raw);
        return false;
    } else if (report->message.kind == MESSAGE_EVENT) {
        under_way->told = report->message.event_head.offset;
    }
    return true;
}

// Reports the next message of what has been received. False when there is none.
static bool report_message(struct pool *pool, struct slot *slot, struct pool_report *report) {
    for (;;) {
        size_t taken = 0;
        switch (message_read(slot->in.data + slot->in_taken, slot->in.size - slot->in_taken,
                             &report->message, &taken)) {
        case MESSAGE_READ:
            break;
        case MESSAGE_INCOMPLETE:
            return false;
        case MESSAGE_INVALID:
            give_up_worker(pool, slot, DEATH_NONSENSE, report);
            return true;
        }
        if (take_message(pool, slot, taken, report)) {
            return true;
        }
    }
}

static bool report_pending(struct pool *pool, struct slot *slot, struct pool_report *report) {
    if (slot->job_count == 0) {
        return false;
    }
    if (slot->jobs[0].is_given_up) {
        report_done(pool, slot, report);
        return true;
    }
    if (slot->is_deaf) {
        give_up_worker(pool, slot, DEATH_NONSENSE, report);
        return true;
    }
    // One that was to come may not have.
    if (!workers_has(pool->workers, slot->seat) && !send_anew(pool, slot)) {
        report_death(pool, slot, DEATH_CRASH, report);
        return true;
    }
    return slot->in.size > slot->in_taken && report_message(pool, slot, report);
}

// Drops what has been reported and reads more. False at the end of the socket.
static bool receive(struct slot *slot, int socket) {
    if (slot->in_taken > 0) {
        slot->in.size -= slot->in_taken;
        memmove(slot->in.data, slot->in.data + slot->in_taken, slot->in.size);
        slot->in_taken = 0;
    }
    char *to = buffer_reserve(&slot->in, RECEIVE_SIZE);
    if (to == NULL) {
        return false;
    }
    ssize_t count = recv(socket, to, RECEIVE_SIZE, MSG_DONTWAIT);
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

static void kill_overdue(struct pool *pool) {
    int64_t passed = watch_passed(&pool->looked_at);
    for (size_t i = 0; passed > 0 && i < pool->count; i++) {
        struct slot *slot = &pool->slots[i];
        const struct under_way *under_way = &slot->jobs[0];
        if (slot->job_count > 0 && !slot->is_overdue &&
            watch_is_too_long(&slot->watch, under_way->state, &under_way->job.segment,
                              under_way->job.fd, passed)) {
            slot->is_overdue = true;
            workers_kill(pool->workers, i);
        }
    }
}

// Waits for what any worker has to say, for workers to come, or for the caller's descriptor. False
// when there is nothing.
static bool wait_for_any(struct pool *pool, int other, int timeout) {
    for (size_t i = 0; i < pool->count; i++) {
        bool is_busy = pool->slots[i].job_count > 0;
        pool->polls[i] = (struct pollfd){.fd = is_busy ? workers_socket(pool->workers, i) : -1,
                                         .events = POLLIN};
    }
    pool->polls[pool->count] =
        (struct pollfd){.fd = workers_descriptor(pool->workers), .events = POLLIN};
    pool->polls[pool->count + 1] = (struct pollfd){.fd = other, .events = POLLIN};
    timeout = timeout < WATCH_INTERVAL ? timeout : WATCH_INTERVAL;
    return poll(pool->polls, (nfds_t)pool->count + 2, timeout) > 0;
}

bool pool_take(struct pool *pool, int other, int timeout, struct pool_report *report) {
    kill_overdue(pool); // first: a worker that has been taken over may send without end
    if (any_pending(pool, report)) {
        return true;
    }
    if (!wait_for_any(pool, other, timeout)) {
        return false;
    }
    if (pool->polls[pool->count].revents != 0) {
        workers_settle(pool->workers);
    }
    for (size_t i = 0; i < pool->count; i++) {
        struct slot *slot = &pool->slots[i];
        if (pool->polls[i].revents == 0 || !workers_has(pool->workers, i) ||
            receive(slot, pool->polls[i].fd)) {
            continue;
        }
        int status = 0;
        if (workers_stop(pool->workers, i, &status) && !renew_worker(pool, slot, status)) {
            report_death(pool, slot, death_of(slot, status), report);
            return true;
        }
    }
    return any_pending(pool, report);
}
