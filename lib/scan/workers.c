// SPDX-License-Identifier: GPL-3.0-or-later
#include "scan/workers.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "scan/sandbox.h"
#include "scan/spawner.h"
#include "scan/watch.h"

enum { END_TIME_MAX = 5000 }; // milliseconds, for those dismissed, which need a thousandth of that

struct seat {
    struct child child; // its process is 0 as long as the worker is only asked for
    bool is_asked_for;
    bool is_dismissed;
    bool has_had_one;
    struct child old; // the one that has retired: until it is gone it may write to what it shares
    size_t memory;    // the number of the worker's; the other of the two is the old one's
};

struct workers {
    struct scanner *scanner;
    struct sandbox *sandbox; // NULL where there can be none
    struct spawner spawner;
    bool is_spawner_of_use; // false once it could not start one
    struct seat *seats;
    struct worker_memory **memories; // by number, two a seat
    size_t count;
};

static const struct child no_child = {.socket = -1};

struct workers *workers_new(struct scanner *scanner, size_t count) {
    struct workers *workers = calloc(1, sizeof *workers);
    if (workers == NULL) {
        return NULL;
    }
    workers->scanner = scanner;
    workers->sandbox = sandbox_new(false);
    workers->is_spawner_of_use = true;
    workers->seats = calloc(count, sizeof *workers->seats);
    workers->memories = calloc(2 * count, sizeof(struct worker_memory *));
    bool ok = workers->seats != NULL && workers->memories != NULL;
    for (size_t i = 0; ok && i < count; i++) {
        workers->seats[i] = (struct seat){.child = no_child, .memory = 2 * i};
        workers->memories[2 * i] = child_share(sizeof(struct worker_memory));
        workers->memories[2 * i + 1] = child_share(sizeof(struct worker_memory));
        workers->count = i + 1;
        ok = workers->memories[2 * i] != NULL && workers->memories[2 * i + 1] != NULL;
    }
    if (!ok) {
        int error = errno;
        workers_free(workers);
        errno = error;
        return NULL;
    }
    return workers;
}

// Nothing comes of what it has been asked for.
static void drop_spawner(struct workers *workers) {
    (void)child_stop(&workers->spawner.child);
    workers->is_spawner_of_use = false;
    for (size_t i = 0; i < workers->count; i++) {
        struct seat *seat = &workers->seats[i];
        if (seat->is_asked_for) {
            (void)close(seat->child.socket);
            seat->child = no_child;
            seat->is_asked_for = false;
        }
    }
}

void workers_settle(struct workers *workers) {
    size_t number = 0;
    pid_t process = -1;
    if (!spawner_take(&workers->spawner, &number, &process) || number >= 2 * workers->count) {
        drop_spawner(workers);
        return;
    }
    struct seat *seat = &workers->seats[number / 2];
    seat->is_asked_for = false;
    if (process > 0) {
        seat->child.process = process;
    } else {
        (void)close(seat->child.socket);
        seat->child = no_child;
        workers->is_spawner_of_use = false;
    }
}

static void await_answer(struct workers *workers, const struct seat *seat) {
    while (seat->is_asked_for) {
        workers_settle(workers);
    }
}

static bool ask_spawner(struct workers *workers, struct seat *seat) {
    const struct spawner_parts parts = {workers->scanner, workers->sandbox, workers->memories,
                                        2 * workers->count};
    bool is_asked =
        workers->is_spawner_of_use &&
        (workers->spawner.child.process > 0 || spawner_begin(&workers->spawner, &parts)) &&
        spawner_ask(&workers->spawner, seat->memory, &seat->child);
    seat->is_asked_for = is_asked;
    if (!is_asked) {
        drop_spawner(workers);
    }
    return is_asked;
}

bool workers_start(struct workers *workers, size_t seat_number) {
    struct seat *seat = &workers->seats[seat_number];
    const struct worker_parts parts = {.scanner = workers->scanner,
                                       .sandbox = workers->sandbox,
                                       .memory = workers->memories[seat->memory]};
    // Most runs need no more than the first.
    bool is_first = !seat->has_had_one;
    seat->has_had_one = true;
    return (!is_first && ask_spawner(workers, seat)) || worker_start(&seat->child, &parts);
}

bool workers_has(const struct workers *workers, size_t seat) {
    return workers->seats[seat].child.socket >= 0;
}

struct worker_memory *workers_memory(const struct workers *workers, size_t seat) {
    return workers->memories[workers->seats[seat].memory];
}

bool workers_send(const struct workers *workers, size_t seat, int fd,
                  const struct worker_job *job) {
    return worker_send(&workers->seats[seat].child, fd, job);
}

int workers_socket(const struct workers *workers, size_t seat) {
    return workers->seats[seat].child.socket;
}

void workers_kill(struct workers *workers, size_t seat) {
    await_answer(workers, &workers->seats[seat]);
    child_kill(&workers->seats[seat].child);
}

bool workers_stop(struct workers *workers, size_t seat, int *status) {
    struct child *child = &workers->seats[seat].child;
    await_answer(workers, &workers->seats[seat]);
    bool is_there = child->process > 0;
    *status = child_stop(child);
    return is_there;
}

void workers_retire(struct workers *workers, size_t seat_number) {
    struct seat *seat = &workers->seats[seat_number];
    workers_kill(workers, seat_number);
    if (seat->child.process > 0) {
        (void)child_stop(&seat->old);
        seat->old = seat->child;
        seat->child = no_child;
        seat->memory ^= 1;
    }
}

int workers_descriptor(const struct workers *workers) {
    for (size_t i = 0; i < workers->count; i++) {
        if (workers->seats[i].is_asked_for) {
            return workers->spawner.child.socket;
        }
    }
    return -1;
}

void workers_learn(struct workers *workers, const char *content, size_t size) {
    scanner_learn(workers->scanner, content, size);
    if (workers->spawner.child.process > 0) {
        spawner_learn(&workers->spawner, content, size);
    }
}

void workers_dismiss(struct workers *workers, size_t seat) {
    await_answer(workers, &workers->seats[seat]);
    child_dismiss(&workers->seats[seat].child);
    workers->seats[seat].is_dismissed = true;
}

static void end_all(struct workers *workers) {
    int64_t deadline = watch_now() + END_TIME_MAX;
    child_dismiss(&workers->spawner.child);
    child_await_end(&workers->spawner.child, END_TIME_MAX);
    (void)child_stop(&workers->spawner.child);
    for (size_t i = 0; i < workers->count; i++) {
        struct seat *seat = &workers->seats[i];
        int64_t patience = deadline - watch_now();
        if (seat->is_dismissed && patience > 0) {
            child_await_end(&seat->child, (int)patience);
        }
        (void)child_stop(&seat->child);
        (void)child_stop(&seat->old);
    }
}

void workers_free(struct workers *workers) {
    if (workers == NULL) {
        return;
    }
    for (size_t i = 0; i < workers->count; i++) {
        await_answer(workers, &workers->seats[i]);
    }
    end_all(workers);
    for (size_t i = 0; i < 2 * workers->count; i++) {
        child_unshare(workers->memories[i], sizeof *workers->memories[i]);
    }
    sandbox_free(workers->sandbox);
    free(workers->memories);
    free(workers->seats);
    free(workers);
}
