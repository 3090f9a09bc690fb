// SPDX-License-Identifier: GPL-3.0-or-later
// Template definitions of which workers say that reading them in place and decoding them gives the
// same, so that workers to come need not find that out again: each would take libevtx for every
// one.
//
// A worker may have been taken over by a log, and say so of a definition that is read wrongly. That
// is why
// - its word counts only while all it has been given are whole inputs that no other worker has had
//   a part of: then it is for the inputs of no other worker to say the same;
// - a definition is believed once VOUCHERS_NEEDED workers have vouched for it.
// One input, or what it has done to a worker, so makes nothing believed. Where that many inputs lie
// together, it costs the workers after that the check of this very content, not what has been
// noticed before, and only matters where this program misreads it. Then records of it are judged by
// what is misread; of those that are reported, the first of each input are decoded all the same.
// That a definition is read wrongly is never passed on.
#ifndef EVTXSEQ_VOUCHED_H
#define EVTXSEQ_VOUCHED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    VOUCHERS_NEEDED = 3,
    // Definitions kept, of at most MESSAGE_DEFINITION_MAX bytes: 1 MiB. Past that, one that is not
    // yet believed makes room for another. Workers that tell many so cost others the time to check,
    // and nothing else.
    VOUCHED_MAX = 128,
};

struct vouched;

// NULL when memory ran out.
struct vouched *vouched_new(void);
void vouched_free(struct vouched *vouched);

// The worker of this number vouches for the definition that `content` tells from others. True where
// that is the last word it took: from now on it is believed.
bool vouched_add(struct vouched *vouched, const char *content, size_t size, uint64_t worker);

#endif
