// SPDX-License-Identifier: GPL-3.0-or-later
#include "rules/guard.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "rules/condition_tree.h"
#include "rules/gram.h"

// What a guard costs: how common its texts are together, and how much work they are to find.
#define NO_GUARD SIZE_MAX

// How common texts are that are too short for a gram.
enum { SHORT_TEXT_COST = 16 };

// What can be known of a predicate before events.
struct seeker {
    const struct guard_text *texts;
    size_t count;
    size_t cost;
};

struct guards {
    const struct conditions *conditions;
    struct seeker *seekers; // by the number of the predicate
    struct arena arena;     // of texts
};

// How common grams are

enum { COUNTS_BITS = 16 };

// By the hash of a gram: others may have the same, and seem more common than they are.
struct gram_counts {
    size_t list[1 << COUNTS_BITS];
};

static size_t place_of(uint32_t gram) {
    return gram * UINT32_C(0x9e3779b1) >> (32 - COUNTS_BITS);
}

// Whether there is a gram here: in a pattern it has no wildcard in it.
static bool has_gram(const struct sought *sought, size_t at) {
    for (size_t i = 0; sought->as == SOUGHT_PATTERN && i < GRAM_SIZE; i++) {
        if (sought->text.data[at + i] == '*' || sought->text.data[at + i] == '?') {
            return false;
        }
    }
    return at + GRAM_SIZE <= sought->text.size;
}

static void count_grams(struct gram_counts *counts, const struct predicate_entry *entry) {
    struct sought sought;
    for (size_t i = 0; i < entry->predicate.constant_count; i++) {
        bool is_text = predicate_seeks(&entry->predicate, i, &sought);
        for (size_t at = 0; is_text && at + GRAM_SIZE <= sought.text.size; at++) {
            if (has_gram(&sought, at)) {
                counts->list[place_of(gram_of(sought.text.data + at))] += entry->uses;
            }
        }
    }
}

// The offset of the rarest gram. SIZE_MAX when there is none.
static size_t rarest(const struct gram_counts *counts, const struct sought *sought, size_t *cost) {
    size_t offset = SIZE_MAX;
    *cost = NO_GUARD;
    for (size_t at = 0; at + GRAM_SIZE <= sought->text.size; at++) {
        size_t count = has_gram(sought, at)
                           ? counts->list[place_of(gram_of(sought->text.data + at))]
                           : NO_GUARD;
        if (count < *cost) {
            *cost = count;
            offset = at;
        }
    }
    return offset;
}

// Texts of predicates

// What has no wildcard in it around the gram.
static struct guard_text run_around(const struct sought *sought, size_t gram) {
    size_t start = gram;
    size_t end = gram + GRAM_SIZE;
    while (start > 0 && has_gram(sought, start - 1)) {
        start--;
    }
    while (end < sought->text.size && has_gram(sought, end + 1 - GRAM_SIZE)) {
        end++;
    }
    return (struct guard_text){.text = {sought->text.data + start, end - start},
                               .gram = gram - start};
}

// Gives what it costs, too; NO_GUARD where there is nothing to look for.
static struct guard_text guard_text_of(const struct gram_counts *counts,
                                       const struct sought *sought, size_t *cost) {
    size_t gram = rarest(counts, sought, cost);
    if (sought->as == SOUGHT_WHOLE) {
        *cost = gram == SIZE_MAX ? SHORT_TEXT_COST : *cost;
        return (struct guard_text){.text = sought->text, .is_whole = true};
    }
    if (gram == SIZE_MAX) {
        return (struct guard_text){0};
    }
    return run_around(sought, gram);
}

static bool make_seeker(struct guards *guards, const struct gram_counts *counts, size_t number) {
    const struct predicate *predicate = &guards->conditions->predicates[number].predicate;
    struct seeker *seeker = &guards->seekers[number];
    size_t count = predicate->constant_count;
    struct guard_text *texts = arena_take(&guards->arena, (count + 1) * sizeof *texts);
    *seeker = (struct seeker){.texts = texts, .count = count, .cost = NO_GUARD};
    if (texts == NULL || predicate->test == TEST_EXISTS) {
        return texts != NULL;
    }
    size_t all = 0;
    for (size_t i = 0; i < count; i++) {
        struct sought sought;
        size_t cost = NO_GUARD;
        if (predicate_seeks(predicate, i, &sought)) {
            texts[i] = guard_text_of(counts, &sought, &cost);
        }
        if (cost == NO_GUARD) {
            return true;
        }
        all += cost;
    }
    seeker->cost = all * field_effort(predicate->field);
    return true;
}

