// SPDX-License-Identifier: GPL-3.0-or-later
// Guards: predicates of which one must be true for a condition to hold, and the texts that an event
// must have in it for a predicate to be true.
//
// Of `A and B` the guard of A will do, or that of B; `A or B` needs both. A test of a field against
// texts can be in a guard, and most others cannot: without a guard a condition may hold for any
// event. What the event ID alone decides is taken for decided. Of guards that will do, the one with
// the rarest texts is the best. How rare a text is in logs is not known, but what is common in logs
// is common in rules: a text is as common as the least common of its grams is in all the rules.
// Texts in long fields count for several, since these take long to look through.
#ifndef EVTXSEQ_GUARD_H
#define EVTXSEQ_GUARD_H

#include <stdbool.h>
#include <stddef.h>

#include "rules/condition.h"
#include "rules/fields.h"

struct guards;

// Chooses guards for conditions to which none is added any more, and which outlive it. NULL when
// memory ran out.
struct guards *guards_new(const struct conditions *conditions);
void guards_free(struct guards *guards);

// A predicate that one must hold of, for the condition at this place of somebody's list.
struct guard {
    size_t predicate;
    size_t place;
};

struct guard_list {
    struct guard *list; // owned
    size_t count, capacity;
    bool failed; // memory ran out
};

// Adds the guard of a condition for events of this ID: nothing where it never holds. False when
// there is none, so that it may hold for any of them.
bool guards_add(const struct guards *guards, size_t number, unsigned event_id, size_t place,
                struct guard_list *list);

// A value of the field is this text or has it in it, whatever its case.
struct guard_text {
    struct text text; // of a query
    bool is_whole;
    size_t gram; // the offset of its rarest gram, of one that need not be whole
};

// What a predicate in a guard seeks: where it is true, one of the texts is found in the field, or
// in what stands in for it.
struct guard_texts {
    struct field field;
    const struct guard_text *list;
    size_t count;
};

struct guard_texts guards_texts(const struct guards *guards, size_t predicate);

#endif
