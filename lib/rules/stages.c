// SPDX-License-Identifier: GPL-3.0-or-later
// Which stages of the chosen rules an event meets.
#include "rules/stages.h"

#include <stdlib.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/ascii.h"
#include "base/buffer.h"

enum { PATTERNS_MAX = 64 };

// A CONDITION_LIKE, its wildcards turned into one regular expression.
struct pattern {
    const struct condition *condition;
    pcre2_code *code;
};

struct stages {
    const struct stage *list[STAGES_MAX];
    size_t count;
    size_t rule_stage_count; // the first so many are the rules'
    struct pattern patterns[PATTERNS_MAX];
    size_t pattern_count;
    pcre2_match_data *match_data;
};

static void add_wildcard(struct buffer *regex, const char *wildcard) {
    for (const char *c = wildcard; *c != '\0'; c++) {
        if (*c == '*') {
            buffer_add_text(regex, ".*");
        } else if (*c == '?') {
            // One character, which in UTF-8 may be several bytes.
            buffer_add_text(regex, "(?:[\\x00-\\x7F]|[\\xC0-\\xFF][\\x80-\\xBF]*)");
        } else {
            buffer_printf(regex, "\\x%02X", (unsigned char)*c);
        }
    }
}

// Bytes, not UTF: caseless then folds ASCII alone, and no value can be refused as bad UTF-8.
static pcre2_code *compile_like(const struct condition *condition) {
    struct buffer regex = {0};
    for (size_t i = 0; i < condition->value_count; i++) {
        buffer_add_text(&regex, i == 0 ? "" : "|");
        add_wildcard(&regex, condition->values[i]);
    }
    pcre2_code *code = NULL;
    if (!regex.failed) {
        int error = 0;
        PCRE2_SIZE offset = 0;
        code = pcre2_compile((PCRE2_SPTR)regex.data, regex.size,
                             PCRE2_CASELESS | PCRE2_DOTALL | PCRE2_ANCHORED | PCRE2_ENDANCHORED |
                                 PCRE2_NEVER_UTF,
                             &error, &offset, NULL);
    }
    buffer_free(&regex);
    return code;
}

static bool compile_patterns(struct stages *stages, const struct condition *condition) {
    if (condition == NULL) {
        return true;
    }
    for (size_t i = 0; i < condition->child_count; i++) {
        if (!compile_patterns(stages, condition->children[i])) {
            return false;
        }
    }
    if (condition->kind != CONDITION_LIKE) {
        return true;
    }
    for (size_t i = 0; i < stages->pattern_count; i++) {
        if (stages->patterns[i].condition == condition) {
            return true;
        }
    }
    if (stages->pattern_count == PATTERNS_MAX) {
        return false;
    }
    pcre2_code *code = compile_like(condition);
    if (code != NULL) {
        stages->patterns[stages->pattern_count++] = (struct pattern){condition, code};
    }
    return code != NULL;
}

bool stages_add(struct stages *stages, const struct stage *stage) {
    if (stages_mask_of(stages, stage) != 0) {
        return true;
    }
    if (stages->count == STAGES_MAX) {
        return false;
    }
    stages->list[stages->count++] = stage;
    return compile_patterns(stages, stage->condition) && compile_patterns(stages, stage->fallback);
}

struct stages *stages_new(const struct rule *const *rules, size_t count) {
    struct stages *stages = calloc(1, sizeof *stages);
    if (stages == NULL) {
        return NULL;
    }
    // One pair of offsets: patterns have no groups.
    stages->match_data = pcre2_match_data_create(1, NULL);
    bool ok = stages->match_data != NULL;
    for (size_t i = 0; ok && i < count; i++) {
        for (size_t k = 0; ok && k < rules[i]->stage_count; k++) {
            ok = stages_add(stages, rules[i]->stages[k]);
        }
    }
    if (!ok) {
        stages_free(stages);
        return NULL;
    }
    stages->rule_stage_count = stages->count;
    return stages;
}

void stages_free(struct stages *stages) {
    if (stages == NULL) {
        return;
    }
    for (size_t i = 0; i < stages->pattern_count; i++) {
        pcre2_code_free(stages->patterns[i].code);
    }
    pcre2_match_data_free(stages->match_data);
    free(stages);
}

