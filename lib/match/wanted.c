// SPDX-License-Identifier: GPL-3.0-or-later
#include "match/wanted.h"

#include <stdlib.h>

#include "base/hash.h"
#include "match/matcher.h"

enum { BITS_MIN = 1 << 16 };

// 128 MiB.
#define BITS_MAX (UINT64_C(1) << 30)

static uint64_t bits_a_mark(enum mark_care care) {
    return care == MARKS_ROUGH ? 16 : 48;
}

static uint64_t probes_of(const struct mark_set *set) {
    return set->care == MARKS_ROUGH ? 4 : 16;
}

bool mark_set_new(struct mark_set *set, uint64_t expected, enum mark_care care) {
    uint64_t bits = BITS_MIN;
    while (bits < BITS_MAX && bits / bits_a_mark(care) < expected) {
        bits *= 2;
    }
    *set = (struct mark_set){
        .bits = calloc(bits / 64, sizeof *set->bits), .mask = bits - 1, .care = care};
    return set->bits != NULL;
}

uint64_t mark_set_room(const struct mark_set *set) {
    return (set->mask + 1) / bits_a_mark(set->care);
}

// The number of a bit of the mark. Its halves do not depend on each other.
static uint64_t bit_of(const struct mark_set *set, uint64_t mark, uint64_t probe) {
    uint64_t mixed = (mark ^ mark >> 29) * UINT64_C(0xbf58476d1ce4e5b9);
    return (mixed + probe * ((mark >> 32) | 1)) >> 7 & set->mask;
}

void mark_set_add(struct mark_set *set, uint64_t mark) {
    for (uint64_t i = 0; i < probes_of(set); i++) {
        uint64_t bit = bit_of(set, mark, i << 7);
        set->bits[bit / 64] |= UINT64_C(1) << bit % 64;
    }
}

bool mark_set_has(const struct mark_set *set, uint64_t mark) {
    bool has = true;
    for (uint64_t i = 0; has && i < probes_of(set); i++) {
        uint64_t bit = bit_of(set, mark, i << 7);
        has = (set->bits[bit / 64] >> bit % 64 & 1) != 0;
    }
    return has;
}

void mark_set_free(struct mark_set *set) {
    free(set->bits);
    *set = (struct mark_set){0};
}

bool mark_sets_have(const struct mark_sets *sets, uint64_t mark) {
    bool has = false;
    for (size_t i = 0; !has && i < sets->count; i++) {
        has = mark_set_has(&sets->list[i], mark);
    }
    return has;
}

static uint64_t add_computer(uint64_t hash, const struct event *event) {
    const struct text computer = event_part(event, DATA_COMPUTER, PART_WHOLE);
    return hash_add_folded(hash, computer.data, computer.size);
}

// Events within a span of each other lie in one stretch of time, or in two beside each other.
enum { STRETCHES_NEAR = 1 };

static int64_t span_of(const struct wanted_scope *scope, const struct rule *rule) {
    int64_t span = findings_span(scope->options, rule);
    return span < 1 ? 1 : span;
}

static int64_t stretch_at(int64_t time, int64_t span) {
    return span == MATCHER_NO_SPAN ? 0 : time / span - (time % span < 0);
}

static int64_t stretch_of(const struct wanted_scope *scope, const struct rule *rule,
                          const struct event *event) {
    return stretch_at(event_time(event, scope->clock), span_of(scope, rule));
}

// What events of a key have their marks by.
struct spot {
    size_t stage;
    int64_t stretch;
};

// The host is not in a hit's key; where it is a join value, Computer stands for it.
static uint64_t mark(const struct wanted_scope *scope, const struct event *event,
                     const struct rule_hit *hit, struct spot spot) {
    uint64_t hash = hash_add(HASH_START, &spot.stage, sizeof spot.stage);
    hash = hash_add(hash, &hit->key, sizeof hit->key);
    hash = hash_add(hash, &spot.stretch, sizeof spot.stretch);
    return scope->rules->stages[hit->stage].host_place == SIZE_MAX ? hash
                                                                   : add_computer(hash, event);
}

static const struct rule *rule_of(const struct wanted_scope *scope, const struct rule_hit *hit) {
    return &scope->rules->list[scope->rules->stages[hit->stage].rule];
}

