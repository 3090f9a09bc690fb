// SPDX-License-Identifier: GPL-3.0-or-later
// What the rules find in a timeline.
#include "match/findings.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/ascii.h"
#include "base/hash.h"

static uint64_t hash_number(uint64_t hash, uint64_t number) {
    unsigned char bytes[8];
    for (int i = 0; i < 8; i++) {
        bytes[i] = (unsigned char)(number >> 8 * i);
    }
    return hash_add(hash, bytes, sizeof bytes);
}

static uint64_t hash_host(uint64_t hash, const struct stage_event *event) {
    const char *computer = event_value(event->event, DATA_COMPUTER);
    for (; computer != NULL && *computer != '\0'; computer++) {
        char folded = ascii_fold(*computer);
        hash = hash_add(hash, &folded, 1);
    }
    return hash_add(hash, event->prefix, sizeof event->prefix);
}

static uint64_t identify(const struct finding *finding) {
    uint64_t hash = hash_add(HASH_START, finding->rule->id, strlen(finding->rule->id) + 1);
    hash = hash_host(hash, finding_last(finding));
    for (size_t i = 0; i < finding->rule->stage_count; i++) {
        hash = hash_number(hash, finding->events[i]->event->id);
        hash = hash_number(hash, finding->events[i]->event->record_id);
        // Not the time by the run's clock: the finding is the same by any.
        hash = hash_number(hash, (uint64_t)event_time(finding->events[i]->event, CLOCK_UTC));
    }
    return hash;
}

static bool add_finding(struct findings *findings, const struct finding *finding) {
    struct finding *list =
        array_grow(findings->list, findings->count, &findings->capacity, sizeof *list);
    if (list == NULL) {
        return false;
    }
    findings->list = list;
    findings->list[findings->count++] = *finding;
    return true;
}

// Translates a set of stage numbers of the run into one of stage places in the rule.
static uint64_t places_in_rule(const struct rule *rule, const struct stages *stages,
                               stage_mask mask) {
    uint64_t places = 0;
    for (size_t i = 0; i < rule->stage_count; i++) {
        if ((mask & stages_mask_of(stages, rule->stages[i])) != 0) {
            places |= UINT64_C(1) << i;
        }
    }
    return places;
}

// The rule's events among the timeline's, `*count` of them. The timeline's order is the matcher's.
static struct match_event *make_match_events(const struct rule *rule, const struct stages *stages,
                                             const struct timeline *timeline, size_t *count) {
    struct match_event *events = calloc(timeline->count + 1, sizeof *events);
    *count = 0;
    for (size_t i = 0; events != NULL && i < timeline->count; i++) {
        const struct stage_event *event = &timeline->events[i];
        struct match_event made = {
            .key = event->host,
            .time = event->time,
            .record_id = event->event->record_id,
            .event = i,
            .meets = places_in_rule(rule, stages, event->verdict.meets),
            .fallback = places_in_rule(rule, stages, event->verdict.fallback),
        };
        if ((made.meets | made.fallback) != 0) {
            events[(*count)++] = made;
        }
    }
    return events;
}

static bool run_matcher(const struct rule *rule, const struct stages *stages,
                        const struct timeline *timeline, int64_t span, struct matches *matches) {
    struct match_stage match_stages[RULE_STAGES_MAX] = {{0}};
    for (size_t i = 0; i < rule->stage_count; i++) {
        match_stages[i] = (struct match_stage){.kind = MATCH_STAGE_EVENT, .runs = 1};
    }
    struct match_sequence sequence = {
        .stages = match_stages, .stage_count = rule->stage_count, .span = span, .repeat = true};
    size_t count;
    struct match_event *events = make_match_events(rule, stages, timeline, &count);
    bool ok = events != NULL && matcher_run(&sequence, events, count, matches);
    free(events);
    return ok;
}

static bool add_match(struct findings *findings, const struct rule *rule,
                      const struct timeline *timeline, const struct matches *matches, size_t match,
                      const struct findings_options *options) {
    struct finding finding = {.rule = rule, .basis = matches->bases[match]};
    for (size_t i = 0; i < rule->stage_count; i++) {
        finding.events[i] = &timeline->events[matches_events(matches, match)[i]];
    }
    const struct stage_event *last = finding_last(&finding);
    if ((options->strict && finding.basis != BASIS_EXACT) || last->time < options->since ||
        last->time >= options->until) {
        return true;
    }
    finding.span = rule->stage_count > 1 ? last->time - finding.events[0]->time : 0;
    finding.id = identify(&finding);
    return add_finding(findings, &finding);
}

struct findings_options findings_default_options(void) {
    return (struct findings_options){.span = -1, .since = INT64_MIN, .until = INT64_MAX};
}

bool findings_add(struct findings *findings, const struct rule *rule, const struct stages *stages,
                  const struct timeline *timeline, const struct findings_options *options) {
    struct matches matches = {0};
    int64_t span = options->span < 0 ? rule->span : options->span;
    bool ok = run_matcher(rule, stages, timeline, span, &matches);
    for (size_t i = 0; ok && i < matches.count; i++) {
        ok = add_match(findings, rule, timeline, &matches, i, options);
    }
    matches_free(&matches);
    return ok;
}

static int compare(const void *left, const void *right) {
    const struct finding *a = left;
    const struct finding *b = right;
    const struct stage_event *x = finding_last(a);
    const struct stage_event *y = finding_last(b);
    if (x->time != y->time) {
        return x->time < y->time ? -1 : 1;
    }
    if (x->host != y->host) {
        return x->host < y->host ? -1 : 1;
    }
    // A rule with fewer stages has no event in the later places; it goes first.
    for (size_t i = 0; i < RULE_STAGES_MAX; i++) {
        uint64_t r = a->events[i] == NULL ? 0 : a->events[i]->event->record_id;
        uint64_t s = b->events[i] == NULL ? 0 : b->events[i]->event->record_id;
        if (r != s) {
            return r < s ? -1 : 1;
        }
    }
    return strcmp(a->rule->id, b->rule->id);
}

void findings_sort(struct findings *findings) {
    if (findings->count > 1) {
        qsort(findings->list, findings->count, sizeof *findings->list, compare);
    }
}

void findings_free(struct findings *findings) {
    free(findings->list);
    *findings = (struct findings){0};
}

const struct stage_event *finding_event(const struct finding *finding, const char *stage) {
    for (size_t i = 0; i < finding->rule->stage_count; i++) {
        if (strcmp(finding->rule->stages[i]->name, stage) == 0) {
            return finding->events[i];
        }
    }
    return NULL;
}

const struct stage_event *finding_last(const struct finding *finding) {
    return finding->events[finding->rule->stage_count - 1];
}

const char *finding_recovered(const struct finding *finding) {
    const struct stage_event *load = finding_event(finding, "load");
    const struct stage_event *start = finding_event(finding, "start");
    bool is_load = load != NULL && load->recovered;
    bool is_start = start != NULL && start->recovered;
    if (is_load && is_start) {
        return "both";
    }
    return is_load ? "load" : is_start ? "start" : "no";
}
