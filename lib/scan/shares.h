// SPDX-License-Identifier: GPL-3.0-or-later
// Of a merge: which shares of which inputs (share.h) its events files hold, so that a log that
// several have read becomes one input again, and a share that is missing is named.
#ifndef EVTXSEQ_SHARES_H
#define EVTXSEQ_SHARES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scan/message.h"

struct scan;

// An events file that holds one.
struct share_given {
    struct share share;
    uint8_t inputs[SHA256_SIZE]; // as in message_share
    const char *path;
};

// An input of which several hold something.
struct share_source {
    uint8_t inputs[SHA256_SIZE]; // as in message_share
    uint32_t listed;             // its number among these
    size_t source;               // its number in the run
};

// All zero at first.
struct shares {
    struct share_given *given; // owned
    size_t given_count;
    size_t given_capacity;
    struct share_source *sources; // owned
    size_t source_count;
    size_t source_capacity;
};

void shares_free(struct shares *shares);

// Adds a share that an events file holds. `path` is that file's, and must outlive the scan. False
// when memory ran out, here and below.
bool shares_add(struct shares *shares, const struct message_share *share, const char *path);

// Which input of the run this one of the file is: SIZE_MAX when it is new.
size_t shares_find(const struct shares *shares, const struct message_share *share, uint32_t listed);

// That it is this one.
bool shares_add_source(struct shares *shares, const struct message_share *share, uint32_t listed,
                       size_t source);

// Names the shares that no file holds, or more than one does, as problems of the run.
void shares_name_missing(struct shares *shares, struct scan *scan);

#endif
