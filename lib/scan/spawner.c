// SPDX-License-Identifier: GPL-3.0-or-later
#include "scan/spawner.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "scan/message.h"

// A worker is to be started, whose end of the socket comes with it, or a definition learned, whose
// content comes next.
struct request {
    uint32_t number; // of the memory
    uint32_t size;   // bytes of content; 0 for a worker
};

struct answer {
    uint32_t number;
    pid_t process;
};

bool spawner_ask(const struct spawner *spawner, size_t number, struct child *worker) {
    const struct request request = {.number = (uint32_t)number};
    int sockets[2];
    *worker = (struct child){.socket = -1};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0) {
        return false;
    }
    bool is_asked = child_send(spawner->child.socket, &request, sizeof request, &sockets[1], 1);
    (void)close(sockets[1]);
    if (!is_asked) {
        (void)close(sockets[0]);
        errno = EAGAIN;
        return false;
    }
    worker->socket = sockets[0];
    return true;
}

bool spawner_take(const struct spawner *spawner, size_t *number, pid_t *process) {
    struct answer answer;
    int none = -1;
    if (!child_receive(spawner->child.socket, &answer, sizeof answer, &none, 1)) {
        return false;
    }
    *number = answer.number;
    *process = answer.process;
    return true;
}

void spawner_learn(const struct spawner *spawner, const char *content, size_t size) {
    const struct request request = {.size = (uint32_t)size};
    (void)(child_send(spawner->child.socket, &request, sizeof request, NULL, 0) &&
           child_send(spawner->child.socket, content, size, NULL, 0));
}

// In the process

static pid_t start(pid_t parent, const struct worker_parts *worker, int socket) {
    pid_t process = child_start_beside(worker->memory, sizeof *worker->memory);
    if (process == 0) {
        worker_run(child_settle_beside(socket, parent), worker);
    }
    return process;
}

static bool learn(int socket, struct scanner *scanner, size_t size) {
    char content[MESSAGE_DEFINITION_MAX];
    int none = -1;
    bool ok = size <= sizeof content && child_receive(socket, content, size, &none, 1);
    if (ok) {
        scanner_learn(scanner, content, size);
    }
    return ok;
}

static _Noreturn void run(int socket, pid_t parent, const struct spawner_parts *parts) {
    struct request request;
    int fd = -1;
    socket = child_settle(socket, parent);
    struct worker_parts worker = {parts->scanner, parts->sandbox, NULL, worker_prepare()};
    bool ok = socket >= 0;
    while (ok && child_receive(socket, &request, sizeof request, &fd, 1)) {
        if (request.size > 0) {
            ok = learn(socket, parts->scanner, request.size);
        } else if (fd >= 0 && request.number < parts->count) {
            worker.memory = parts->memories[request.number];
            const struct answer answer = {request.number, start(parent, &worker, fd)};
            (void)close(fd);
            ok = child_send(socket, &answer, sizeof answer, NULL, 0);
        }
    }
    scanner_free(parts->scanner);
    _exit(EXIT_SUCCESS);
}

// Whether processes forked from now on share the memories.
static void share_memories(const struct spawner_parts *parts, bool are_shared) {
    for (size_t i = 0; i < parts->count; i++) {
        child_pass_on(parts->memories[i], sizeof *parts->memories[i], are_shared);
    }
}

bool spawner_begin(struct spawner *spawner, const struct spawner_parts *parts) {
    int socket = -1;
    pid_t parent = getpid();
    share_memories(parts, true);
    pid_t process = child_start(&spawner->child, SOCK_SEQPACKET, NULL, 0, &socket);
    int error = errno;
    share_memories(parts, false);
    if (process == 0) {
        run(socket, parent, parts);
    }
    errno = error;
    return process > 0;
}
