// SPDX-License-Identifier: GPL-3.0-or-later
// Files that can seek.
#ifndef EVTXSEQ_FILE_H
#define EVTXSEQ_FILE_H

#include <stddef.h>
#include <stdint.h>

// Reads `size` bytes from an offset on. Returns how many there are; where they are fewer, errno is
// 0 at the file's end, and else says why.
size_t file_read(int fd, uint64_t offset, void *to, size_t size);

#endif
