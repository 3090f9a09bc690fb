// SPDX-License-Identifier: GPL-3.0-or-later
#include "rules/rule.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/array.h"
#include "base/hash.h"
#include "rules/eql_check.h"
#include "rules/eql_parser.h"
#include "rules/library.h"
#include "rules/recurring.h"

// Compiling

static bool note_error(struct rule_files *files, const struct rule_text *text,
                       const struct eql_error *error) {
    struct source_error found = {0};
    return rule_text_error(text, error->place.offset, error->text, &found) &&
           rule_files_add_error(files, &found);
}

static const struct eql_stage *stage_of(const struct rule *rule, size_t place) {
    return place < rule->query->stage_count ? &rule->query->stages[place] : rule->query->until;
}

static uint32_t events_of(struct rule_set *set, size_t condition) {
    uint32_t events = 0;
    for (unsigned i = 1; i < EVENT_PLACES; i++) {
        if (conditions_may_hold(set->conditions, condition, event_at_place(i))) {
            events |= UINT32_C(1) << i;
        }
    }
    return events;
}

// Gives the number of the library that the stage asks for, if it does.
static bool add_library(struct rule_set *set, const struct eql_stage *stage,
                        struct eql_error *error, size_t *number) {
    struct eql_stage asked;
    struct rule_library library = {0};
    if (!library_of(stage, &asked, &library.name)) {
        return true;
    }
    if (!conditions_add(set->conditions, &asked, error, &library.condition)) {
        return false;
    }
    size_t i = 0;
    while (i < set->library_count && set->libraries[i].condition != library.condition) {
        i++;
    }
    if (i < RULE_LIBRARIES_MAX) {
        set->libraries[i] = library;
        set->library_count += i == set->library_count;
        *number = i;
    }
    return true;
}

// The join value of a stage at a place; NULL after the last.
static const struct eql_node *key_at(const struct rule *rule, const struct eql_stage *stage,
                                     size_t place) {
    const struct eql_query *query = rule->query;
    if (place < query->by_count) {
        return query->by[place];
    }
    place -= query->by_count;
    return place < stage->by_count ? stage->by[place] : NULL;
}

static size_t find_host(const struct rule *rule, const struct eql_stage *stage) {
    const struct eql_node *key = NULL;
    for (size_t place = 0; (key = key_at(rule, stage, place)) != NULL; place++) {
        if (fields_find(key->text).id == FIELD_HOST_ID) {
            return place;
        }
    }
    return SIZE_MAX;
}

static bool add_stage(struct rule_set *set, const struct rule *rule, size_t place,
                      struct eql_error *error) {
    const struct eql_stage *stage = stage_of(rule, place);
    struct rule_stage *added = &set->stages[set->stage_count];
    *added = (struct rule_stage){
        .rule = set->count,
        .is_reported = place < rule->query->stage_count && !stage->is_missing,
        .host_place = find_host(rule, stage),
        .library = SIZE_MAX,
    };
    if (!conditions_add(set->conditions, stage, error, &added->condition)) {
        return false;
    }
    added->events = events_of(set, added->condition);
    set->stage_count++;
    return !added->is_reported || added->events != FIELD_EVENT_BIT(7) ||
           add_library(set, stage, error, &added->library);
}

static bool can_match(const struct rule_set *set, const struct rule *rule) {
    for (size_t i = 0; i < rule->stage_count; i++) {
        const struct rule_stage *stage = &set->stages[rule->first_stage + i];
        if (stage->is_reported && stage->events == 0) {
            return false;
        }
    }
    return true;
}

// Makes room for the stages of one more rule.
static bool make_room(struct rule_set *set, size_t count) {
    struct rule_stage *stages =
        count > SIZE_MAX / sizeof *stages - set->stage_count
            ? NULL
            : realloc(set->stages, (set->stage_count + count) * sizeof *stages);
    set->stages = stages == NULL ? set->stages : stages;
    return stages != NULL;
}

static bool compile(struct rule_set *set, const struct rule_text *text, struct eql_error *error) {
    struct rule rule = {.text = text, .first_stage = set->stage_count};
    rule.query = eql_parse(text->query, strlen(text->query), error);
    if (rule.query == NULL) {
        return false;
    }
    rule.stage_count = rule.query->stage_count + (rule.query->until != NULL);
    bool is_good = eql_check(rule.query, error) &&
                   (make_room(set, rule.stage_count) || eql_error_set_memory(error));
    for (size_t i = 0; is_good && i < rule.stage_count; i++) {
        is_good = add_stage(set, &rule, i, error);
    }
    if (!is_good) {
        set->stage_count = rule.first_stage;
        eql_query_free(rule.query);
        return false;
    }
    rule.can_match = can_match(set, &rule);
    set->list[set->count++] = rule;
    return true;
}

static bool compile_all(struct rule_set *set) {
    struct rule_files *files = &set->files;
    for (size_t i = 0; i < files->count; i++) {
        struct eql_error error = {0};
        if (!compile(set, &files->rules[i], &error)) {
            files->results[RULE_READ]--;
            files->results[RULE_WRONG]++;
            if (!note_error(files, &files->rules[i], &error)) {
                return false;
            }
        }
    }
    return true;
}

