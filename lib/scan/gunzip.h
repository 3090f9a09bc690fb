// SPDX-License-Identifier: GPL-3.0-or-later
// Unpacks gzip streams, one after another, and checks what they say of themselves (RFC 1952).
// libarchive 3.6 does not: a damaged stream that seems to end early is a shorter one to it.
#ifndef EVTXSEQ_GUNZIP_H
#define EVTXSEQ_GUNZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct gunzip;

// NULL when memory ran out.
struct gunzip *gunzip_new(void);
void gunzip_free(struct gunzip *gunzip);

enum gunzip_result {
    GUNZIP_BYTES,   // *data and *size are what comes next; valid until the next call
    GUNZIP_MORE,    // gunzip_feed() is needed
    GUNZIP_DAMAGED, // nothing more can be had
    GUNZIP_END,     // of the last stream; what follows is none
};

// The next bytes of what is packed. They must stay until more are asked for (GUNZIP_MORE); none
// mean that the input is at its end.
void gunzip_feed(struct gunzip *gunzip, const uint8_t *data, size_t size);

enum gunzip_result gunzip_next(struct gunzip *gunzip, const uint8_t **data, size_t *size);

#endif
