// SPDX-License-Identifier: GPL-3.0-or-later
// A process of its own that scans: what the hostile bytes of a log do to it, they do to it alone.
#ifndef EVTXSEQ_WORKER_H
#define EVTXSEQ_WORKER_H

#include <stdbool.h>

#include "scan/child.h"
#include "scan/scanner.h"

// Jobs that a worker is given at a time: the one that it is at, and the one that it goes on with.
enum { WORKER_JOBS_MAX = 2 };

// What it shares with the process that started it: where each of its jobs stands.
struct worker_memory {
    struct scan_state states[WORKER_JOBS_MAX];
};

struct worker_job {
    struct scan_segment segment; // it goes on where its state says
    size_t state;                // the number of its state
};

// What a worker is made of.
struct worker_parts {
    struct scanner *scanner;       // used by the process, not here
    const struct sandbox *sandbox; // see sandbox.h
    struct worker_memory *memory;  // of child_share()
    bool is_limited;               // what worker_prepare() gave; for the process alone
};

// How a process exits that has used up its memory: between two chunks, with everything sent, so
// that another can go on where the shared state says.
enum { WORKER_WORN_OUT = 3 };

// Starts a process that waits for jobs, and dies with the thread that started it. Messages are what
// comes out of its socket. False with errno set when there can be no process.
bool worker_start(struct child *worker, const struct worker_parts *parts);

// Makes a process ready to be a worker, or to start some, which are so from their start. False
// where limits cannot be set: see sandbox_limit().
bool worker_prepare(void);

// What that process does, once it is ready and has settled: `socket` is its end.
_Noreturn void worker_run(int socket, const struct worker_parts *parts);

// Hands over a job, with an open file which the process gets a copy of. Does not wait. False when
// the process is gone, or, with errno EAGAIN, takes nothing of what it is given.
bool worker_send(const struct child *worker, int fd, const struct worker_job *job);

#endif