struct guards *guards_new(const struct conditions *conditions) {
    struct guards *guards = calloc(1, sizeof *guards);
    struct gram_counts *counts = calloc(1, sizeof *counts);
    bool is_good = guards != NULL && counts != NULL;
    if (is_good) {
        guards->conditions = conditions;
        guards->seekers = calloc(conditions->predicate_count + 1, sizeof *guards->seekers);
        is_good = guards->seekers != NULL;
    }
    for (size_t i = 0; is_good && i < conditions->predicate_count; i++) {
        count_grams(counts, &conditions->predicates[i]);
    }
    for (size_t i = 0; is_good && i < conditions->predicate_count; i++) {
        is_good = make_seeker(guards, counts, i);
    }
    free(counts);
    if (!is_good) {
        guards_free(guards);
        return NULL;
    }
    return guards;
}

void guards_free(struct guards *guards) {
    if (guards != NULL) {
        free(guards->seekers);
        arena_free(&guards->arena);
        free(guards);
    }
}

struct guard_texts guards_texts(const struct guards *guards, size_t predicate) {
    const struct seeker *seeker = &guards->seekers[predicate];
    return (struct guard_texts){guards->conditions->predicates[predicate].predicate.field,
                                seeker->texts, seeker->count};
}

// Choosing

struct search {
    const struct guards *guards;
    unsigned event; // event_place() of its ID
    unsigned kind;
    size_t place;
    struct guard_list *list;
};

// Each of these adds a guard for what it says, and gives what that costs: 0 for what cannot be,
// NO_GUARD and nothing added where there is none.

static size_t seek(const struct search *search, const struct condition *condition, bool is_true);

static size_t seek_predicate(const struct search *search, size_t number, bool is_true) {
    const struct guards *guards = search->guards;
    struct guard_list *list = search->list;
    unsigned outcomes = predicate_entry_outcomes(&guards->conditions->predicates[number],
                                                 search->event, search->kind);
    if ((outcomes & ~(unsigned)(is_true ? OUTCOME_FALSE : OUTCOME_TRUE)) == 0) {
        return 0;
    }
    if (!is_true || outcomes == OUTCOME_TRUE || guards->seekers[number].cost == NO_GUARD) {
        return NO_GUARD;
    }
    const struct guard guard = {number, search->place};
    if (!array_add(&list->list, &list->count, &list->capacity, &guard, sizeof guard)) {
        list->failed = true;
        return NO_GUARD;
    }
    return guards->seekers[number].cost;
}

// That one of the operands is so: all their guards.
static size_t seek_one(const struct search *search, const struct condition *condition,
                       bool is_true) {
    size_t start = search->list->count;
    size_t all = 0;
    for (size_t i = 0; i < condition->count; i++) {
        size_t cost = seek(search, condition->operands[i], is_true);
        if (cost == NO_GUARD) {
            search->list->count = start;
            return NO_GUARD;
        }
        all += cost;
    }
    return all;
}

// Puts what was added from `middle` on in the place of what was from `start` on.
static void replace(struct guard_list *list, size_t start, size_t middle) {
    size_t count = list->count - middle;
    if (count > 0) {
        memmove(list->list + start, list->list + middle, count * sizeof *list->list);
    }
    list->count = start + count;
}

// That all of the operands are so: the best of their guards.
static size_t seek_all(const struct search *search, const struct condition *condition,
                       bool is_true) {
    struct guard_list *list = search->list;
    size_t start = list->count;
    size_t best = NO_GUARD;
    for (size_t i = 0; i < condition->count; i++) {
        size_t middle = list->count;
        size_t cost = seek(search, condition->operands[i], is_true);
        if (cost < best) {
            replace(list, start, middle);
            best = cost;
        } else {
            list->count = middle;
        }
    }
    return best;
}

// That the condition is true, or that it is false; or in both cases null.
static size_t seek(const struct search *search, const struct condition *condition, bool is_true) {
    switch (condition->logic) {
    case LOGIC_CONSTANT:
        return condition->outcome == (is_true ? OUTCOME_FALSE : OUTCOME_TRUE) ? 0 : NO_GUARD;
    case LOGIC_PREDICATE:
        return seek_predicate(search, condition->predicate, is_true);
    case LOGIC_NOT:
        return seek(search, condition->operands[0], !is_true);
    case LOGIC_AND:
    case LOGIC_OR:
        break;
    }
    return (condition->logic == LOGIC_AND) == is_true ? seek_all(search, condition, is_true)
                                                      : seek_one(search, condition, is_true);
}

bool guards_add(const struct guards *guards, size_t number, unsigned event_id, size_t place,
                struct guard_list *list) {
    struct search search = {guards, event_place(event_id), 0, place, list};
    size_t start = list->count;
    for (; search.kind < event_kinds(event_id); search.kind++) {
        if (seek(&search, guards->conditions->stages[number].condition, true) == NO_GUARD) {
            list->count = start;
            return false;
        }
    }
    return true;
}
