// SPDX-License-Identifier: GPL-3.0-or-later
// The header of an EVTX file: 4096 bytes, of which the first 128 are in use.
//
// Signature "ElfFile\0"; at 32 the size in use, 128; at 36 the version, 3.1 (two u16, the smaller
// part first); at 40 the size of the header block, 4096; at 120 flags, of which bit 0 says that the
// log was not closed. What it says of its chunks is not read: it is brought up to date late, or not
// at all. Source: libyal's documentation of the Windows XML Event Log format.
#ifndef EVTXSEQ_LOG_HEADER_H
#define EVTXSEQ_LOG_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LOG_HEADER_SIZE = 4096 };

struct log_header {
    bool has_signature;
    bool is_damaged; // signature there, but something else is not what it must be
    bool is_closed;  // signature there, and the log was closed
};

// Reads the first `size` bytes of a file, fewer than LOG_HEADER_SIZE if it has no more.
void log_header_read(const uint8_t *data, size_t size, struct log_header *header);

#endif
