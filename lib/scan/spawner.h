// SPDX-License-Identifier: GPL-3.0-or-later
// A process that starts workers, and reads no input itself: what it takes to start one does not
// grow with what the main process keeps, and a worker gets no copy of that.
#ifndef EVTXSEQ_SPAWNER_H
#define EVTXSEQ_SPAWNER_H

#include <stdbool.h>
#include <stddef.h>

#include "scan/child.h"
#include "scan/worker.h"

struct spawner {
    struct child child; // its process is 0 where there is none
};

// What its workers are made of.
struct spawner_parts {
    struct scanner *scanner;               // used by the processes, not here
    const struct sandbox *sandbox;         // see sandbox.h
    struct worker_memory *const *memories; // of child_share()
    size_t count;
};

// Starts the process. False with errno set when there can be none.
bool spawner_begin(struct spawner *spawner, const struct spawner_parts *parts);

// Asks for a worker with the memory of this number, and does not wait for it: *worker has its
// socket, and no process yet. False with errno set when there can be none, or the spawner is gone.
bool spawner_ask(const struct spawner *spawner, size_t number, struct child *worker);

// Waits for the next of those that were asked for: the number of its memory, and its process, a
// child of this one, or -1 where there can be none. False when the spawner is gone.
bool spawner_take(const struct spawner *spawner, size_t *number, pid_t *process);

// See scanner_learn(): for workers started from now on. `size` is at most MESSAGE_DEFINITION_MAX.
// Where the spawner is gone, nothing is learned.
void spawner_learn(const struct spawner *spawner, const char *content, size_t size);

#endif
