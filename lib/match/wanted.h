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

// A set of 64-bit marks.
struct mark_set {
    uint64_t *bits; // owned
    uint64_t mask;
};

// Makes an empty set that is fit for about so many marks. False when memory ran out.
bool mark_set_new(struct mark_set *set, uint64_t expected);
void mark_set_add(struct mark_set *set, uint64_t mark);
bool mark_set_has(const struct mark_set *set, uint64_t mark);
void mark_set_free(struct mark_set *set);

struct wanted_scope {
    const struct rule_set *rules;
    const struct findings_options *options;
    enum event_clock clock;
};

// The mark that a hit of the event sets.
uint64_t wanted_mark(const struct wanted_scope *scope, const struct event *event,
                     const struct rule_hit *hit);

// Whether the event may be needed for that hit, by all marks that were set.
bool wanted_is(const struct wanted_scope *scope, const struct event *event,
               const struct rule_hit *hit, const struct mark_set *marks);

// The same for all events that count as one.
uint64_t wanted_identity(const struct wanted_scope *scope, const struct event *event);

#endif