// An index over the conditions of the stages.
static bool make_index(const struct rule_set *set, const struct guards *guards, unsigned event_id,
                       struct rule_candidates *candidates) {
    size_t *conditions = calloc(candidates->count + 1, sizeof *conditions);
    for (size_t i = 0; conditions != NULL && i < candidates->count; i++) {
        conditions[i] = set->stages[candidates->stages[i]].condition;
    }
    candidates->index = conditions == NULL
                            ? NULL
                            : stage_index_new(guards, event_id, conditions, candidates->count);
    free(conditions);
    return candidates->index != NULL;
}

static bool list_by_event(struct rule_set *set, const struct guards *guards) {
    for (unsigned event = 1; event < EVENT_PLACES; event++) {
        struct rule_candidates *candidates = &set->by_event[event];
        candidates->stages = calloc(set->stage_count + 1, sizeof *candidates->stages);
        if (candidates->stages == NULL) {
            return false;
        }
        for (size_t i = 0; i < set->stage_count; i++) {
            if (set->list[set->stages[i].rule].can_match &&
                (set->stages[i].events >> event & 1) != 0) {
                candidates->stages[candidates->count++] = i;
            }
        }
        if (!make_index(set, guards, event_at_place(event), candidates)) {
            return false;
        }
    }
    return true;
}

static bool index_libraries(struct rule_set *set, const struct guards *guards) {
    size_t conditions[RULE_LIBRARIES_MAX];
    for (size_t i = 0; i < set->library_count; i++) {
        conditions[i] = set->libraries[i].condition;
    }
    set->library_index = stage_index_new(guards, 7, conditions, set->library_count);
    return set->library_index != NULL;
}

static bool make_indexes(struct rule_set *set) {
    struct guards *guards = guards_new(set->conditions);
    bool is_good = guards != NULL && list_by_event(set, guards) && index_libraries(set, guards);
    guards_free(guards);
    return is_good;
}

struct rule_set *rule_set_new(struct rule_files *files) {
    struct rule_set *set = calloc(1, sizeof *set);
    if (set == NULL) {
        rule_files_free(files);
        return NULL;
    }
    set->files = *files;
    *files = (struct rule_files){0};
    set->list = calloc(set->files.count + 1, sizeof *set->list);
    set->conditions = conditions_new();
    set->recurring = recurring_new();
    if (set->list == NULL || set->conditions == NULL || set->recurring == NULL ||
        !compile_all(set) || !make_indexes(set)) {
        rule_set_free(set);
        return NULL;
    }
    return set;
}

struct rule_set *rule_set_builtin(const char *list) {
    struct rule_files files = {0};
    if (rule_files_add(&files, list, false) != RULE_FILES_READ) {
        rule_files_free(&files);
        return NULL;
    }
    return rule_set_new(&files);
}

void rule_set_free(struct rule_set *set) {
    if (set == NULL) {
        return;
    }
    conditions_free(set->conditions);
    recurring_free(set->recurring);
    for (size_t i = 0; set->list != NULL && i < set->count; i++) {
        eql_query_free(set->list[i].query);
    }
    for (size_t i = 0; i < EVENT_PLACES; i++) {
        free(set->by_event[i].stages);
        stage_index_free(set->by_event[i].index);
    }
    stage_index_free(set->library_index);
    free(set->list);
    free(set->stages);
    rule_files_free(&set->files);
    free(set);
}

const char *rule_attack_id(const struct rule_attack *attack) {
    return attack->subtechnique.id != NULL ? attack->subtechnique.id
           : attack->technique.id != NULL  ? attack->technique.id
                                           : attack->tactic.id;
}

const struct rule *rule_set_find(const struct rule_set *set, const char *id) {
    for (size_t i = 0; i < set->count; i++) {
        if (strcmp(set->list[i].text->id, id) == 0) {
            return &set->list[i];
        }
    }
    return NULL;
}

// Keys

