// SPDX-License-Identifier: GPL-3.0-or-later
#include "match/wanted.h"

#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/hash.h"
#include "match/matcher.h"

enum { BITS_A_MARK = 16, BITS_MIN = 1 << 16, PROBES = 4 };

// 128 MiB.
#define BITS_MAX (UINT64_C(1) << 30)

bool mark_set_new(struct mark_set *set, uint64_t expected) {
    uint64_t bits = BITS_MIN;
    while (bits < BITS_MAX && bits / BITS_A_MARK < expected) {
        bits *= 2;
    }
    *set = (struct mark_set){.bits = calloc(bits / 64, sizeof *set->bits), .mask = bits - 1};
    return set->bits != NULL;
}

// The number of a bit of the mark. Its halves do not depend on each other.
static uint64_t bit_of(const struct mark_set *set, uint64_t mark, uint64_t probe) {
    uint64_t mixed = (mark ^ mark >> 29) * UINT64_C(0xbf58476d1ce4e5b9);
    return (mixed + probe * ((mark >> 32) | 1)) >> 7 & set->mask;
}

void mark_set_add(struct mark_set *set, uint64_t mark) {
    for (uint64_t i = 0; i < PROBES; i++) {
        uint64_t bit = bit_of(set, mark, i << 7);
        set->bits[bit / 64] |= UINT64_C(1) << bit % 64;
    }
}

bool mark_set_has(const struct mark_set *set, uint64_t mark) {
    bool has = true;
    for (uint64_t i = 0; has && i < PROBES; i++) {
        uint64_t bit = bit_of(set, mark, i << 7);
        has = (set->bits[bit / 64] >> bit % 64 & 1) != 0;
    }
    return has;
}

void mark_set_free(struct mark_set *set) {
    free(set->bits);
    *set = (struct mark_set){0};
}

static uint64_t add_computer(uint64_t hash, const struct event *event) {
    const char *computer = event_value(event, DATA_COMPUTER);
    for (; computer != NULL && *computer != '\0'; computer++) {
        char letter = ascii_fold(*computer);
        hash = hash_add(hash, &letter, 1);
    }
    return hash;
}

// Which stretch of time the event lies in: others within the span lie there, or in one beside it.
static int64_t stretch_of(const struct wanted_scope *scope, const struct rule *rule,
                          const struct event *event) {
    int64_t span = findings_span(scope->options, rule);
    int64_t time = event_time(event, scope->clock);
    if (span == MATCHER_NO_SPAN) {
        return 0;
    }
    span = span < 1 ? 1 : span;
    return time / span - (time % span < 0);
}

// The host is not in a hit's key; where it is a join value, Computer stands for it.
static uint64_t mark(const struct wanted_scope *scope, const struct event *event,
                     const struct rule_hit *hit, size_t stage, int64_t stretch) {
    uint64_t hash = hash_add(HASH_START, &stage, sizeof stage);
    hash = hash_add(hash, &hit->key, sizeof hit->key);
    hash = hash_add(hash, &stretch, sizeof stretch);
    return rule_host_place(scope->rules, hit->stage) == SIZE_MAX ? hash : add_computer(hash, event);
}

static const struct rule *rule_of(const struct wanted_scope *scope, const struct rule_hit *hit) {
    return &scope->rules->list[scope->rules->stages[hit->stage].rule];
}

uint64_t wanted_mark(const struct wanted_scope *scope, const struct event *event,
                     const struct rule_hit *hit) {
    return mark(scope, event, hit, hit->stage, stretch_of(scope, rule_of(scope, hit), event));
}

// Whether the host is at one place of the join values of every stage, or at none: else a stage may
// name it by another field.
static bool has_one_host_place(const struct wanted_scope *scope, const struct rule *rule) {
    size_t place = rule_host_place(scope->rules, rule->first_stage);
    bool is_one = true;
    for (size_t i = 1; i < rule->stage_count; i++) {
        is_one = is_one && rule_host_place(scope->rules, rule->first_stage + i) == place;
    }
    return is_one;
}

static bool has_stage_near(const struct wanted_scope *scope, const struct event *event,
                           const struct rule_hit *hit, size_t stage, const struct mark_set *marks) {
    int64_t stretch = stretch_of(scope, rule_of(scope, hit), event);
    return mark_set_has(marks, mark(scope, event, hit, stage, stretch)) ||
           mark_set_has(marks, mark(scope, event, hit, stage, stretch - 1)) ||
           mark_set_has(marks, mark(scope, event, hit, stage, stretch + 1));
}

bool wanted_is(const struct wanted_scope *scope, const struct event *event,
               const struct rule_hit *hit, const struct mark_set *marks) {
    const struct rule *rule = rule_of(scope, hit);
    // A rule with a fallback is told how many events would meet that: see out/warnings.c.
    if (rule->stage_count == 1 || rule->text->fallback != NULL ||
        !has_one_host_place(scope, rule)) {
        return true;
    }
    bool is_complete = true;
    for (size_t i = 0; is_complete && i < rule->stage_count; i++) {
        size_t stage = rule->first_stage + i;
        is_complete = !scope->rules->stages[stage].is_reported || stage == hit->stage ||
                      has_stage_near(scope, event, hit, stage, marks);
    }
    return is_complete;
}

uint64_t wanted_identity(const struct wanted_scope *scope, const struct event *event) {
    int64_t time = event_time(event, scope->clock);
    uint64_t hash = hash_add(HASH_START, &event->id, sizeof event->id);
    hash = hash_add(hash, &event->record_id, sizeof event->record_id);
    hash = hash_add(hash, &time, sizeof time);
    return add_computer(hash, event);
}
