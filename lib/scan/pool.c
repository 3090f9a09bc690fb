// SPDX-License-Identifier: GPL-3.0-or-later
// Several workers, and what they report.
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
#include "scan/sandbox.h"
#include "scan/spawner.h"
#include "scan/vouched.h"
#include "scan/watch.h"
#include "scan/worker.h"

enum {
    RECEIVE_SIZE = 65536,
// Inputs of one worker.
#ifdef EVTXSEQ_FAULTS
    INPUTS_MAX = 4,
#else
    INPUTS_MAX = 64,
#endif
    // When it has had parts of so many, the one to come after it is asked for.
    INPUTS_BEFORE_NEXT = INPUTS_MAX - INPUTS_MAX / 16,
    // Workers of one job that may send too much. Those after them may say of the rest of it only
    // what one chunk has.
    FLOODS_MAX = 4,
};

enum { END_TIME_MAX = 5000 }; // milliseconds, for idle workers, which need a thousandth of that

struct slot {
    struct worker worker;
    struct pool_job job;
    uint64_t begin;         // of its segment; when a worker has died, the rest begins elsewhere
    uint64_t told;          // offset of the event that was reported last; at first the same
    struct buffer in;       // bytes received
    size_t in_taken;        // of these, already reported
    uint64_t number;        // of the worker, from 1
    size_t inputs;          // that the worker has been given parts of
    struct message_sum sum; // of the job at hand, since the last death
    size_t floods;          // of the job at hand
    uint64_t died_at;       // where the last worker was that died on the job at hand
    uint64_t renewed_at;    // where in the input the last worker was that was worn out
    struct watch watch;
    // Memory that the worker and this process share, and nobody else.
    struct scan_state *state;
    // The worker that is to take its place, which starts while it is at work, and the memory that
    // is for that: see ask_for_next().
    struct worker next;
    struct scan_state *next_state;
    struct child old; // the one before, killed; until it is gone it may write to `next_state`
    bool is_next_asked_for;
    bool is_busy;
    bool is_worn;     // libevtx has failed in the worker
    bool may_vouch;   // the worker: see vouched.h
    bool has_died;    // a worker on the job at hand
    bool is_given_up; // the job: only POOL_DONE is left to report
    bool is_overdue;  // the worker has been killed for taking too long, and its socket is still to
                      // be read to its end
};

struct pool {
    struct scanner *scanner;
    struct sandbox *sandbox;    // NULL where there can be none
    struct vouched *vouched;    // definitions that the scanner has learned or may yet
    uint64_t started;           // workers
    struct spawner spawner;     // of all but the first worker of each slot
    struct scan_state **states; // two a slot
    bool is_packed;             // inputs are events files, whose content is of any size
    size_t count;
    size_t turn; // slot to be looked at first, so that none waits for the others
    struct slot *slots;
    struct pollfd *polls; // one a slot, and one of the caller
    int64_t looked_at;    // the slots, by watch_now()
};

// Starting workers

static bool share_states(struct pool *pool, size_t number) {
    struct slot *slot = &pool->slots[number];
    slot->state = child_share(sizeof *slot->state);
    slot->next_state = child_share(sizeof *slot->next_state);
    pool->states[2 * number] = slot->state;
    pool->states[2 * number + 1] = slot->next_state;
    return slot->state != NULL && slot->next_state != NULL;
}

static bool ask_spawner(struct pool *pool, const struct slot *slot, const struct scan_state *state,
                        struct worker *worker) {
    const struct spawner_parts parts = {pool->scanner, pool->sandbox, pool->states,
                                        2 * pool->count};
    size_t number = 2 * (size_t)(slot - pool->slots);
    worker->child = (struct child){.socket = -1};
    return (pool->spawner.child.process > 0 || spawner_begin(&pool->spawner, &parts)) &&
           spawner_ask(&pool->spawner, number + (pool->states[number] != state), &worker->child);
}

static void give_up_next(struct slot *slot) {
    if (slot->is_next_asked_for) {
        (void)close(slot->next.child.socket);
        slot->next.child = (struct child){.socket = -1};
        slot->is_next_asked_for = false;
    }
}

