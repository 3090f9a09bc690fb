// SPDX-License-Identifier: GPL-3.0-or-later
// Regular expressions as Lucene has them, run by PCRE2.
//
// PCRE2's compiler to machine code is not used: the workers' sandbox has no executable memory to
// give, and few values are matched at all, for `regex` stands beside other tests.
#include "rules/eql_regex.h"

#include <stdint.h>
#include <stdlib.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "rules/eql_limits.h"
#include "rules/eql_regex_translate.h"

// The memory in which pcre2_dfa_match() keeps the places it follows: two lists of three numbers a
// place, and two more.
enum { WORKSPACE_SIZE = EQL_REGEX_PLACES_MAX * 2 * 3 + 2 };

struct eql_regex {
    pcre2_code *code;
    pcre2_match_data *match_data;
    pcre2_match_context *limits;
};

static const char out_of_memory[] = "out of memory";

static const char *compile_message(int error) {
    switch (error) {
    case PCRE2_ERROR_HEAP_FAILED:
        return out_of_memory;
    case PCRE2_ERROR_PARENTHESES_NEST_TOO_DEEP:
        return "expected fewer groups and repetitions within one another";
    default:
        return "expected a smaller expression: with what it repeats it takes too much memory";
    }
}

static bool compile(struct eql_regex *regex, const struct buffer *pattern, const char **message) {
    int error = PCRE2_ERROR_HEAP_FAILED;
    size_t offset = 0;
    regex->code = pcre2_compile((PCRE2_SPTR)pattern->data, pattern->size,
                                PCRE2_UTF | PCRE2_DOTALL | PCRE2_ANCHORED, &error, &offset, NULL);
    if (regex->code == NULL) {
        *message = compile_message(error);
        return false;
    }
    regex->match_data = pcre2_match_data_create_from_pattern(regex->code, NULL);
    regex->limits = pcre2_match_context_create(NULL);
    if (regex->match_data == NULL || regex->limits == NULL) {
        *message = out_of_memory;
        return false;
    }
    pcre2_set_depth_limit(regex->limits, EQL_REGEX_STEPS_MAX);
    pcre2_set_heap_limit(regex->limits, EQL_REGEX_HEAP_KIB_MAX);
    return true;
}

struct eql_regex *eql_regex_new(const char *text, size_t size, bool folds, const char **message,
                                size_t *offset) {
    struct buffer pattern = {0};
    struct eql_regex *regex = calloc(1, sizeof *regex);
    *message = out_of_memory;
    *offset = 0;
    bool is_good =
        regex != NULL && eql_regex_translate(text, size, folds, &pattern, message, offset);
    if (is_good && pattern.failed) {
        *message = out_of_memory;
        is_good = false;
    }
    is_good = is_good && compile(regex, &pattern, message);
    buffer_free(&pattern);
    if (!is_good) {
        eql_regex_free(regex);
        return NULL;
    }
    return regex;
}

void eql_regex_free(struct eql_regex *regex) {
    if (regex != NULL) {
        pcre2_code_free(regex->code);
        pcre2_match_data_free(regex->match_data);
        pcre2_match_context_free(regex->limits);
        free(regex);
    }
}

static bool is_limit(int result) {
    return result == PCRE2_ERROR_MATCHLIMIT || result == PCRE2_ERROR_DEPTHLIMIT ||
           result == PCRE2_ERROR_HEAPLIMIT || result == PCRE2_ERROR_NOMEMORY ||
           result == PCRE2_ERROR_DFA_WSSIZE;
}

// Takes steps off. False when not so many are left.
static bool take(size_t *steps, size_t count) {
    bool is_left = count <= *steps;
    *steps -= is_left ? count : *steps;
    return is_left;
}

// Follows all ways through the expression at once.
static int match_at_once(const struct eql_regex *regex, PCRE2_SPTR subject, size_t size,
                         size_t *steps) {
    int workspace[WORKSPACE_SIZE];
    if (!take(steps, size * EQL_REGEX_PLACES_MAX)) {
        return PCRE2_ERROR_MATCHLIMIT;
    }
    return pcre2_dfa_match(regex->code, subject, size, 0, 0, regex->match_data, regex->limits,
                           workspace, WORKSPACE_SIZE);
}

// Tries one way after the other: fast, unless there are too many. PCRE2 does not say how many steps
// that took, only that it took more than it might, so it may first take few.
static int match_one_by_one(const struct eql_regex *regex, PCRE2_SPTR subject, size_t size,
                            size_t *steps) {
    enum { STEPS_FIRST = 64, STEPS_GROWTH = 16, STEP_SIZE = 8 };
    int result = PCRE2_ERROR_MATCHLIMIT;
    bool is_last = false;
    for (uint32_t most = STEPS_FIRST; result == PCRE2_ERROR_MATCHLIMIT && !is_last;
         most *= STEPS_GROWTH) {
        is_last = most >= EQL_REGEX_STEPS_MAX;
        most = is_last ? EQL_REGEX_STEPS_MAX : most;
        if (!take(steps, size + (size_t)most * STEP_SIZE)) {
            break;
        }
        pcre2_set_match_limit(regex->limits, most);
        result = pcre2_match(regex->code, subject, size, 0, 0, regex->match_data, regex->limits);
    }
    return result;
}

enum eql_regex_result eql_regex_match(const struct eql_regex *regex, const char *data, size_t size,
                                      size_t *steps) {
    PCRE2_SPTR subject = (PCRE2_SPTR)(size == 0 ? "" : data);
    int result = match_one_by_one(regex, subject, size, steps);
    if (is_limit(result)) {
        result = match_at_once(regex, subject, size, steps);
    }
    if (is_limit(result)) {
        return EQL_REGEX_LIMIT;
    }
    return result >= 0 ? EQL_REGEX_MATCH : EQL_REGEX_NO_MATCH;
}
