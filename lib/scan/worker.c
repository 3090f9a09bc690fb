// SPDX-License-Identifier: GPL-3.0-or-later
// A process of its own that scans.
#include "scan/worker.h"

#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buffer.h"
#include "scan/message.h"
#include "scan/sandbox.h"

// Room for one file descriptor beside the message that carries it.
union descriptor_room {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(int))];
};

bool worker_send(const struct worker *worker, int fd, const struct scan_segment *segment) {
    struct scan_segment copy = *segment;
    struct iovec part = {.iov_base = &copy, .iov_len = sizeof copy};
    union descriptor_room room;
    memset(&room, 0, sizeof room);
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = room.bytes,
                             .msg_controllen = sizeof room.bytes};
    struct cmsghdr *control = CMSG_FIRSTHDR(&message);
    control->cmsg_level = SOL_SOCKET;
    control->cmsg_type = SCM_RIGHTS;
    control->cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(control), &fd, sizeof fd);
    ssize_t sent = 0;
    do {
        sent = sendmsg(worker->socket, &message, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent == (ssize_t)sizeof copy;
}

// In the process

static bool receive(int socket, int *fd, struct scan_segment *segment) {
    struct iovec part = {.iov_base = segment, .iov_len = sizeof *segment};
    union descriptor_room room;
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = room.bytes,
                             .msg_controllen = sizeof room.bytes};
    ssize_t count = 0;
    do {
        count = recvmsg(socket, &message, MSG_CMSG_CLOEXEC | MSG_WAITALL);
    } while (count < 0 && errno == EINTR);
    const struct cmsghdr *control = count > 0 ? CMSG_FIRSTHDR(&message) : NULL;
    if (count != (ssize_t)sizeof *segment || control == NULL || control->cmsg_type != SCM_RIGHTS) {
        return false;
    }
    memcpy(fd, CMSG_DATA(control), sizeof *fd);
    return true;
}

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

// libevtx 20181227 does not free all it has taken for a record that it gives up on: up to half a
// MiB a chunk has been seen. A process in which that comes to this much is replaced; the rest of
// what it may have is for the chunk at hand.
enum { LEAKED_MAX = SANDBOX_MEMORY_MAX / 4 };

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

// The handlers of the program that was forked are not ours.
static void drop_handlers(void) {
    struct sigaction action;
    for (int number = 1; number < NSIG; number++) {
        if (sigaction(number, NULL, &action) == 0 && action.sa_handler != SIG_DFL &&
            action.sa_handler != SIG_IGN) {
            (void)signal(number, SIG_DFL);
        }
    }
}

// The kernel sees to it that the process dies with its parent, unless that is dead already.
static bool bind_to_parent(pid_t parent) {
    return prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent;
}

static void tune_malloc(void) {
    // libevtx and libxml2 free all they have allocated with each chunk and record; to give memory
    // back to the system each time and ask for it again would take longer than the decoding.
    (void)mallopt(M_TRIM_THRESHOLD, 16 << 20);
    (void)mallopt(M_TOP_PAD, 1 << 20);
    // Fast bins put off the joining of freed blocks, which then has to be done all at once.
    (void)mallopt(M_MXFAST, 0);
}

static _Noreturn void run(int socket, pid_t parent, struct scanner *scanner,
                          struct scan_state *state) {
    struct buffer out = {0};
    struct scan_segment segment;
    int fd = -1;
    drop_handlers();
    tune_malloc();
    socket = sandbox_close_others(socket);
    int status = socket >= 0 && bind_to_parent(parent) ? EXIT_SUCCESS : EXIT_FAILURE;
    if (status == EXIT_SUCCESS && !sandbox_enter()) {
        message_add_no_sandbox(&out);
    }
    // What the program had allocated before it was forked is not a leak.
    const size_t memory_before = memory_in_use();
    while (status == EXIT_SUCCESS && receive(socket, &fd, &segment)) {
        status = scan_segment(scanner, socket, fd, &segment, state, &out, memory_before);
        (void)close(fd);
    }
    // The system would free all that too; this way a checker sees what is not freed.
    buffer_free(&out);
    scanner_free(scanner);
    // The unwritten output of the program that was forked is not ours either.
    _exit(status);
}

bool worker_start(struct worker *worker, struct scanner *scanner, struct scan_state *state) {
    int sockets[2];
    *worker = (struct worker){.socket = -1};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0) {
        return false;
    }
    pid_t parent = getpid();
    pid_t process = fork();
    if (process == 0) {
        run(sockets[1], parent, scanner, state);
    }
    (void)close(sockets[1]);
    if (process < 0) {
        (void)close(sockets[0]);
        return false;
    }
    worker->process = process;
    worker->socket = sockets[0];
    return true;
}

void worker_dismiss(const struct worker *worker) {
    if (worker->process > 0) {
        (void)shutdown(worker->socket, SHUT_WR);
    }
}

void worker_await_end(const struct worker *worker, int patience) {
    struct pollfd end = {.fd = worker->socket};
    if (worker->process > 0) {
        (void)poll(&end, 1, patience); // for POLLHUP, which need not be asked for
    }
}

void worker_kill(const struct worker *worker) {
    if (worker->process > 0) {
        (void)kill(worker->process, SIGKILL);
    }
}

int worker_stop(struct worker *worker) {
    int status = 0;
    if (worker->process <= 0) {
        return status;
    }
    (void)close(worker->socket);
    worker_kill(worker);
    while (waitpid(worker->process, &status, 0) < 0 && errno == EINTR) {
    }
    worker->process = 0;
    worker->socket = -1;
    return status;
}
