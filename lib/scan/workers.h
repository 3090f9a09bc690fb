// SPDX-License-Identifier: GPL-3.0-or-later
// The workers of a pool, each at a seat: a number from 0. The first at each is a copy of this
// process. Those that take its place are started by a spawner while the others are at work, and
// nobody waits for them: what is sent to one that is still to come, it finds when it is there.
#ifndef EVTXSEQ_WORKERS_H
#define EVTXSEQ_WORKERS_H

#include <stdbool.h>
#include <stddef.h>

#include "scan/worker.h"

struct workers;

// Seats without workers. `scanner` must outlive them. NULL with errno set when memory ran out.
struct workers *workers_new(struct scanner *scanner, size_t count);

// Workers that have been dismissed, as they have nothing to do, get the time to end by themselves.
void workers_dismiss(struct workers *workers, size_t seat);
void workers_free(struct workers *workers);

// Seats a worker where there is none. False when there can be none.
bool workers_start(struct workers *workers, size_t seat);

// Whether there is one, or one is to come.
bool workers_has(const struct workers *workers, size_t seat);

// What the worker and this process share, and nobody else. It stays what it is when the worker is
// stopped, and is other memory when it has retired.
struct worker_memory *workers_memory(const struct workers *workers, size_t seat);

// See worker_send(). There is a worker.
bool workers_send(const struct workers *workers, size_t seat, int fd, const struct worker_job *job);

// Where its messages come from; -1 where there is no worker.
int workers_socket(const struct workers *workers, size_t seat);

// See child_kill() and child_stop(). False where there is none to be stopped: the one that was to
// come has not.
void workers_kill(struct workers *workers, size_t seat);
bool workers_stop(struct workers *workers, size_t seat, int *status);

// Ends a worker that is done with all it has been given, and does not wait for that.
void workers_retire(struct workers *workers, size_t seat);

// Readable as soon as it is known of one that is to come whether it does, which workers_settle() is
// to be told of; -1 where none is to come. A seat may have no worker after that.
int workers_descriptor(const struct workers *workers);
void workers_settle(struct workers *workers);

// See scanner_learn(): for workers started from now on.
void workers_learn(struct workers *workers, const char *content, size_t size);

#endif