// FNV's last bits are good and its first ones are not, and a sum needs all.
static uint64_t mix(uint64_t hash) {
    hash = (hash ^ hash >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    hash = (hash ^ hash >> 27) * UINT64_C(0x94d049bb133111eb);
    return hash ^ hash >> 31;
}

// A sum, so that the values may be added in any order.
uint64_t rule_key_add(uint64_t key, size_t place, const char *value, size_t size) {
    const uint64_t number = place;
    uint64_t hash = hash_add(HASH_START, &number, sizeof number);
    return key + mix(hash_add(hash, value, size));
}

// One that is written in two ways is one key.
static uint64_t add_address(uint64_t key, size_t place, struct text text) {
    struct address address;
    char usual[ADDRESS_TEXT_SIZE];
    if (!address_read(text, &address)) {
        return rule_key_add(key, place, text.data, text.size);
    }
    address_write(&address, usual);
    return rule_key_add(key, place, usual, strlen(usual));
}

static uint64_t add_value(uint64_t key, size_t place, const struct field_value *value) {
    char text[24];
    switch (value->type) {
    case FIELD_TYPE_NUMBER:
        (void)snprintf(text, sizeof text, "%" PRId64, value->number);
        return rule_key_add(key, place, text, strlen(text));
    case FIELD_TYPE_BOOLEAN:
        return rule_key_add(key, place, value->boolean ? "true" : "false", value->boolean ? 4 : 5);
    case FIELD_TYPE_ADDRESS:
        return add_address(key, place, value->text);
    case FIELD_TYPE_TEXT:
        break;
    }
    return rule_key_add(key, place, value->text.data, value->text.size);
}

// The key of the join values. False when one is missing that must not.
static bool read_key(const struct rule_set *set, struct field_reader *reader,
                     struct rule_hit *hit) {
    const struct rule *rule = &set->list[set->stages[hit->stage].rule];
    const struct eql_stage *stage = stage_of(rule, hit->stage - rule->first_stage);
    const struct eql_node *key = NULL;
    for (size_t place = 0; (key = key_at(rule, stage, place)) != NULL; place++) {
        struct field field = fields_find(key->text);
        if (field.id == FIELD_HOST_ID) {
            continue;
        }
        struct field_values values = fields_read(reader, field, hit->kind);
        if (values.count > 0) {
            hit->key = add_value(hit->key, place, &values.list[0]);
        } else if (!key->is_optional) {
            return false;
        }
    }
    return true;
}

// Judging

void rule_hits_free(struct rule_hits *hits) {
    free(hits->list);
    free(hits->undecided);
    *hits = (struct rule_hits){0};
}

static void add_hit(const struct rule_set *set, struct field_reader *reader, struct rule_hits *hits,
                    struct rule_hit hit) {
    if (read_key(set, reader, &hit) &&
        !array_add(&hits->list, &hits->count, &hits->capacity, &hit, sizeof hit)) {
        hits->failed = true;
    }
}

// Stages come in the order of their rules.
static void add_undecided(struct rule_hits *hits, size_t rule) {
    size_t count = hits->undecided_count;
    bool is_there = count > 0 && hits->undecided[count - 1] == rule;
    if (!is_there && !array_add(&hits->undecided, &hits->undecided_count, &hits->undecided_capacity,
                                &rule, sizeof rule)) {
        hits->failed = true;
    }
}

static void judge_stage(const struct rule_set *set, size_t stage, struct field_reader *reader,
                        struct rule_hits *hits) {
    unsigned kind = 0;
    struct rule_hit hit = {.stage = (uint32_t)stage};
    switch (conditions_judge(set->conditions, set->stages[stage].condition, reader, &kind)) {
    case CONDITION_FAILS:
        break;
    case CONDITION_UNDECIDED:
        add_undecided(hits, set->stages[stage].rule);
        break;
    case CONDITION_HOLDS_BY_NAME:
        hit.by_name = 1;
        // fall through
    case CONDITION_HOLDS:
        hit.kind = (uint16_t)kind;
        add_hit(set, reader, hits, hit);
        break;
    }
}

void rule_set_judge(const struct rule_set *set, struct field_reader *reader,
                    struct rule_hits *hits) {
    const struct rule_candidates *candidates = &set->by_event[event_place(reader->subject->id)];
    hits->count = 0;
    hits->undecided_count = 0;
    hits->failed = false;
    if (candidates->count == 0) {
        return;
    }
    field_reader_number_by(reader, set->recurring);
    const uint64_t *found = stage_index_search(candidates->index, reader);
    for (size_t i = 0; i < (candidates->count + 63) / 64; i++) {
        for (uint64_t rest = found[i]; rest != 0; rest &= rest - 1) {
            size_t place = i * 64 + (size_t)__builtin_ctzll(rest);
            judge_stage(set, candidates->stages[place], reader, hits);
        }
    }
}

uint64_t rule_set_judge_libraries(const struct rule_set *set, struct field_reader *reader) {
    if (set->library_count == 0) {
        return 0;
    }
    uint64_t libraries = 0;
    field_reader_number_by(reader, set->recurring);
    for (uint64_t rest = *stage_index_search(set->library_index, reader); rest != 0;
         rest &= rest - 1) {
        size_t i = (size_t)__builtin_ctzll(rest);
        unsigned kind = 0;
        if (conditions_judge(set->conditions, set->libraries[i].condition, reader, &kind) !=
            CONDITION_FAILS) {
            libraries |= UINT64_C(1) << i;
        }
    }
    return libraries;
}

bool rule_set_asks(const struct rule_set *set, unsigned event_id) {
    return set->by_event[event_place(event_id)].count > 0;
}

bool rule_set_may_meet(const struct rule_set *set, unsigned event_id, const struct raw *raw,
                       size_t count, struct text *found) {
    uint32_t events = event_id == 0 ? UINT32_MAX : UINT32_C(1) << event_place(event_id);
    struct haystack bytes;
    haystack_fill(&bytes, raw, count);
    for (size_t i = 0; i < set->stage_count; i++) {
        if (set->stages[i].is_reported && set->list[set->stages[i].rule].can_match &&
            (set->stages[i].events & events) != 0 &&
            conditions_may_hold_in(set->conditions, set->stages[i].condition, &bytes, found)) {
            return true;
        }
    }
    return false;
}
