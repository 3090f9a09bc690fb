// SPDX-License-Identifier: GPL-3.0-or-later
// An archive as libarchive reads it, from a file or from an entry of another archive; what is
// damaged of it is passed over. For unpack.h.
#ifndef EVTXSEQ_LAYER_H
#define EVTXSEQ_LAYER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scan/archive_kind.h"
#include "scan/unpack.h"

struct archive;
struct archive_entry;
struct gunzip;

enum { FEED_SIZE = 256 << 10 };

// The file that all comes from, and what has come of it.
struct feed {
    int fd;
    bool is_stream; // cannot seek
    uint64_t size;  // 0 where it is not known
    volatile uint64_t *progress;
    bool has_failed;             // to be read
    uint64_t consumed;           // bytes of it
    uint64_t unpacked;           // bytes that have come out
    enum unpack_trouble stopped; // a limit: no more is to be unpacked
    uint8_t bytes[FEED_SIZE];
};

// Bytes of the file, where it can seek from `offset`. 0 at its end, or where it cannot be read.
size_t feed_read(struct feed *feed, uint64_t offset, uint8_t *to, size_t size);

// The first bytes of an archive or a member, read to tell what it is.
struct head {
    uint8_t *data; // owned
    size_t size;
    size_t next; // the first that has not been given on
    bool is_all; // nothing follows
};

void head_free(struct head *head);

// Adds bytes. False when memory ran out.
bool head_add(struct head *head, const uint8_t *data, size_t size);

// What has not been given on. False when nothing.
bool head_take(struct head *head, const uint8_t **data, size_t *size);

struct layer {
    struct feed *feed;
    struct layer *outer;     // its entry at hand is the archive; NULL where the file is
    struct archive *archive; // NULL where memory ran out
    bool is_open;            // libarchive has taken it for what it seems to be
    enum archive_kind kind;
    char *name;     // in the outermost; owned; NULL for that itself
    bool is_nested; // it counts as an archive within another
    struct head head;
    bool can_seek;
    uint64_t position;     // of the next byte to be read, where it can seek
    struct gunzip *gunzip; // owned; of a gzip file
    uint64_t *given;       // of a zip archive: where the data of entries seen lie; owned
    size_t given_count;
    size_t given_capacity;
    bool is_swept;               // entries are looked for by their own headers
    uint64_t resumed_at;         // where reading began anew
    uint64_t resume_from;        // and where to look for the next place
    size_t resumed;              // how often
    uint64_t entries;            // seen
    bool is_over;                // no more entries
    enum unpack_trouble trouble; // with the archive itself
    // The entry at hand.
    enum unpack_trouble entry_trouble;
    bool entry_is_over;
    uint64_t at;          // bytes of it that have been given out
    const uint8_t *block; // that follow, after a hole
    size_t block_size;
    uint64_t block_at;
};

// Opens the archive, of which `feed`, `outer`, `kind`, `name`, `head` and `can_seek` are set and
// all else is zero. What is wrong with it is told when there are no entries.
void layer_open(struct layer *layer);
void layer_close(struct layer *layer);

// The next entry, owned by libarchive and valid until the next call. False when there are no more;
// then `trouble` is set.
bool layer_next(struct layer *layer, struct archive_entry **entry);

// The next bytes of the entry at hand; valid until the next call. False at its end; then
// `entry_trouble` is set.
bool layer_read(struct layer *layer, const uint8_t **data, size_t *size);

#endif
