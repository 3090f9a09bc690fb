// SPDX-License-Identifier: GPL-3.0-or-later
// Which stage events can be in a finding at all, told before all of them are in one timeline.
//
// An event of a sequence is of no use unless, for the same join values, there is an event for each
// other stage that a finding has, not further away than the span: it is in no finding then, and
// takes no event away from one. So first the marks of all events are gathered, by stage, join
// values and time; then each event is asked whether the marks that it needs are there. Sets of
// marks may hold some that were never added: an event too many does no harm.
//
// Of an event that was seen several times one stays, whichever that is (timeline.h), so that all or
// none of them are wanted: by their identity.
#ifndef EVTXSEQ_WANTED_H
#define EVTXSEQ_WANTED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "match/findings.h"
#include "rules/event.h"
#include "rules/rule.h"

// How seldom a set that is as full as it is fit for takes a mark for one that it holds: once in
// 400, for 2 to 4 bytes a mark; once in 500 million, for 6 to 12.
enum mark_care { MARKS_ROUGH, MARKS_CAREFUL };

// A set of 64-bit marks.
struct mark_set {
    uint64_t *bits; // owned
    uint64_t mask;
    enum mark_care care;
};

// Makes an empty set that is fit for about so many marks, up to 128 MiB. False when memory ran out.
bool mark_set_new(struct mark_set *set, uint64_t expected, enum mark_care care);
void mark_set_add(struct mark_set *set, uint64_t mark);
bool mark_set_has(const struct mark_set *set, uint64_t mark);
void mark_set_free(struct mark_set *set);

// How many marks the set is fit for.
uint64_t mark_set_room(const struct mark_set *set);

// Sets that are asked as if they were one.
struct mark_sets {
    const struct mark_set *list;
    size_t count;
};

bool mark_sets_have(const struct mark_sets *sets, uint64_t mark);

struct wanted_scope {
    const struct rule_set *rules;
    const struct findings_options *options;
    enum event_clock clock;
};

// The mark that a hit of the event sets.
uint64_t wanted_mark(const struct wanted_scope *scope, const struct event *event,
                     const struct rule_hit *hit);

// Whether the marks can tell that an event is of no use for that hit.
bool wanted_can_tell(const struct wanted_scope *scope, const struct rule_hit *hit);

// Whether the event may be needed for that hit, by all marks that were set.
bool wanted_is(const struct wanted_scope *scope, const struct event *event,
               const struct rule_hit *hit, const struct mark_sets *marks);

// Whether one of the dropped marks is of an event that is wanted by all marks, and may count
// together with this one for that hit's rule, at another stage of it: one that is in no finding,
// too, as of `until`.
bool wanted_misses(const struct wanted_scope *scope, const struct event *event,
                   const struct rule_hit *hit, const struct mark_sets *marks,
                   const struct mark_sets *dropped);

// Whether events at these two times are so far from each other that no event after the later one
// counts together with the earlier one for that hit's rule.
bool wanted_is_apart(const struct wanted_scope *scope, const struct rule_hit *hit, int64_t earlier,
                     int64_t later);

// The same for all events that count as one.
uint64_t wanted_identity(const struct wanted_scope *scope, const struct event *event);

#endif
