// SPDX-License-Identifier: GPL-3.0-or-later
// What a process sends the bytes of a log by: a pipe to the worker that scans them.
//
// The pipe is lent pages that hold the bytes (vmsplice(2)), and who reads from it copies them from
// there. For write(2) the kernel would find, fill and free as many pages of its own, which takes
// half as long as to unpack them. What becomes of a page once it has been read is nothing to who
// has read it.
#ifndef EVTXSEQ_OUTLET_H
#define EVTXSEQ_OUTLET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Room that there is to be in the pipe: twice what a worker reads at once, so that it can be filled
// meanwhile. Without privileges it cannot be larger.
enum { OUTLET_PIPE_SIZE = 1 << 20 };

struct outlet {
    int fd;         // owned
    bool may_lend;  // pages
    size_t copied;  // bytes, before the first that have been lent
    uint8_t *pages; // to be lent, in turn; owned; NULL as long as none are
    size_t next;    // of them
};

// `fd` is a pipe that has room for `pipe_size` bytes.
void outlet_open(struct outlet *outlet, int fd, size_t pipe_size);
void outlet_close(struct outlet *outlet);

// Waits until all bytes are in the pipe. False where nobody reads any more.
bool outlet_send(struct outlet *outlet, const uint8_t *data, size_t size);

#endif
