// SPDX-License-Identifier: GPL-3.0-or-later
// Drops stage events of a timeline, while inputs are still being read, that have turned out to be
// of no use: their span has passed, and what they waited for has not come. So a sequence whose
// first stage is broad takes memory by what it may yet find, not by the size of logs.
//
// Of an input, what lies before some place has come in full. An event there is dropped when, by the
// marks of all events so far, it is not wanted (wanted.h), and the input has events of its computer
// both before and after it that are further away in time than those that count together with it.
// What a log begins and ends with is kept, for that may belong together: logs are written in a
// circle, and one goes on where another ends.
//
// That is how it is as long as records lie in the order of time. They need not: someone may have
// written them in another one, logs of one computer may be read one after the other, a sequence may
// join computers. So it is a guess, and this makes up for a wrong one: of what has been dropped its
// marks stay. A finding has an event whose mark was the last to come; from then on this one is
// wanted, so it is there in the end. If another of its finding, or one that counts between them,
// has been dropped before, the marks of what was dropped have it near. Then all inputs of which
// something was dropped are read once more, with all marks known, and what is wanted is taken.
// A set of marks may hold some that were never added, so that an event is kept too many, or inputs
// are read again for nothing; never the other way round. So what is found is the same as if nothing
// had been dropped.
//
// Of an event that was seen several times one stays (timeline.h). Copies may differ in what they
// are to stages, if one is damaged, or someone made it up. So that the same one stays, identities
// of what was dropped are marks as well: if it was the same as an event that is wanted, inputs are
// read again, too. If that shows for what the second reading has found, there is a third.
#ifndef EVTXSEQ_PRUNING_H
#define EVTXSEQ_PRUNING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "match/timeline.h"
#include "match/wanted.h"

// Sets of marks of what was dropped: each is as large as all before it. Together they take 256 MiB
// at most, and are then fit for 44 million marks; an event that meets one stage sets 2. With more
// marks than that inputs may be read again for nothing.
enum { PRUNING_SETS_MAX = 11 };

// All zero at first.
struct pruning {
    // The first is of the events that are there, and made anew each time.
    struct mark_set sets[1 + PRUNING_SETS_MAX];
    size_t set_count;       // of what was dropped
    uint64_t room;          // marks until there is to be another
    uint64_t dropped;       // events
    size_t rounds;          // of reading again
    struct mark_set wanted; // identities of events that are, when inputs are read again
    struct mark_set passed; // of what was passed over then
};

// What is known of an input.
struct pruning_input {
    uint64_t end;   // what lies before this offset has come; 0: nothing of it is to be dropped
    size_t dropped; // what the events weigh that have been: see timeline_weight()
};

// Drops what can be, of `inputs` by their numbers. Where memory runs out, nothing more is dropped.
void pruning_run(struct pruning *pruning, const struct wanted_scope *scope,
                 struct timeline *timeline, struct pruning_input *inputs);

// When all inputs have been read, or read again: whether those of which something was dropped are
// to be read (once more). False when memory ran out.
bool pruning_review(struct pruning *pruning, const struct wanted_scope *scope,
                    const struct timeline *timeline, bool *is_to_read);

// Whether an event that is read again is to be added to the timeline; it may be there already.
bool pruning_takes(struct pruning *pruning, const struct wanted_scope *scope,
                   const struct stage_event *event);

void pruning_free(struct pruning *pruning);

#endif
