// SPDX-License-Identifier: GPL-3.0-or-later
// The inputs of a run that are to be read as logs, and what has become known of each.
#ifndef EVTXSEQ_SOURCES_H
#define EVTXSEQ_SOURCES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scan/file_id.h"
#include "scan/hashes.h"
#include "scan/reader.h"

struct source {
    const char *path; // not owned
    bool is_once;     // cannot be read again, as a pipe cannot
    bool in_archive;  // or comes by a stream
    bool in_image;    // is a forensic image
    bool is_not_a_log;
    bool has_chunks; // with a signature
    bool is_closed;  // its file header says so
    uint64_t newest; // the highest number of a record, and the offset of the chunk that has it
    uint64_t newest_chunk;
    bool is_shared;   // others read the rest of it: see share.h
    uint32_t listed;  // its number in the listing of a run that is shared out
    bool is_off_grid; // chunks of it are not where they should be
    bool is_shorter;  // than it was when it was opened; that has been said
    uint64_t size;    // bytes; 0 when that is not known
    struct file_id id;
    size_t problems;         // of it that are listed: see problem_cut.h
    uint64_t problem_cut;    // those that lie at the place of this number, or after it, are not
    uint64_t creations;      // bytes of these that are kept, or would be: see kept.h
    size_t weight;           // of its events in the timeline, at most, and of those dropped
    size_t dropped;          // of these: see match/pruning.h
    size_t left_out;         // events of it that are not in the timeline
    uint64_t cut;            // all of those that lie here, or after it
    uint32_t rank;           // its number in the order of paths, once they are ranked
    struct scan_tally tally; // of the first pass
    struct input_hash hash;
    size_t image; // its number among the images, if in_image
};

struct sources {
    struct source *list; // by number; owned
    size_t count;
    size_t capacity;
    size_t *by_rank; // numbers, in the order of paths; NULL until they are ranked; owned
};

void sources_free(struct sources *sources);

// Adds one, as the last. False when memory ran out, here and below.
bool sources_add(struct sources *sources, const char *path);

// Numbers them in the order of paths, once they are all there.
bool sources_rank(struct sources *sources);

// Whether one of them is this file.
bool sources_have_file(const struct sources *sources, struct file_id id);

#endif
