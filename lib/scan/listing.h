// SPDX-License-Identifier: GPL-3.0-or-later
// The inputs of a run that is shared out (share.h): all that the paths name, listed before any is
// read, and handed out where a share has something of them.
#ifndef EVTXSEQ_LISTING_H
#define EVTXSEQ_LISTING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/sha256.h"
#include "scan/file_id.h"
#include "scan/inputs.h"
#include "scan/share.h"

struct listing;

// Lists what the inputs hand out, which must stay as long as the listing does. NULL when memory ran
// out.
struct listing *listing_new(struct inputs *inputs, struct share share);
void listing_free(struct listing *listing);

struct listed {
    struct input input;
    uint32_t number;    // in the order of paths: the same in every share
    bool is_begun;      // its first byte is the share's, or it has none and its place is
    struct stretch own; // which of its bytes are the share's, before parts are looked at
};

// The next input of which something is the share's. False when there are no more.
bool listing_next(struct listing *listing, struct listed *listed);

// The bytes that are the share's.
uint64_t listing_bytes(const struct listing *listing);

// Whether one of the inputs is this file, be it the share's or not.
bool listing_has_file(const struct listing *listing, struct file_id id);

// By what shares know that they are of the same inputs: a hash of the number of shares and of each
// input's path, size and first bytes.
void listing_hash(const struct listing *listing, uint8_t digest[SHA256_SIZE]);

#endif
