// SPDX-License-Identifier: GPL-3.0-or-later
// A process of its own, in a sandbox, that is talked to through a socket: what hostile bytes do to
// it, they do to it alone.
#ifndef EVTXSEQ_CHILD_H
#define EVTXSEQ_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct child {
    pid_t process; // 0 when there is none
    int socket;
};

// Memory, filled with zeros, that this process shares with no other but one that is started with
// it. NULL with errno set when there is none.
void *child_share(size_t size);
void child_unshare(void *memory, size_t size);

// Whether processes that are forked from this one share it, whatever they are for.
void child_pass_on(void *memory, size_t size, bool is_shared);

// Starts a process, a copy of this one, that shares `memory`, of child_share(). Returns its process
// ID; in the process itself 0, and *socket is its end of the socket, of this `type` (SOCK_STREAM or
// SOCK_SEQPACKET); -1 with errno set when there can be none.
pid_t child_start(struct child *child, int type, void *memory, size_t size, int *socket);

// Starts a process, a copy of this one that shares `memory`, whose parent is this one's. Returns
// its process ID, 0 in the process itself, or -1 with errno set. It is for the parent to wait for
// it.
pid_t child_start_beside(void *memory, size_t size);

// To be called in the process first: it drops what it has of the program that was forked, its
// descriptors but `socket` and its signal handlers, and from here on dies with `parent`. Gives the
// descriptor that the socket has from now on, or -1.
int child_settle(int socket, pid_t parent);

// The same in a process that one which has settled has started: it has no handlers to drop.
int child_settle_beside(int socket, pid_t parent);

// Lets a process that has nothing to do end by itself, and waits for that, at most `patience`
// milliseconds. It is still to be stopped.
void child_dismiss(const struct child *child);
void child_await_end(const struct child *child, int patience);

// Kills the process. What it had sent can still be received.
void child_kill(const struct child *child);

// Ends the process, by force if it has not ended, and waits for it. Gives how it ended, as
// waitpid() does; 0 when there was none.
int child_stop(struct child *child);

enum { CHILD_DESCRIPTORS_MAX = 6 };

// Sends a message with at most so many descriptors, of which the other side gets copies. Waits for
// room, so it is for a side that is sure to read.
bool child_send(int socket, const void *message, size_t size, const int *fds, size_t count);

// The same for a process that a log may have taken over: false where there is no room, for one that
// does what it is to would have read what it had been sent before.
bool child_offer(int socket, const void *message, size_t size, const int *fds, size_t count);

// Waits for a message of this size. Of the `count` places for descriptors those that come with it
// take the first; the rest are set to -1.
bool child_receive(int socket, void *message, size_t size, int *fds, size_t count);

#endif
