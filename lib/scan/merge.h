// SPDX-License-Identifier: GPL-3.0-or-later
// Takes up events files instead of logs: each pass reads them again, in workers.
#ifndef EVTXSEQ_MERGE_H
#define EVTXSEQ_MERGE_H

#include "scan/scan_state.h"

// NULL when memory ran out.
struct merge *merge_new(void);
void merge_free(struct merge *merge);

// Finds the next job of the pass. False when there is none now, or no more, which scan->has_more
// tells.
bool merge_next_job(struct scan *scan, struct pool_job *job);

void merge_take(struct scan *scan, const struct pool_report *report);

// After a pass before PASS_RULES: turns to the next. False when there is none, because the files
// cannot be merged, or memory ran out.
bool merge_turn(struct scan *scan);

// Before a later pass: numbers the inputs of the files for the workers. NULL when memory ran out.
const struct replay_file *merge_rank(struct scan *scan);

// Bytes of all files that are merged.
uint64_t merge_bytes(const struct scan *scan);

// Once all files have been read: names the shares of inputs that no file holds.
void merge_name_missing(struct scan *scan);

bool merge_has_file(const struct merge *merge, struct file_id id);

#endif
