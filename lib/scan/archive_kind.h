// SPDX-License-Identifier: GPL-3.0-or-later
// What an input or a member of an archive is, told by its first bytes alone: a log, an archive or a
// compressed file, or neither.
#ifndef EVTXSEQ_ARCHIVE_KIND_H
#define EVTXSEQ_ARCHIVE_KIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum archive_kind {
    ARCHIVE_NONE,
    ARCHIVE_ZIP,
    ARCHIVE_7Z,
    ARCHIVE_RAR,
    ARCHIVE_TAR,
    ARCHIVE_CPIO,
    ARCHIVE_ISO,
    ARCHIVE_GZIP,       // compressed as one, perhaps a tar or cpio archive
    ARCHIVE_COMPRESSED, // the same by bzip2, xz, zstd or lz4
};

// So many bytes tell every kind: the mark of an ISO image stands farthest from the start.
enum { ARCHIVE_START_SIZE = 32774 };

enum archive_kind archive_kind_of(const uint8_t *start, size_t size);

// Whether the bytes have a log's signature, or a chunk where the first one of a log is.
bool archive_starts_like_log(const uint8_t *start, size_t size);

// Whether the name, of a file or a path, ends in .evtx in any case.
bool archive_is_named_log(const char *name);

#endif
