// SPDX-License-Identifier: GPL-3.0-or-later
// The checksums of an EVTX file: CRC-32 as in ISO 3309.
//
// That of the file header is at 124 and covers the first 120 bytes. A chunk has two: at 124 that of
// its header, the first 120 bytes and from 128 on to the records; at 52 that of its records, up to
// the free space. A log, and each chunk, may say by bit 2 of the flags at 120 that it has none.
// Source: libyal's documentation of the Windows XML Event Log format.
#ifndef EVTXSEQ_CHECKSUM_H
#define EVTXSEQ_CHECKSUM_H

#include <stdbool.h>
#include <stdint.h>

// Whether the first LOG_HEADER_SIZE bytes of a log are what their checksum says, if there is one.
bool checksum_fits_log_header(const uint8_t *data);

enum checksum_result {
    CHECKSUM_FITS, // or there is none
    CHECKSUM_HEADER_DIFFERS,
    CHECKSUM_RECORDS_DIFFER, // and so may the header's
};

// Of the CHUNK_SIZE bytes of a chunk.
enum checksum_result checksum_of_chunk(const uint8_t *data);

#endif