// No worker comes of it any more.
static void stop_spawner(struct pool *pool) {
    (void)child_stop(&pool->spawner.child);
    for (size_t i = 0; i < pool->count; i++) {
        give_up_next(&pool->slots[i]);
    }
}

// Waits for the spawner's answer on a worker with this state. Those on the next ones of others may
// come before it.
static pid_t await_answer(struct pool *pool, const struct scan_state *state) {
    size_t number = 0;
    pid_t process = -1;
    while (spawner_take(&pool->spawner, &number, &process) && number < 2 * pool->count) {
        struct slot *slot = &pool->slots[number / 2];
        if (slot->is_next_asked_for && pool->states[number] == slot->next_state) {
            slot->is_next_asked_for = process <= 0;
            slot->next.child.process = process > 0 ? process : 0;
            give_up_next(slot);
        }
        if (pool->states[number] == state) {
            return process;
        }
    }
    stop_spawner(pool);
    return -1;
}

static bool spawn_worker(struct pool *pool, struct slot *slot) {
    if (!ask_spawner(pool, slot, slot->state, &slot->worker)) {
        stop_spawner(pool);
        return false;
    }
    pid_t process = await_answer(pool, slot->state);
    if (process <= 0) {
        (void)close(slot->worker.child.socket);
        slot->worker.child = (struct child){.socket = -1};
        return false;
    }
    slot->worker.child.process = process;
    return true;
}

static void note_new_worker(struct pool *pool, struct slot *slot) {
    slot->number = ++pool->started;
    slot->may_vouch = true;
    slot->inputs = 1;
    slot->is_worn = false;
}

static bool start_worker(struct pool *pool, struct slot *slot) {
    note_new_worker(pool, slot);
    // Most runs need no more than the first.
    const struct worker_parts parts = {
        .scanner = pool->scanner, .sandbox = pool->sandbox, .state = slot->state};
    return (pool->started > pool->count && spawn_worker(pool, slot)) ||
           worker_start(&slot->worker, &parts);
}

// Asks for the worker that is to come after the one at hand, if that has few more inputs to come.
// It starts while others are at work, and gets a state that none of them has.
static void ask_for_next(struct pool *pool, struct slot *slot) {
    if (slot->inputs >= INPUTS_BEFORE_NEXT && !slot->is_next_asked_for &&
        slot->next.child.process <= 0) {
        (void)child_stop(&slot->old);
        slot->is_next_asked_for = ask_spawner(pool, slot, slot->next_state, &slot->next);
    }
}

// Has the one that was asked for take the worker's place, if there is one. The worker's end need
// not be waited for.
static bool take_next(struct pool *pool, struct slot *slot) {
    if (slot->is_next_asked_for) {
        (void)await_answer(pool, slot->next_state);
    }
    if (slot->next.child.process <= 0) {
        return false;
    }
    struct scan_state *state = slot->state;
    child_kill(&slot->worker.child);
    slot->old = slot->worker.child;
    slot->worker = slot->next;
    slot->state = slot->next_state;
    slot->next.child = (struct child){.socket = -1};
    slot->next_state = state;
    note_new_worker(pool, slot);
    return true;
}