stage_mask stages_of_rules(const struct stages *stages) {
    return (stage_mask)((UINT64_C(1) << stages->rule_stage_count) - 1);
}

size_t stages_count(const struct stages *stages) {
    return stages->count;
}

const struct stage *stages_get(const struct stages *stages, size_t number) {
    return stages->list[number];
}

stage_mask stages_mask_of(const struct stages *stages, const struct stage *stage) {
    for (size_t i = 0; i < stages->count; i++) {
        if (stages->list[i] == stage) {
            return (stage_mask)1 << i;
        }
    }
    return 0;
}

static bool is_like(const struct stages *stages, const struct condition *condition,
                    struct event_text text) {
    for (size_t i = 0; i < stages->pattern_count; i++) {
        if (stages->patterns[i].condition == condition) {
            return pcre2_match(stages->patterns[i].code, (PCRE2_SPTR)text.data, text.size, 0, 0,
                               stages->match_data, NULL) >= 0;
        }
    }
    return false;
}

// Below, equal to or above zero as the text comes before the value, is it, or comes behind it.
static int compare_folded(struct event_text text, const char *value) {
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)ascii_fold(text.data[i]);
        unsigned char v = (unsigned char)value[i];
        if (c != v) {
            return c < v ? -1 : 1;
        }
    }
    return value[text.size] == '\0' ? 0 : -1;
}

static bool is_one_of_sorted(const struct condition *condition, struct event_text text) {
    size_t begin = 0;
    size_t end = condition->value_count;
    while (begin < end) {
        size_t middle = begin + (end - begin) / 2;
        int order = compare_folded(text, condition->values[middle]);
        if (order == 0) {
            return true;
        }
        if (order < 0) {
            end = middle;
        } else {
            begin = middle + 1;
        }
    }
    return false;
}

static bool is_one_of(const struct condition *condition, struct event_text text) {
    if (condition->is_sorted) {
        return is_one_of_sorted(condition, text);
    }
    for (size_t i = 0; i < condition->value_count; i++) {
        if (ascii_equal(text.data, text.size, condition->values[i])) {
            return true;
        }
    }
    return false;
}

static bool is_none_of(const struct condition *condition, struct event_text text) {
    for (size_t i = 0; i < condition->value_count; i++) {
        const char *value = condition->values[i];
        if (strlen(value) == text.size && memcmp(value, text.data, text.size) == 0) {
            return false;
        }
    }
    return true;
}

static bool compares(const struct stages *stages, const struct condition *condition,
                     const struct event *event) {
    struct event_text text = event_part(event, condition->field, condition->part);
    if (text.data == NULL) {
        return false;
    }
    switch (condition->kind) {
    case CONDITION_IS:
        return is_one_of(condition, text);
    case CONDITION_IS_NOT:
        return is_none_of(condition, text);
    case CONDITION_LIKE:
        return is_like(stages, condition, text);
    default:
        return false;
    }
}

static bool holds(const struct stages *stages, const struct condition *condition,
                  const struct event *event) {
    bool all = condition->kind == CONDITION_ALL;
    switch (condition->kind) {
    case CONDITION_ALL:
    case CONDITION_ANY:
        for (size_t i = 0; i < condition->child_count; i++) {
            if (holds(stages, condition->children[i], event) != all) {
                return !all;
            }
        }
        return all;
    case CONDITION_NO_FIELD:
        return !event_has(event, condition->field);
    default:
        return compares(stages, condition, event);
    }
}

struct stage_verdict stages_judge(const struct stages *stages, const struct event *event) {
    struct stage_verdict verdict = {0};
    for (size_t i = 0; i < stages->count; i++) {
        const struct stage *stage = stages->list[i];
        stage_mask bit = (stage_mask)1 << i;
        if (stage->event_id != event->id) {
            continue;
        }
        if (holds(stages, stage->condition, event)) {
            verdict.meets |= bit;
        } else if (stage->fallback != NULL && holds(stages, stage->fallback, event)) {
            verdict.fallback |= bit;
        }
    }
    return verdict;
}
