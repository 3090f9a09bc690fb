// SPDX-License-Identifier: GPL-3.0-or-later
// Finds sequences of events as Elasticsearch's EQL does, and what that cannot see. Knows events as
// numbers only: a key, an order, and which stages they meet.
//
// Source of the rules: the EQL syntax reference, and what SequenceMatcher and TumblingWindow of
// Elasticsearch's EQL plugin do. In words, for the events of one key:
//
// * An event comes before another if its (time, record ID) is less. Neither of two of one place
//   does; of the two the later in the list counts as the latest.
// * An event that meets a stage takes the latest sequence waiting at the stage before, strictly
//   before itself. That one and all that waited there before it are used up. If the sequence's
//   first event is further away than the span, the sequence is dropped; else it waits at this
//   stage, or is complete.
// * An `until` event at or after a sequence's last event and strictly before the event that takes
//   it drops it.
// * A missing event is looked for only when a sequence is complete, so a sequence that fails has
//   used up others all the same. Between two stages none may lie, by time alone and strictly
//   between. One before the first event counts up to a span before the last event; one after the
//   last event up to a span after the first. If a sequence both begins and ends with missing
//   events, it fails only if there are both, and at most a span apart.
//
// Basis:
//
// * BASIS_EXACT: the above, by the stages that events meet. No fallback counts.
// * BASIS_REPEAT, only if the sequence asks for it: the last stage once more, where the latest
//   sequence strictly before it has been completed by an earlier event. Span, `until` and missing
//   events hold for it too. It uses nothing up.
// * BASIS_IMAGE_NAME: what the two above would find if every fallback were the stage itself, as far
//   as some event in it meets its stage by the fallback alone.
#ifndef EVTXSEQ_MATCHER_H
#define EVTXSEQ_MATCHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    MATCHER_STAGES_MAX = 64,   // stages are bits
    MATCHER_EVENTS_MAX = 1024, // of one match: memory grows with the square, to 8 MiB at this
};

#define MATCHER_NO_SPAN INT64_MAX // no maxspan

enum match_stage_kind {
    MATCH_STAGE_EVENT,   // happens, in the order of the stages
    MATCH_STAGE_MISSING, // must not happen at this place among the others
    MATCH_STAGE_UNTIL,   // ends what waits; its place among the stages is of no meaning
};

struct match_stage {
    enum match_stage_kind kind;
    size_t runs; // so many events of it, one after the other; of no meaning to the other kinds
};

struct match_sequence {
    const struct match_stage *stages; // not owned
    size_t stage_count;
    int64_t span; // milliseconds from first to last event, inclusive; or MATCHER_NO_SPAN
    bool repeat;  // BASIS_REPEAT too
};

// One event under one key. An event whose stages have different keys is in the list once for each
// key, with the stages that it has this key for; one that lacks a join value of a stage does not
// meet that stage. `meets` and `fallback` have bit 1 << k for stage k, counted from 0.
struct match_event {
    uint64_t key; // events of different keys never join
    int64_t time; // milliseconds
    uint64_t record_id;
    size_t event;      // the caller's number for it, which matches give
    uint64_t meets;    // stages whose condition the event meets
    uint64_t fallback; // stages whose fallback it meets
};

enum match_basis {
    BASIS_EXACT,
    BASIS_REPEAT,
    BASIS_IMAGE_NAME,
};

// All zero at first.
struct matches {
    enum match_basis *bases; // owned, one a match
    size_t *events;          // owned, `size` a match
    size_t size;             // events of one match: the sum of runs
    size_t count;
    size_t capacity;
};

// NULL if the sequence can be matched, else what is wrong with it, as in "...: more than 64
// stages".
const char *matcher_check(const struct match_sequence *sequence);

// By key, time, record ID, number.
void matcher_sort(struct match_event *events, size_t count);

// Finds every match among the sorted events. Adds to *matches, which are of this sequence alone:
// exact and repeated ones in the order of their last events, then those by fallback likewise. False
// when memory ran out, and for a sequence that matcher_check() objects to.
bool matcher_run(const struct match_sequence *sequence, const struct match_event *events,
                 size_t count, struct matches *matches);

// The numbers of the match's events, matches->size of them, in the order of the stages.
const size_t *matches_events(const struct matches *matches, size_t match);

void matches_free(struct matches *matches);

// "exact", "repeat" or "image-name".
const char *match_basis_name(enum match_basis basis);

#endif