struct pool *pool_new(const struct scanner_task *task, const struct scanner_options *options,
                      size_t jobs) {
    struct pool *pool = calloc(1, sizeof *pool);
    if (pool == NULL) {
        return NULL;
    }
    pool->count = jobs;
    pool->scanner = scanner_new(task, options);
    pool->sandbox = sandbox_new(false);
    pool->vouched = vouched_new();
    pool->is_packed = task->replay != NULL;
    pool->slots = calloc(jobs, sizeof *pool->slots);
    pool->polls = calloc(jobs + 1, sizeof *pool->polls);
    pool->states = calloc(2 * jobs, sizeof(struct scan_state *));
    bool ok = pool->scanner != NULL && pool->vouched != NULL && pool->slots != NULL &&
              pool->polls != NULL && pool->states != NULL;
    for (size_t i = 0; ok && i < jobs; i++) {
        ok = share_states(pool, i) && start_worker(pool, &pool->slots[i]);
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
    int64_t deadline = watch_now() + END_TIME_MAX;
    for (size_t i = 0; i < pool->count; i++) {
        if (pool->slots[i].is_next_asked_for) {
            (void)await_answer(pool, pool->slots[i].next_state);
        }
    }
    child_dismiss(&pool->spawner.child);
    child_await_end(&pool->spawner.child, END_TIME_MAX);
    (void)child_stop(&pool->spawner.child);
    for (size_t i = 0; i < pool->count; i++) {
        if (!pool->slots[i].is_busy) {
            child_dismiss(&pool->slots[i].worker.child);
        }
        child_dismiss(&pool->slots[i].next.child);
    }
    for (size_t i = 0; i < pool->count; i++) {
        struct slot *slot = &pool->slots[i];
        int64_t patience = deadline - watch_now();
        if (!slot->is_busy && patience > 0) {
            child_await_end(&slot->worker.child, (int)patience);
        }
        (void)child_stop(&slot->worker.child);
        (void)child_stop(&slot->next.child);
        (void)child_stop(&slot->old);
        end_job(slot);
        buffer_free(&slot->in);
        child_unshare(slot->state, sizeof *slot->state);
        child_unshare(slot->next_state, sizeof *slot->next_state);
    }
}

void pool_free(struct pool *pool) {
    if (pool->slots != NULL) {
        stop_workers(pool);
    }
    scanner_free(pool->scanner);
    sandbox_free(pool->sandbox);
    vouched_free(pool->vouched);
    free(pool->slots);
    free(pool->polls);
    free(pool->states);
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

// Hands the slot's job to its worker, to a new one where the old is gone.
static bool send_job(struct pool *pool, struct slot *slot) {
    const struct pool_job *job = &slot->job;
    if (slot->worker.child.process > 0 && worker_send(&slot->worker, job->fd, &job->segment)) {
        return true;
    }
    (void)child_stop(&slot->worker.child);
    return start_worker(pool, slot) && worker_send(&slot->worker, job->fd, &job->segment);
}

// The buffer at the end of the state needs no clearing.
static void clear_state(struct slot *slot) {
    memset(slot->state, 0, offsetof(struct scan_state, buffer));
}

// What an input has done to a worker without killing it, it would do to the next: the worker is
// replaced where libevtx, which such an input would go through, has failed on one, and in any case
// after a number of them that costs little.
static void replace_worker(struct pool *pool, struct slot *slot, const struct pool_job *job) {
    slot->inputs += slot->job.input != job->input;
    bool is_over = slot->inputs > INPUTS_MAX || (slot->is_worn && slot->job.input != job->input);
    if (is_over && !take_next(pool, slot)) {
        (void)child_stop(&slot->worker.child);
    }
}

static bool is_whole_input(const struct scan_segment *segment) {
    return segment->begin == 0 && segment->end >= segment->input_end && !segment->is_carved &&
           !segment->is_chunk;
}

static void start_job(struct pool *pool, struct slot *slot, const struct pool_job *job) {
    replace_worker(pool, slot, job);
    slot->job = *job;
    slot->begin = job->segment.begin;
    slot->told = slot->begin;
    slot->is_busy = true;
    slot->watch = (struct watch){0};
    slot->is_overdue = false;
    slot->has_died = false;
    slot->died_at = 0;
    slot->renewed_at = 0;
    slot->sum = (struct message_sum){0};
    slot->floods = 0;
    clear_state(slot);
    // Where even that fails, pool_take() finds no worker and says so.
    (void)send_job(pool, slot);
    slot->may_vouch = slot->may_vouch && is_whole_input(&job->segment);
    ask_for_next(pool, slot);
}

void pool_give(struct pool *pool, const struct pool_job *job) {
    for (size_t i = 0; i < pool->count; i++) {
        if (!pool->slots[i].is_busy) {
            start_job(pool, &pool->slots[i], job);
            return;
        }
    }
}

// What the worker claims to have read, as far as the segment has that.
static struct scan_tally tally_of(const struct slot *slot) {
    const struct scan_segment *segment = &slot->job.segment;
    uint64_t size = segment->end - segment->begin;
    struct scan_tally tally = slot->state->tally;
    tally.bytes = tally.bytes < size ? tally.bytes : size;
    tally.chunks = tally.chunks < size ? tally.chunks : size;
    tally.records = tally.records < size ? tally.records : size;
    tally.recovered = tally.recovered < size ? tally.recovered : size;
    return tally;
}

// Chunks are read in the order in which they begin; what one says lies in it, or up to as much
// after it.
uint64_t pool_end(const struct pool *pool, size_t input) {
    const uint64_t back = 2 * (uint64_t)CHUNK_SIZE;
    uint64_t end = UINT64_MAX;
    for (size_t i = 0; i < pool->count; i++) {
        const struct slot *slot = &pool->slots[i];
        if (slot->is_busy && slot->job.input == input) {
            uint64_t own = slot->told > slot->begin + back ? slot->told - back : slot->begin;
            end = own < end ? own : end;
        }
    }
    return end;
}

uint64_t pool_bytes_under_way(const struct pool *pool) {
    uint64_t bytes = 0;
    for (size_t i = 0; i < pool->count; i++) {
        if (pool->slots[i].is_busy) {
            bytes += tally_of(&pool->slots[i]).bytes;
        }
    }
    return bytes;
}

// Reports

static void report_done(struct slot *slot, struct pool_report *report) {
    *report = (struct pool_report){
        .kind = POOL_DONE, .input = slot->job.input, .begin = slot->begin, .tally = tally_of(slot)};
    slot->is_worn = slot->is_worn || slot->state->is_worn != 0;
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
    watch_start_again(&slot->watch);
    slot->is_overdue = false;
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
static bool cut_job(struct slot *slot, uint64_t place) {
    struct scan_segment *segment = &slot->job.segment;
    uint64_t begin = next_place(segment, place);
    if (segment->is_stream || begin >= segment->end) {
        return false;
    }
    segment->begin = begin;
    if (reader_is_sane(slot->state, segment)) {
        memset(slot->state, 0, offsetof(struct scan_state, tally));
    } else {
        clear_state(slot);
    }
    return true;
}

// Sets the job up to go on in a new process, after the chunk that killed the old one. Where the
// state, which the dead process could write to, makes no sense, or says that the job has come no
// further since the last death, it goes on with a new state.
static void report_death(struct pool *pool, struct slot *slot, enum pool_death death,
                         struct pool_report *report) {
    uint64_t place = reader_place(slot->state, &slot->job.segment);
    bool is_progress = !slot->has_died || place > slot->died_at;
    uint64_t died_at = is_progress ? place : slot->died_at;
    forget_worker(slot);
    *report = (struct pool_report){.kind = POOL_DIED,
                                   .input = slot->job.input,
                                   .died_at = place,
                                   .has_died_before = slot->has_died && place == slot->died_at,
                                   .death = death};
    bool goes_on = true;
    if (is_progress && reader_is_sane(slot->state, &slot->job.segment)) {
        reader_skip(slot->state);
    } else {
        goes_on = cut_job(slot, died_at);
    }
    slot->has_died = true;
    slot->died_at = died_at;
    slot->sum = (struct message_sum){0};
    slot->floods += death == DEATH_FLOOD;
    slot->is_given_up = !goes_on || !send_job(pool, slot);
    slot->may_vouch = false;
}

// Has a new worker go on where the old one ended, as its status says, because it was worn out.
// False where it died, or has come no further than the one before.
static bool renew_worker(struct pool *pool, struct slot *slot, int status) {
    const struct scan_segment *segment = &slot->job.segment;
    uint64_t place = reader_place(slot->state, segment);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != WORKER_WORN_OUT ||
        !reader_is_sane(slot->state, segment) || slot->state->in_chunk ||
        place <= slot->renewed_at) {
        return false;
    }
    slot->renewed_at = place;
    forget_worker(slot);
    // Where that fails, the next look at the slot finds no worker and says so.
    (void)send_job(pool, slot);
    slot->may_vouch = false;
    return true;
}

// Whether the worker has sent more than there can be to say. How long a stream is only the worker
// knows.
static bool is_flood(const struct slot *slot) {
    const struct scan_segment *segment = &slot->job.segment;
    uint64_t bytes = segment->is_stream ? slot->state->tally.bytes : segment->end - segment->begin;
    return !message_sum_is_possible(&slot->sum, slot->floods < FLOODS_MAX ? bytes : CHUNK_SIZE);
}

// Ends a worker that has been taken over, or is broken: it is as good as dead.
static void give_up_worker(struct pool *pool, struct slot *slot, enum pool_death death,
                           struct pool_report *report) {
    (void)child_stop(&slot->worker.child);
    report_death(pool, slot, death, report);
}

// Workers started from now on need not compare what enough others have.
static void take_definition(struct pool *pool, const struct slot *slot, struct raw definition) {
    const char *content = (const char *)definition.data;
    if (slot->may_vouch && vouched_add(pool->vouched, content, definition.size, slot->number)) {
        scanner_learn(pool->scanner, content, definition.size);
        if (pool->spawner.child.process > 0) {
            spawner_learn(&pool->spawner, content, definition.size);
        }
    }
}

// Takes the next whole message of what has been received. False when it needs no report.
static bool take_message(struct pool *pool, struct slot *slot, size_t size,
                         struct pool_report *report) {
    slot->in_taken += size;
    slot->sum.count++;
    slot->sum.size += size;
    report->kind = POOL_MESSAGE;
    report->input = slot->job.input;
    report->begin = slot->begin;
    if (!pool->is_packed && is_flood(slot)) {
        give_up_worker(pool, slot, DEATH_FLOOD, report);
    } else if (report->message.kind == MESSAGE_DONE) {
        report_done(slot, report);
    } else if (report->message.kind == MESSAGE_DEFINITION) {
        take_definition(pool, slot, report->message.raw);
        return false;
    } else if (report->message.kind == MESSAGE_EVENT) {
        slot->told = report->message.event_head.offset;
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
    if (!slot->is_busy) {
        return false;
    }
    if (slot->is_given_up) {
        slot->is_given_up = false;
        report_done(slot, report);
        return true;
    }
    if (slot->worker.child.process <= 0) {
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
    ssize_t count = recv(slot->worker.child.socket, to, RECEIVE_SIZE, MSG_DONTWAIT);
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
        if (slot->is_busy && !slot->is_overdue &&
            watch_is_too_long(&slot->watch, slot->state, &slot->job.segment, slot->job.fd,
                              passed)) {
            slot->is_overdue = true;
            child_kill(&slot->worker.child);
        }
    }
}

bool pool_take(struct pool *pool, int other, int timeout, struct pool_report *report) {
    kill_overdue(pool); // first: a worker that has been taken over may send without end
    if (any_pending(pool, report)) {
        return true;
    }
    for (size_t i = 0; i < pool->count; i++) {
        const struct slot *slot = &pool->slots[i];
        pool->polls[i] =
            (struct pollfd){.fd = slot->is_busy ? slot->worker.child.socket : -1, .events = POLLIN};
    }
    pool->polls[pool->count] = (struct pollfd){.fd = other, .events = POLLIN};
    timeout = timeout < WATCH_INTERVAL ? timeout : WATCH_INTERVAL;
    if (poll(pool->polls, (nfds_t)pool->count + 1, timeout) <= 0) {
        return false;
    }
    for (size_t i = 0; i < pool->count; i++) {
        struct slot *slot = &pool->slots[i];
        if (pool->polls[i].revents == 0 || receive(slot)) {
            continue;
        }
        int status = child_stop(&slot->worker.child);
        if (!renew_worker(pool, slot, status)) {
            report_death(pool, slot, death_of(slot, status), report);
            return true;
        }
    }
    return any_pending(pool, report);
}
