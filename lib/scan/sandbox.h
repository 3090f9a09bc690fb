// SPDX-License-Identifier: GPL-3.0-or-later
// Takes from a process everything that decoding does not need, so that a log which has taken it
// over can do nothing with it but report falsely. See seccomp(2), setrlimit(2).
//
// What is compiled before can be run after, but nothing can become executable any more.
#ifndef EVTXSEQ_SANDBOX_H
#define EVTXSEQ_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

// Closes every descriptor but `socket` and gives what that is from now on, or -1 with errno set.
int sandbox_close_others(int socket);

// What a process may do, made ready once for all that are to enter. Needs no memory to be entered,
// and little time.
struct sandbox;

// For processes that fill pipes, or for others. NULL where the system offers no such thing, or
// memory ran out.
struct sandbox *sandbox_new(bool fills_pipes);
void sandbox_free(struct sandbox *sandbox);

// From here on the process and those that it forks can take `memory_max` bytes of memory on top of
// what it has, open few descriptors, and write no file. False where not all of that can be had.
bool sandbox_limit(size_t memory_max);

// From here on the process can read what it has open or is handed through a socket, send to
// sockets, or fill pipes, that it has, take memory, and end. Any other system call kills it with
// SIGSYS. False where the system offers no such thing, or there is no sandbox (NULL). A sanitizer
// could not work so, so a build with one (EVTXSEQ_SANITIZED) has no sandbox and no limits, and true
// is a lie.
bool sandbox_enter(const struct sandbox *sandbox);

#endif