static struct spot spot_of(const struct wanted_scope *scope, const struct event *event,
                           const struct rule_hit *hit) {
    return (struct spot){hit->stage, stretch_of(scope, rule_of(scope, hit), event)};
}

uint64_t wanted_mark(const struct wanted_scope *scope, const struct event *event,
                     const struct rule_hit *hit) {
    return mark(scope, event, hit, spot_of(scope, event, hit));
}

// Whether the host is at one place of the join values of every stage, or at none: else a stage may
// name it by another field.
static bool has_one_host_place(const struct wanted_scope *scope, const struct rule *rule) {
    const struct rule_stage *stages = &scope->rules->stages[rule->first_stage];
    size_t place = stages[0].host_place;
    bool is_one = true;
    for (size_t i = 1; i < rule->stage_count; i++) {
        is_one = is_one && stages[i].host_place == place;
    }
    return is_one;
}

static bool is_any_near(const struct wanted_scope *scope, const struct event *event,
                        const struct rule_hit *hit, struct spot spot,
                        const struct mark_sets *marks) {
    bool is_near = false;
    for (int64_t i = -STRETCHES_NEAR; !is_near && i <= STRETCHES_NEAR; i++) {
        const struct spot near = {spot.stage, spot.stretch + i};
        is_near = mark_sets_have(marks, mark(scope, event, hit, near));
    }
    return is_near;
}

// Whether there are events for all stages of a finding near to one of the key at this spot.
static bool is_complete(const struct wanted_scope *scope, const struct event *event,
                        const struct rule_hit *hit, struct spot spot,
                        const struct mark_sets *marks) {
    const struct rule *rule = rule_of(scope, hit);
    bool is_complete = true;
    for (size_t i = 0; is_complete && i < rule->stage_count; i++) {
        const struct spot other = {rule->first_stage + i, spot.stretch};
        is_complete = !scope->rules->stages[other.stage].is_reported || other.stage == spot.stage ||
                      is_any_near(scope, event, hit, other, marks);
    }
    return is_complete;
}

bool wanted_can_tell(const struct wanted_scope *scope, const struct rule_hit *hit) {
    const struct rule *rule = rule_of(scope, hit);
    // A rule with a fallback is told how many events would meet that: see out/warnings.c.
    return rule->stage_count > 1 && rule->text->fallback == NULL && has_one_host_place(scope, rule);
}

bool wanted_is(const struct wanted_scope *scope, const struct event *event,
               const struct rule_hit *hit, const struct mark_sets *marks) {
    return !wanted_can_tell(scope, hit) ||
           is_complete(scope, event, hit, spot_of(scope, event, hit), marks);
}

bool wanted_misses(const struct wanted_scope *scope, const struct event *event,
                   const struct rule_hit *hit, const struct mark_sets *marks,
                   const struct mark_sets *dropped) {
    const struct rule *rule = rule_of(scope, hit);
    const struct spot own = spot_of(scope, event, hit);
    bool misses = false;
    for (size_t i = 0; !misses && i < rule->stage_count; i++) {
        for (int64_t k = -STRETCHES_NEAR; !misses && k <= STRETCHES_NEAR; k++) {
            const struct spot other = {rule->first_stage + i, own.stretch + k};
            misses = other.stage != own.stage &&
                     mark_sets_have(dropped, mark(scope, event, hit, other)) &&
                     is_complete(scope, event, hit, other, marks);
        }
    }
    return misses;
}

bool wanted_is_apart(const struct wanted_scope *scope, const struct rule_hit *hit, int64_t earlier,
                     int64_t later) {
    int64_t span = span_of(scope, rule_of(scope, hit));
    return span != MATCHER_NO_SPAN &&
           stretch_at(later, span) - stretch_at(earlier, span) > STRETCHES_NEAR;
}

uint64_t wanted_identity(const struct wanted_scope *scope, const struct event *event) {
    int64_t time = event_time(event, scope->clock);
    uint64_t hash = hash_add(HASH_START, &event->id, sizeof event->id);
    hash = hash_add(hash, &event->record_id, sizeof event->record_id);
    hash = hash_add(hash, &time, sizeof time);
    return add_computer(hash, event);
}
