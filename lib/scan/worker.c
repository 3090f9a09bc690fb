// SPDX-License-Identifier: GPL-3.0-or-later
#include "scan/worker.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buffer.h"
#include "scan/message.h"
#include "scan/sandbox.h"

bool worker_send(const struct child *worker, int fd, const struct worker_job *job) {
    return child_offer(worker->socket, job, sizeof *job, &fd, 1);
}

// In the process

static bool send_all(int socket, struct buffer *out) {
    size_t sent = 0;
    while (sent < out->size) {
        ssize_t count = send(socket, out->data + sent, out->size - sent, MSG_NOSIGNAL);
        if (count < 0 && errno != EINTR) {
            return false;
        }
        sent += count < 0 ? 0 : (size_t)count;
    }
    buffer_clear(out);
    return true;
}

// Memory that a process can take on top of what it has. A chunk needs a few MiB.
enum { WORKER_MEMORY_MAX = 256 << 20 };

// libevtx 20181227 does not free all it has taken for a record that it gives up on: up to half a
// MiB a chunk has been seen. A process in which that comes to this much is replaced; the rest of
// what it may have is for the chunk at hand.
enum { LEAKED_MAX = WORKER_MEMORY_MAX / 4 };

// No other input is given to one in which it comes to this much: more than its buffers may have.
enum { LEAKED_NOTED = 16 << 20 };

// To ask for it takes as long as reading a few KiB, so it is done once in so many chunks.
enum { CHUNKS_BETWEEN_CHECKS = 4 };

// Bytes allocated. A sanitizer's allocator is not asked: that says 0.
static size_t memory_in_use(void) {
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

// Everything a segment has to say is sent before its next chunk is begun, so that the death of the
// process costs one chunk. Returns what the process is to exit with, or EXIT_SUCCESS to go on.
static int scan_segment(struct scanner *scanner, int socket, int fd,
                        const struct scan_segment *segment, struct scan_state *state,
                        struct buffer *out, size_t memory_before) {
    bool more = true;
    for (size_t steps = 1; more; steps++) {
        more = scanner_step(scanner, fd, segment, state, out);
        if (!more && memory_in_use() > memory_before + LEAKED_NOTED) {
            state->is_worn = 1;
        }
        if (out->failed || !send_all(socket, out)) {
            return EXIT_FAILURE;
        }
        if (more && steps % CHUNKS_BETWEEN_CHECKS == 0 &&
            memory_in_use() > memory_before + LEAKED_MAX) {
            return WORKER_WORN_OUT;
        }
    }
    return EXIT_SUCCESS;
}

bool worker_prepare(void) {
    // libevtx and libxml2 free all they have allocated with each chunk and record; to give memory
    // back to the system each time and ask for it again would take longer than the decoding.
    (void)mallopt(M_TRIM_THRESHOLD, 16 << 20);
    (void)mallopt(M_TOP_PAD, 1 << 20);
    // Fast bins put off the joining of freed blocks, which then has to be done all at once.
    (void)mallopt(M_MXFAST, 0);
    return sandbox_limit(WORKER_MEMORY_MAX);
}

_Noreturn void worker_run(int socket, const struct worker_parts *parts) {
    struct buffer out = {0};
    struct worker_job job;
    int fd = -1;
    int status = socket >= 0 ? EXIT_SUCCESS : EXIT_FAILURE;
    if (!sandbox_enter(parts->sandbox) || !parts->is_limited) {
        message_add_no_sandbox(&out);
    }
    // What the program had allocated before it was forked is not a leak.
    const size_t memory_before = memory_in_use();
    while (status == EXIT_SUCCESS && child_receive(socket, &job, sizeof job, &fd, 1) && fd >= 0) {
        struct scan_state *state = &parts->memory->states[job.state];
        status = scan_segment(parts->scanner, socket, fd, &job.segment, state, &out, memory_before);
        (void)close(fd);
    }
    // The system would free all that too; this way a checker sees what is not freed.
    buffer_free(&out);
    scanner_free(parts->scanner);
    // The unwritten output of the program that was forked is not ours either.
    _exit(status);
}

bool worker_start(struct child *worker, const struct worker_parts *parts) {
    int socket = -1;
    pid_t parent = getpid();
    pid_t process = child_start(worker, SOCK_STREAM, parts->memory, sizeof *parts->memory, &socket);
    if (process == 0) {
        struct worker_parts own = *parts;
        socket = child_settle(socket, parent);
        own.is_limited = worker_prepare();
        worker_run(socket, &own);
    }
    return process > 0;
}
