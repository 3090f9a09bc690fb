// SPDX-License-Identifier: GPL-3.0-or-later
// The header of an EVTX file: 4096 bytes, of which the first 128 are in use.
//
// Signature "ElfFile\0"; at 16 the number of the last chunk (u64); at 32 the size in use, 128; at
// 40 the size of the header block, 4096; at 42 the number of chunks (u16); at 120 flags, of which
// bit 0 says that the log was not closed. Source: libyal's documentation of the Windows XML Event
// Log format.
#ifndef EVTXSEQ_LOG_HEADER_H
#define EVTXSEQ_LOG_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LOG_HEADER_SIZE = 4096 };

struct log_header {
    bool has_signature;
    bool is_damaged; // signature there, but other constants are not what they must be
    // Chunks at and after this offset in the file are of an earlier generation of the log;
    // UINT64_MAX where the header cannot tell: a log that was not closed, or a damaged header.
    uint64_t live_end;
};

// Reads the first `size` bytes of a file, fewer than LOG_HEADER_SIZE if it has no more.
void log_header_read(const uint8_t *data, size_t size, struct log_header *header);

#endif
