// SPDX-License-Identifier: GPL-3.0-or-later
// Logs with findings spread over their chunks. The same seed gives the same bytes.
#ifndef EVTXSEQ_TESTS_PAIRED_LOG_H
#define EVTXSEQ_TESTS_PAIRED_LOG_H

#include <stddef.h>
#include <stdint.h>

#include "evtx_reader.h"
#include "evtx_writer.h"

enum { PAIRS_MAX = 12 };

// A load and the start that makes a finding with it. Each pair has a host to itself, so nothing
// that happens to other records can change what its events pair with.
struct pair {
    uint64_t load_id; // record IDs
    uint64_t start_id;
    char host[32];
    uint8_t guid[16]; // the processes'
};

struct paired_log {
    uint8_t *bytes;
    size_t size;
    struct read_log read;
    struct pair pairs[PAIRS_MAX];
    size_t pair_count;
};

// The caller frees with paired_log_free.
struct paired_log *paired_log_new(uint64_t seed);
void paired_log_free(struct paired_log *log);

// Another log, of a start soon after each pair's load and a load just before its start: with it,
// each event of a pair makes a finding of its own. The caller frees it with evtx_log_free.
struct evtx_log *partner_log(const struct paired_log *log);

#endif
