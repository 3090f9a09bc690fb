// SPDX-License-Identifier: GPL-3.0-or-later
// Takes up the inputs of a pass, one after the other, and cuts them into jobs for workers.
#ifndef EVTXSEQ_JOBS_H
#define EVTXSEQ_JOBS_H

#include "scan/scan_state.h"

// Finds the next job. False when there is none now, or no more, which scan->has_more tells.
bool jobs_next(struct scan *scan, struct pool_job *job);

// The bytes of all sources that can be read in this pass. 0 when that is not known.
uint64_t jobs_bytes(const struct scan *scan);

// Whether anything in this source is to be read in a later pass.
bool jobs_read_again(const struct scan *scan, size_t number);

// The place after those of one chunk.
size_t jobs_next_chunk(const struct note_places *places, size_t at);

// Takes up what waits for a worker: it comes before all other jobs.
void jobs_announce(struct scan *scan, const struct announced *announced);

// Closes the input of which parts are still to be handed out.
void jobs_close(struct scan *scan);

#endif
