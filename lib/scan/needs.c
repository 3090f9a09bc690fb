// SPDX-License-Identifier: GPL-3.0-or-later
#include "scan/needs.h"

// The IDs of Sysmon's events that there are, as bits of FIELD_EVENT_BIT(). What is in the last
// place of the counts may be of any ID that has none of its own.
static uint32_t logged_events(const struct coverage_counts *counts) {
    uint32_t events = 0;
    for (unsigned i = 1; i < COVERAGE_EVENTS - 1; i++) {
        if (counts->events[i] > 0) {
            events |= UINT32_C(1) << i;
        }
    }
    return counts->events[COVERAGE_EVENTS - 1] > 0 ? events | UINT32_C(3) << 30 : events;
}

// What of the rule's stages was not logged at all.
static uint32_t lacking_events(const struct rule_set *rules, const struct rule *rule,
                               uint32_t logged) {
    uint32_t lacking = 0;
    for (size_t i = 0; i < rule->stage_count; i++) {
        const struct rule_stage *stage = &rules->stages[rule->first_stage + i];
        if (stage->is_reported && (stage->events & logged) == 0) {
            lacking |= stage->events;
        }
    }
    return lacking;
}

static uint64_t libraries_of(const struct rule_set *rules, const struct rule *rule) {
    uint64_t libraries = 0;
    for (size_t i = 0; i < rule->stage_count; i++) {
        size_t library = rules->stages[rule->first_stage + i].library;
        libraries |= library == SIZE_MAX ? 0 : UINT64_C(1) << library;
    }
    return libraries;
}

uint32_t needs_lacking(const struct rule_set *rules, const struct rule *rule,
                       const struct coverage_counts *counts) {
    return rule->can_match ? lacking_events(rules, rule, logged_events(counts)) : 0;
}

bool needs_met(const struct rule_set *rules, const struct rule *rule,
               const struct coverage_counts *counts) {
    return rule->can_match && lacking_events(rules, rule, logged_events(counts)) == 0 &&
           (libraries_of(rules, rule) & ~counts->libraries) == 0;
}

struct needs needs_of(const struct rule_set *rules, enum rule_severity min_severity,
                      const struct coverage_counts *counts) {
    struct needs needs = {0};
    uint32_t logged = logged_events(counts);
    for (size_t i = 0; i < rules->count; i++) {
        const struct rule *rule = &rules->list[i];
        uint32_t lacking = lacking_events(rules, rule, logged);
        if (rule->text->severity < min_severity) {
            continue;
        }
        if (!rule->can_match) {
            needs.useless++;
        } else if (lacking != 0) {
            needs.blind++;
            needs.events |= lacking;
        } else {
            needs.able++;
            needs.libraries |= libraries_of(rules, rule) & ~counts->libraries;
        }
    }
    return needs;
}
