// SPDX-License-Identifier: GPL-3.0-or-later
#include "scan/child.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "scan/sandbox.h"

// Room for file descriptors beside the message that carries them.
union descriptor_room {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(CHILD_DESCRIPTORS_MAX * sizeof(int))];
};

static void add_descriptors(struct msghdr *message, union descriptor_room *room, const int *fds,
                            size_t count) {
    memset(room, 0, sizeof *room);
    message->msg_control = room->bytes;
    message->msg_controllen = CMSG_SPACE(count * sizeof *fds);
    struct cmsghdr *control = CMSG_FIRSTHDR(message);
    control->cmsg_level = SOL_SOCKET;
    control->cmsg_type = SCM_RIGHTS;
    control->cmsg_len = CMSG_LEN(count * sizeof *fds);
    memcpy(CMSG_DATA(control), fds, count * sizeof *fds);
}

static bool send_message(int socket, const void *message, size_t size, const int *fds, size_t count,
                         int flags) {
    // Sending changes nothing of it.
    struct iovec part = {.iov_base = (void *)message, .iov_len = size};
    struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1};
    union descriptor_room room;
    if (count > 0) {
        add_descriptors(&header, &room, fds, count);
    }
    ssize_t sent = 0;
    do {
        sent = sendmsg(socket, &header, MSG_NOSIGNAL | flags);
    } while (sent < 0 && errno == EINTR);
    return sent == (ssize_t)size;
}

bool child_send(int socket, const void *message, size_t size, const int *fds, size_t count) {
    return send_message(socket, message, size, fds, count, 0);
}

bool child_offer(int socket, const void *message, size_t size, const int *fds, size_t count) {
    return send_message(socket, message, size, fds, count, MSG_DONTWAIT);
}

bool child_receive(int socket, void *message, size_t size, int *fds, size_t count) {
    struct iovec part = {.iov_base = message, .iov_len = size};
    union descriptor_room room;
    struct msghdr header = {.msg_iov = &part,
                            .msg_iovlen = 1,
                            .msg_control = room.bytes,
                            .msg_controllen = CMSG_SPACE(count * sizeof *fds)};
    ssize_t received = 0;
    memset(fds, -1, count * sizeof *fds); // each of them
    do {
        received = recvmsg(socket, &header, MSG_CMSG_CLOEXEC | MSG_WAITALL);
    } while (received < 0 && errno == EINTR);
    const struct cmsghdr *control = received > 0 ? CMSG_FIRSTHDR(&header) : NULL;
    if (control != NULL && control->cmsg_type == SCM_RIGHTS) {
        size_t came = (control->cmsg_len - CMSG_LEN(0)) / sizeof *fds;
        memcpy(fds, CMSG_DATA(control), (came < count ? came : count) * sizeof *fds);
    }
    return received == (ssize_t)size;
}

// In the process

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

int child_settle_beside(int socket, pid_t parent) {
    socket = sandbox_close_others(socket);
    // The kernel sees to it that the process dies with its parent, unless that is dead already.
    bool is_bound = prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent;
    return is_bound ? socket : -1;
}

int child_settle(int socket, pid_t parent) {
    drop_handlers();
    return child_settle_beside(socket, parent);
}

void *child_share(size_t size) {
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory != MAP_FAILED && madvise(memory, size, MADV_DONTFORK) != 0) {
        child_unshare(memory, size);
        memory = MAP_FAILED;
    }
    return memory == MAP_FAILED ? NULL : memory;
}

void child_unshare(void *memory, size_t size) {
    if (memory != NULL) {
        int error = errno;
        (void)munmap(memory, size);
        errno = error;
    }
}

// Where the advice fails, a process that needs the memory ends on its first use of it.
void child_pass_on(void *memory, size_t size, bool is_shared) {
    int error = errno;
    (void)madvise(memory, size, is_shared ? MADV_DOFORK : MADV_DONTFORK);
    errno = error;
}

static pid_t fork_with(void *memory, size_t size) {
    child_pass_on(memory, size, true);
    pid_t process = fork();
    if (process != 0) {
        child_pass_on(memory, size, false);
    }
    return process;
}

pid_t child_start_beside(void *memory, size_t size) {
    child_pass_on(memory, size, true);
    // What fork() would do besides is for processes with several threads.
    pid_t process = (pid_t)syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
    if (process != 0) {
        child_pass_on(memory, size, false);
    }
    return process;
}

pid_t child_start(struct child *child, int type, void *memory, size_t size, int *socket) {
    int sockets[2];
    *child = (struct child){.socket = -1};
    if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, sockets) != 0) {
        return -1;
    }
    pid_t process = fork_with(memory, size);
    if (process == 0) {
        *socket = sockets[1];
        return 0;
    }
    (void)close(sockets[1]);
    if (process < 0) {
        int error = errno;
        (void)close(sockets[0]);
        errno = error;
        return -1;
    }
    *child = (struct child){.process = process, .socket = sockets[0]};
    return process;
}

void child_dismiss(const struct child *child) {
    if (child->process > 0) {
        (void)shutdown(child->socket, SHUT_WR);
    }
}

void child_await_end(const struct child *child, int patience) {
    struct pollfd end = {.fd = child->socket};
    if (child->process > 0) {
        (void)poll(&end, 1, patience); // for POLLHUP, which need not be asked for
    }
}

void child_kill(const struct child *child) {
    if (child->process > 0) {
        (void)kill(child->process, SIGKILL);
    }
}

int child_stop(struct child *child) {
    int status = 0;
    if (child->process <= 0) {
        return status;
    }
    (void)close(child->socket);
    child_kill(child);
    while (waitpid(child->process, &status, 0) < 0 && errno == EINTR) {
    }
    *child = (struct child){.socket = -1};
    return status;
}
