// SPDX-License-Identifier: GPL-3.0-or-later
#include "match/findings.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/ascii.h"
#include "base/hash.h"
#include "base/order.h"

static uint64_t hash_number(uint64_t hash, uint64_t number) {
    unsigned char bytes[8];
    for (int i = 0; i < 8; i++) {
        bytes[i] = (unsigned char)(number >> 8 * i);
    }
    return hash_add(hash, bytes, sizeof bytes);
}

static uint64_t hash_host(uint64_t hash, const struct stage_event *event) {
    const struct text computer = event_part(event->event, DATA_COMPUTER, PART_WHOLE);
    char machine[EVENT_MACHINE_DIGITS + 1] = "";
    ascii_write_digits(machine, EVENT_MACHINE_DIGITS, event->own_machine, 16);
    hash = hash_add_folded(hash, computer.data, computer.size);
    return hash_add(hash, machine, sizeof machine);
}

static uint64_t identify(const struct finding *finding) {
    const char *rule = finding->rule->text->id;
    uint64_t hash = hash_add(HASH_START, rule, strlen(rule) + 1);
    hash = hash_host(hash, finding_last(finding));
    for (size_t i = 0; i < finding->event_count; i++) {
        const struct event *event = finding->events[i]->event;
        hash = hash_number(hash, event->id);
        hash = hash_number(hash, event->record_id);
        // Not the time by the run's clock: the finding is the same by any.
        hash = hash_number(hash, (uint64_t)event_time(event, CLOCK_UTC));
    }
    return hash;
}

static bool add_finding(struct findings *findings, const struct finding *finding) {
    bool is_added =
        array_add(&findings->list, &findings->count, &findings->capacity, finding, sizeof *finding);
    if (!is_added) {
        free(finding->events);
    }
    return is_added;
}

// What a run of findings_add() has at hand.
struct search {
    struct findings *findings;
    const struct rule_set *rules;
    const struct timeline *timeline;
    const struct findings_options *options;
};

// Why a finding is not asked for; LEFT_OUT_COUNT when it is.
static enum findings_left_out why_left_out(const struct findings_options *options,
                                           const struct rule *rule, enum match_basis basis,
                                           int64_t time) {
    if (rule->text->severity < options->min_severity) {
        return LEFT_OUT_SEVERITY;
    }
    if (options->strict && basis != BASIS_EXACT) {
        return LEFT_OUT_BASIS;
    }
    bool is_in_time = time >= options->since && time < options->until;
    return is_in_time ? LEFT_OUT_COUNT : LEFT_OUT_TIME;
}

// Adds a finding of the timeline's events with these numbers, if it is asked for.
static bool add_events(const struct search *search, const struct rule *rule, enum match_basis basis,
                       const size_t *numbers, size_t count) {
    const struct stage_event *events = search->timeline->events;
    const struct stage_event *last = &events[numbers[count - 1]];
    enum findings_left_out why = why_left_out(search->options, rule, basis, last->time);
    if (why < LEFT_OUT_COUNT) {
        search->findings->left_out[why]++;
        return true;
    }
    struct finding finding = {.rule = rule, .basis = basis, .event_count = count};
    finding.events = calloc(count, sizeof(struct stage_event *));
    if (finding.events == NULL) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        finding.events[i] = &events[numbers[i]];
    }
    finding.span = last->time - finding.events[0]->time;
    finding.id = identify(&finding);
    return add_finding(search->findings, &finding);
}

// The hits of one rule

// One of the timeline's events, and what it is to a stage of the rule.
struct rule_event {
    size_t event;
    const struct rule_hit *hit;
};

// The hits of all rules, those of one rule together and in the timeline's order.
struct hit_lists {
    struct rule_event *list; // owned
    size_t *starts;          // owned; of each rule, and where the last one's end
};

static size_t rule_of(const struct rule_set *rules, const struct rule_hit *hit) {
    return rules->stages[hit->stage].rule;
}

static void hit_lists_free(struct hit_lists *lists) {
    free(lists->list);
    free(lists->starts);
}

