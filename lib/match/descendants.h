// SPDX-License-Identifier: GPL-3.0-or-later
// What processes went on to start: trees of creations, one for each process.
#ifndef EVTXSEQ_DESCENDANTS_H
#define EVTXSEQ_DESCENDANTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "match/context.h"
#include "match/creations.h"
#include "match/findings.h"

struct tree;

// All zero at first.
struct descendants {
    struct tree *trees; // owned
    size_t count;
    uint32_t *tree_of; // by number of the finding; owned
};

void descendants_free(struct descendants *descendants);

// Chooses the creations of what the last events' processes went on to start. False when memory ran
// out.
bool descendants_choose(struct descendants *descendants, const struct findings *findings,
                        struct creations *creations);

// Makes the lists of what was chosen, as far as it has been fetched and does agree. False when
// memory ran out.
bool descendants_finish(struct descendants *descendants, const struct creations *creations);

// Fills in what a finding's context says of descendants, by the finding's number.
void descendants_get(const struct descendants *descendants, const struct findings *findings,
                     size_t finding, struct context *context);

#endif
