// SPDX-License-Identifier: GPL-3.0-or-later
// Tells from raw bytes which records can be stage events at all, so that only those are decoded.
//
// Each stage's condition needs some literal text or a GUID in the record: its atoms, taken from the
// rule's own data. A record passes when its event ID is a stage's and one of that stage's atoms
// stands in it, or when its layout does not rule that out. The filter passes too much, never too
// little.
#ifndef EVTXSEQ_FILTER_H
#define EVTXSEQ_FILTER_H

#include <stdbool.h>
#include <stddef.h>

#include "evtx/chunk.h"
#include "evtx/layout.h"
#include "rules/stages.h"

struct filter;

enum filter_verdict {
    FILTER_SKIP,   // cannot meet a stage
    FILTER_UNSURE, // holds no atom, but its layout is not understood
    FILTER_PASS,   // holds an atom of a stage that its event ID, as far as known, fits
};

// A filter for the stages, which it does not keep. NULL when memory ran out. The search is compiled
// to machine code here and now, so that a process which may no longer map executable memory can go
// on using it.
struct filter *filter_new(const struct stages *stages);
void filter_free(struct filter *filter);

// Judges each record of the chunk; verdicts has room for CHUNK_RECORDS_MAX. Returns how many are
// not FILTER_SKIP.
size_t filter_chunk(struct filter *filter, const struct chunk *chunk,
                    enum filter_verdict *verdicts);

// What the filter has found out about the records of the last chunk on its way, by number, and
// about the chunk. The cache looks out for `field` of EventData, NULL for none.
const struct layout_head *filter_heads(const struct filter *filter);
struct layout_cache *filter_cache(struct filter *filter);
void filter_look_out_for(struct filter *filter, const char *field);

#endif