static bool hit_lists_make(struct hit_lists *lists, const struct search *search) {
    const struct timeline *timeline = search->timeline;
    size_t *starts = calloc(search->rules->count + 2, sizeof *starts);
    size_t total = 0;
    for (size_t i = 0; starts != NULL && i < timeline->count; i++) {
        const struct stage_event *event = &timeline->events[i];
        total += event->hit_count;
        for (size_t k = 0; k < event->hit_count; k++) {
            starts[rule_of(search->rules, &event->hits[k]) + 2]++;
        }
    }
    *lists = (struct hit_lists){calloc(total + 1, sizeof *lists->list), starts};
    if (lists->list == NULL || starts == NULL) {
        hit_lists_free(lists);
        return false;
    }
    for (size_t i = 2; i < search->rules->count + 2; i++) {
        starts[i] += starts[i - 1];
    }
    // Now starts[i + 1] is where the next hit of rule i goes; in the end, where those of i + 1
    // start.
    for (size_t i = 0; i < timeline->count; i++) {
        const struct stage_event *event = &timeline->events[i];
        for (size_t k = 0; k < event->hit_count; k++) {
            size_t *at = &starts[rule_of(search->rules, &event->hits[k]) + 1];
            lists->list[(*at)++] = (struct rule_event){i, &event->hits[k]};
        }
    }
    return true;
}

// Rules of one event

static bool add_single(const struct search *search, const struct rule *rule,
                       const struct rule_event *events, size_t count) {
    bool ok = true;
    for (size_t i = 0; ok && i < count; i++) {
        ok = add_events(search, rule, events[i].hit->by_name ? BASIS_IMAGE_NAME : BASIS_EXACT,
                        &events[i].event, 1);
    }
    return ok;
}

// Sequences

// The host.id of one event after another. It changes rarely: the timeline is in the order of hosts.
struct host_id {
    const struct stage_event *of;
    struct buffer text;
};

static uint64_t key_of(const struct search *search, const struct rule_event *event,
                       struct host_id *id) {
    size_t place = search->rules->stages[event->hit->stage].host_place;
    const struct stage_event *asked = &search->timeline->events[event->event];
    if (place == SIZE_MAX) {
        return event->hit->key;
    }
    if (id->of == NULL || id->of->host != asked->host) {
        buffer_clear(&id->text);
        timeline_add_host_id(asked, &id->text);
        id->of = asked;
    }
    return rule_key_add(event->hit->key, place, id->text.data, id->text.size);
}

// The events as the matcher takes them, sorted; *count becomes fewer where an event meets several
// stages under one key. NULL when memory ran out.
static struct match_event *make_match_events(const struct search *search, const struct rule *rule,
                                             const struct rule_event *events, size_t *count) {
    struct match_event *list = calloc(*count + 1, sizeof *list);
    struct host_id id = {0};
    for (size_t i = 0; list != NULL && i < *count; i++) {
        const struct stage_event *event = &search->timeline->events[events[i].event];
        uint64_t bit = UINT64_C(1) << (events[i].hit->stage - rule->first_stage);
        list[i] = (struct match_event){
            .key = key_of(search, &events[i], &id),
            .time = event->time,
            .record_id = event->event->record_id,
            .event = events[i].event,
            .meets = events[i].hit->by_name ? 0 : bit,
            .fallback = events[i].hit->by_name ? bit : 0,
        };
    }
    bool has_failed = id.text.failed;
    buffer_free(&id.text);
    if (list == NULL || has_failed) {
        free(list);
        return NULL;
    }
    matcher_sort(list, *count);
    size_t kept = 0;
    for (size_t i = 0; i < *count; i++) {
        if (kept > 0 && list[kept - 1].event == list[i].event &&
            list[kept - 1].key == list[i].key) {
            list[kept - 1].meets |= list[i].meets;
            list[kept - 1].fallback |= list[i].fallback;
        } else {
            list[kept++] = list[i];
        }
    }
    *count = kept;
    return list;
}

// The rule's stages as the matcher takes them, rule->stage_count of them.
static void make_match_stages(const struct rule *rule, struct match_stage *stages) {
    const struct eql_query *query = rule->query;
    for (size_t i = 0; i < rule->stage_count; i++) {
        bool is_until = i == query->stage_count;
        stages[i] = (struct match_stage){
            .kind = is_until                      ? MATCH_STAGE_UNTIL
                    : query->stages[i].is_missing ? MATCH_STAGE_MISSING
                                                  : MATCH_STAGE_EVENT,
            .runs = is_until ? 1 : query->stages[i].runs,
        };
    }
}

int64_t findings_span(const struct findings_options *options, const struct rule *rule) {
    if (options->span >= 0 && rule->text->is_builtin) {
        return options->span;
    }
    return rule->query->maxspan == EQL_NO_MAXSPAN ? MATCHER_NO_SPAN : rule->query->maxspan;
}

