// SPDX-License-Identifier: GPL-3.0-or-later
// What conditions are inside: for those who make and judge them, and for guard.c.
#ifndef EVTXSEQ_CONDITION_TREE_H
#define EVTXSEQ_CONDITION_TREE_H

#include "base/arena.h"
#include "rules/condition.h"
#include "rules/predicate.h"

enum logic { LOGIC_CONSTANT, LOGIC_PREDICATE, LOGIC_NOT, LOGIC_AND, LOGIC_OR };

struct condition {
    enum logic logic;
    enum condition_outcome outcome;    // of a constant
    size_t predicate;                  // its number
    const struct condition **operands; // of `and` and `or` the cheapest first
    size_t count;
    size_t effort; // of judging all of it, beside others
};

// What has come of a predicate.
struct result {
    uint64_t turn;    // of the reader, when it was judged
    uint8_t kind;     // as which the event counted
    uint8_t outcomes; // several, where it cannot be said
};

struct predicate_entry {
    struct predicate predicate;
    uint64_t hash;
    size_t uses; // how many conditions it stands in
    // By kind of event, the bits of event_place()s: where the ID decides what comes of it, and
    // where it is true or null then.
    uint32_t known[EVENT_KINDS_MAX], is_true[EVENT_KINDS_MAX], is_null[EVENT_KINDS_MAX];
    bool reads_name; // OriginalFileName, for which a name may stand in
    struct result result;
};

struct stage_entry {
    const struct condition *condition;
    uint64_t hash;
    bool reads_name;
    // Of the reader's turn; rules share conditions.
    uint64_t turn;
    enum condition_verdict verdict;
    unsigned kind;
};

// What may come of the predicate for events of which no more is known than place and kind.
static inline unsigned predicate_entry_outcomes(const struct predicate_entry *entry, unsigned place,
                                                unsigned kind) {
    if ((entry->known[kind] >> place & 1) != 0) {
        return (entry->is_true[kind] >> place & 1) != 0   ? OUTCOME_TRUE
               : (entry->is_null[kind] >> place & 1) != 0 ? OUTCOME_NULL
                                                          : OUTCOME_FALSE;
    }
    bool may_be_null = entry->predicate.is_script && entry->predicate.test != TEST_EXISTS;
    return OUTCOME_TRUE | OUTCOME_FALSE | (may_be_null ? OUTCOME_NULL : 0);
}

enum { OUTCOME_MEMO_BITS = 14 };

// What came of a predicate on certain values.
struct outcome_memo {
    uint64_t values; // fields_number(); 0: nothing
    uint32_t predicate;
    uint8_t outcomes;
};

struct conditions {
    struct predicate_entry *predicates;
    size_t predicate_count, predicate_capacity;
    struct stage_entry *stages;
    size_t stage_count, stage_capacity;
    struct arena arena;   // of trees and constants
    struct arena scratch; // of values made while a predicate is judged
    // What came of predicates on values that have a number, by the hash of both: the last one that
    // had the place.
    struct outcome_memo *memo;
};

#endif
