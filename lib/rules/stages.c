// SPDX-License-Identifier: GPL-3.0-or-later
// Which stages of the chosen rules an event meets.
#include "rules/stages.h"

#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/glob.h"

struct stages {
    const struct stage *list[STAGES_MAX];
    size_t count;
    size_t rule_stage_count; // the first so many are the rules'
};

bool stages_add(struct stages *stages, const struct stage *stage) {
    if (stages_mask_of(stages, stage) != 0) {
        return true;
    }
    if (stages->count == STAGES_MAX) {
        return false;
    }
    stages->list[stages->count++] = stage;
    return true;
}

struct stages *stages_new(const struct rule *const *rules, size_t count) {
    struct stages *stages = calloc(1, sizeof *stages);
    if (stages == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < rules[i]->stage_count; k++) {
            if (!stages_add(stages, rules[i]->stages[k])) {
                free(stages);
                return NULL;
            }
        }
    }
    stages->rule_stage_count = stages->count;
    return stages;
}

void stages_free(struct stages *stages) {
    free(stages);
}

stage_mask stages_of_rules(const struct stages *stages) {
    return (stage_mask)((UINT64_C(1) << stages->rule_stage_count) - 1);
}

stage_mask stages_of_id(const struct stages *stages, uint16_t event_id) {
    stage_mask mask = 0;
    for (size_t i = 0; i < stages->count; i++) {
        mask |= (stage_mask)(stages->list[i]->event_id == event_id) << i;
    }
    return mask;
}

stage_mask stages_mask_of(const struct stages *stages, const struct stage *stage) {
    for (size_t i = 0; i < stages->count; i++) {
        if (stages->list[i] == stage) {
            return (stage_mask)1 << i;
        }
    }
    return 0;
}

// Conditions

static bool is_one_of(const struct condition *condition, struct event_text text, bool fold) {
    for (size_t i = 0; i < condition->value_count; i++) {
        const char *value = condition->values[i];
        if (fold ? ascii_equal(text.data, text.size, value)
                 : strlen(value) == text.size && memcmp(value, text.data, text.size) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_like(const struct condition *condition, struct event_text text) {
    for (size_t i = 0; i < condition->value_count; i++) {
        const char *pattern = condition->values[i];
        if (glob_fits(pattern, strlen(pattern), text.data, text.size, true)) {
            return true;
        }
    }
    return false;
}

static bool compares(const struct condition *condition, struct subject *subject) {
    struct event_text text = subject_part(subject, condition->data, condition->part);
    switch (condition->kind) {
    case CONDITION_IS:
        return text.data != NULL && is_one_of(condition, text, true);
    case CONDITION_IS_NOT:
        return text.data == NULL || !is_one_of(condition, text, false);
    case CONDITION_LIKE:
        return text.data != NULL && is_like(condition, text);
    default:
        return false;
    }
}

static bool holds(const struct condition *condition, struct subject *subject) {
    bool all = condition->kind == CONDITION_ALL;
    switch (condition->kind) {
    case CONDITION_ALL:
    case CONDITION_ANY:
        for (size_t i = 0; i < condition->child_count; i++) {
            if (holds(condition->children[i], subject) != all) {
                return !all;
            }
        }
        return all;
    case CONDITION_NO_FIELD:
        return !subject_has(subject, condition->data);
    default:
        return compares(condition, subject);
    }
}

struct stage_verdict stages_judge(const struct stages *stages, struct subject *subject) {
    struct stage_verdict verdict = {0};
    for (size_t i = 0; i < stages->count; i++) {
        const struct stage *stage = stages->list[i];
        stage_mask bit = (stage_mask)1 << i;
        if (stage->event_id != subject->id) {
            continue;
        }
        if (holds(stage->condition, subject)) {
            verdict.meets |= bit;
        } else if (stage->fallback != NULL && holds(stage->fallback, subject)) {
            verdict.fallback |= bit;
        }
    }
    return verdict;
}

// Records that cannot be decoded

// Whether the text stands in the bytes, `step` of them a character.
static bool stands_in(const struct raw *raw, const char *text, size_t size, size_t step) {
    for (size_t at = 0; raw->size >= size * step && at <= raw->size - size * step; at++) {
        size_t i = 0;
        while (i < size && ascii_fold((char)raw->data[at + i * step]) == ascii_fold(text[i]) &&
               (step == 1 || raw->data[at + i * step + 1] == 0)) {
            i++;
        }
        if (i == size) {
            return true;
        }
    }
    return false;
}

// Shorter text stands everywhere, and what is not ASCII may stand in other bytes.
static bool can_be_sought(const char *text, size_t size) {
    for (size_t i = 0; i < size; i++) {
        if ((unsigned char)text[i] >= 0x80) {
            return false;
        }
    }
    return size >= 4;
}

static bool may_stand_in(const struct raw *raw, size_t count, const char *text, size_t size) {
    if (!can_be_sought(text, size)) {
        return true;
    }
    for (size_t i = 0; i < count; i++) {
        if (stands_in(&raw[i], text, size, 2) || stands_in(&raw[i], text, size, 1)) {
            return true;
        }
    }
    return false;
}

// The longest run of a wildcard pattern that has no wildcard in it.
static const char *longest_run(const char *pattern, size_t *size) {
    const char *longest = pattern;
    *size = 0;
    while (*pattern != '\0') {
        size_t length = strcspn(pattern, "*?");
        if (length > *size) {
            longest = pattern;
            *size = length;
        }
        pattern += length;
        pattern += strspn(pattern, "*?");
    }
    return longest;
}

static bool may_compare(const struct condition *condition, const struct raw *raw, size_t count) {
    for (size_t i = 0; i < condition->value_count; i++) {
        const char *text = condition->values[i];
        size_t size = strlen(text);
        if (condition->kind == CONDITION_LIKE) {
            text = longest_run(text, &size);
        }
        if (may_stand_in(raw, count, text, size)) {
            return true;
        }
    }
    return false;
}

static bool may_hold(const struct condition *condition, const struct raw *raw, size_t count) {
    bool all = condition->kind == CONDITION_ALL;
    switch (condition->kind) {
    case CONDITION_ALL:
    case CONDITION_ANY:
        for (size_t i = 0; i < condition->child_count; i++) {
            if (may_hold(condition->children[i], raw, count) != all) {
                return !all;
            }
        }
        return all;
    case CONDITION_IS:
    case CONDITION_LIKE:
        return may_compare(condition, raw, count);
    case CONDITION_IS_NOT:
    case CONDITION_NO_FIELD:
        break;
    }
    return true;
}

bool stages_may_meet(const struct stages *stages, stage_mask which, const struct raw *raw,
                     size_t count) {
    for (size_t i = 0; i < stages->count; i++) {
        const struct stage *stage = stages->list[i];
        if ((which >> i & 1) != 0 &&
            (may_hold(stage->condition, raw, count) ||
             (stage->fallback != NULL && may_hold(stage->fallback, raw, count)))) {
            return true;
        }
    }
    return false;
}