static bool add_sequences(const struct search *search, const struct rule *rule,
                          const struct rule_event *events, size_t count) {
    struct match_stage stages[MATCHER_STAGES_MAX];
    const struct match_sequence sequence = {.stages = stages,
                                            .stage_count = rule->stage_count,
                                            .span = findings_span(search->options, rule),
                                            .repeat = rule->text->repeat};
    struct matches matches = {0};
    make_match_stages(rule, stages);
    struct match_event *list = make_match_events(search, rule, events, &count);
    bool ok = list != NULL && matcher_run(&sequence, list, count, &matches);
    for (size_t i = 0; ok && i < matches.count; i++) {
        ok = add_events(search, rule, matches.bases[i], matches_events(&matches, i), matches.size);
    }
    matches_free(&matches);
    free(list);
    return ok;
}

struct findings_options findings_default_options(void) {
    return (struct findings_options){.span = -1, .since = INT64_MIN, .until = INT64_MAX};
}

bool findings_add(struct findings *findings, const struct rule_set *rules,
                  const struct timeline *timeline, const struct findings_options *options) {
    const struct search search = {findings, rules, timeline, options};
    struct hit_lists lists;
    if (!hit_lists_make(&lists, &search)) {
        return false;
    }
    bool ok = true;
    for (size_t i = 0; ok && i < rules->count; i++) {
        const struct rule *rule = &rules->list[i];
        const struct rule_event *events = &lists.list[lists.starts[i]];
        size_t count = lists.starts[i + 1] - lists.starts[i];
        ok = count == 0 || (rule->query->is_sequence ? add_sequences(&search, rule, events, count)
                                                     : add_single(&search, rule, events, count));
    }
    hit_lists_free(&lists);
    return ok;
}

static int compare_records(const struct finding *a, const struct finding *b) {
    for (size_t i = 0; i < a->event_count && i < b->event_count; i++) {
        int result = order_numbers(a->events[i]->event->record_id, b->events[i]->event->record_id);
        if (result != 0) {
            return result;
        }
    }
    return order_numbers(a->event_count, b->event_count);
}

static int compare(const void *left, const void *right) {
    const struct finding *a = left;
    const struct finding *b = right;
    const struct stage_event *x = finding_last(a);
    const struct stage_event *y = finding_last(b);
    int result = order_times(x->time, y->time);
    result = result != 0 ? result : order_numbers(x->host, y->host);
    result = result != 0 ? result : compare_records(a, b);
    result = result != 0 ? result : strcmp(a->rule->text->id, b->rule->text->id);
    return result != 0 ? result : order_numbers(a->basis, b->basis);
}

void findings_sort(struct findings *findings) {
    array_sort(findings->list, findings->count, sizeof *findings->list, compare);
}

void findings_free(struct findings *findings) {
    for (size_t i = 0; i < findings->count; i++) {
        free(findings->list[i].events);
    }
    free(findings->list);
    *findings = (struct findings){0};
}

size_t findings_event_count(const struct findings *findings) {
    size_t count = 0;
    for (size_t i = 0; i < findings->count; i++) {
        count += findings->list[i].event_count;
    }
    return count;
}

void finding_write_id(const struct finding *finding, char text[FINDING_ID_SIZE]) {
    ascii_write_digits(text, FINDING_ID_SIZE - 1, finding->id, 16);
    text[FINDING_ID_SIZE - 1] = '\0';
}

const struct stage_event *finding_last(const struct finding *finding) {
    return finding->events[finding->event_count - 1];
}

unsigned finding_kind(const struct finding *finding, size_t event) {
    const struct rule *rule = finding->rule;
    const struct stage_event *asked = finding->events[event];
    for (size_t i = 0; i < asked->hit_count; i++) {
        if (asked->hits[i].stage - rule->first_stage < rule->stage_count) {
            return asked->hits[i].kind;
        }
    }
    return 0;
}

bool finding_is_damaged(const struct finding *finding) {
    for (size_t i = 0; i < finding->event_count; i++) {
        if (finding->events[i]->damaged) {
            return true;
        }
    }
    return false;
}

bool finding_is_recovered(const struct finding *finding) {
    for (size_t i = 0; i < finding->event_count; i++) {
        if (finding->events[i]->recovered) {
            return true;
        }
    }
    return false;
}
