// SPDX-License-Identifier: GPL-3.0-or-later
// Makes a tree of a query's text: stages and queries here, what they ask for in eql_expression.c.
#include "rules/eql_parser.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/timestamp.h"
#include "rules/eql_build.h"
#include "rules/eql_expression.h"
#include "rules/eql_limits.h"

static const char span_expected[] =
    "expected a span above 0 such as 500ms, 5s, 1m, 2h or 1d, at most 36500d";

// Fields after `by`, added to the keys that there are.
static bool parse_keys(struct eql_build *build, size_t before, struct eql_node *const **keys,
                       size_t *count) {
    size_t mark = build->stack_count;
    bool goes_on = true;
    while (goes_on) {
        if (before + build->stack_count - mark >= EQL_KEYS_MAX) {
            return eql_error_set(build->error, build->token.place, "expected at most %d keys",
                                 EQL_KEYS_MAX);
        }
        if (!eql_build_push(build, eql_expression_parse_field(build)) ||
            !eql_build_take_if(build, EQL_TOKEN_COMMA, &goes_on)) {
            return false;
        }
    }
    *keys = eql_build_pop(build, mark, count);
    return *keys != NULL;
}

static bool parse_category(struct eql_build *build, struct eql_stage *stage) {
    stage->is_any = eql_build_is_at(build, EQL_TOKEN_ANY);
    if (!stage->is_any && !eql_build_is_at(build, EQL_TOKEN_STRING) &&
        (!eql_build_is_at(build, EQL_TOKEN_NAME) || build->token.folds)) {
        return eql_build_expected(build, "an event category or any");
    }
    if (!stage->is_any) {
        stage->category = build->token.text;
    }
    return eql_build_advance(build);
}

// CATEGORY where CONDITION
static bool parse_event(struct eql_build *build, struct eql_stage *stage) {
    stage->place = build->token.place;
    stage->runs = 1;
    if (!parse_category(build, stage) ||
        !eql_build_take(build, EQL_TOKEN_WHERE, "where after the event category")) {
        return false;
    }
    stage->condition = eql_expression_parse(build);
    return stage->condition != NULL;
}

// runs=N, after `with`
static bool parse_runs(struct eql_build *build, struct eql_stage *stage) {
    const struct eql_token *token = &build->token;
    if (!eql_build_is_at(build, EQL_TOKEN_NAME) || strcmp(token->text.data, "runs") != 0) {
        return eql_build_expected(build, "runs after with");
    }
    if (!eql_build_advance(build) || !eql_build_take(build, EQL_TOKEN_ASSIGN, "= after runs")) {
        return false;
    }
    if (!eql_build_is_at(build, EQL_TOKEN_INTEGER) || token->integer < 1 ||
        token->integer > EQL_RUNS_MAX) {
        return eql_error_set(build->error, token->place,
                             "expected a whole number of runs from 1 to %d", EQL_RUNS_MAX);
    }
    stage->runs = (uint32_t)token->integer;
    return eql_build_advance(build);
}

// [EVENT] or ![EVENT], with its keys and runs
static bool parse_stage(struct eql_build *build, size_t keys_before, struct eql_stage *stage) {
    struct eql_place place = build->token.place;
    bool has_keys = false;
    bool has_runs = false;
    stage->is_missing = eql_build_is_at(build, EQL_TOKEN_MISSING);
    if (!(stage->is_missing ? eql_build_advance(build)
                            : eql_build_take(build, EQL_TOKEN_BRACKET, "[ and an event")) ||
        !parse_event(build, stage) ||
        !eql_build_take(build, EQL_TOKEN_BRACKET_END, "and, or, or ] at the end of the event") ||
        !eql_build_take_if(build, EQL_TOKEN_BY, &has_keys) ||
        (has_keys && !parse_keys(build, keys_before, &stage->by, &stage->by_count)) ||
        !eql_build_take_if(build, EQL_TOKEN_WITH, &has_runs)) {
        return false;
    }
    stage->place = place;
    return !has_runs || parse_runs(build, stage);
}

// A whole number and a unit.
static bool parse_span(struct eql_build *build, int64_t *milliseconds) {
    enum { DIGITS_MAX = 20, UNIT_MAX = 2 };
    const struct eql_token number = build->token;
    char text[DIGITS_MAX + UNIT_MAX + 1];
    if (!eql_build_advance(build)) {
        return false;
    }
    const struct text unit = build->token.text;
    if (number.kind != EQL_TOKEN_INTEGER || !eql_build_is_at(build, EQL_TOKEN_NAME) ||
        build->token.folds || number.text.size > DIGITS_MAX || unit.size > UNIT_MAX) {
        return eql_error_set(build->error, number.place, "%s", span_expected);
    }
    (void)snprintf(text, sizeof text, "%s%s", number.text.data, unit.data);
    if (!duration_parse(text, milliseconds) || *milliseconds == 0) {
        return eql_error_set(build->error, number.place, "%s", span_expected);
    }
    return eql_build_advance(build);
}

// by KEYS with maxspan=SPAN, after `sequence`
static bool parse_head(struct eql_build *build, struct eql_query *query) {
    bool has_keys = false;
    bool has_span = false;
    if (!eql_build_take_if(build, EQL_TOKEN_BY, &has_keys) ||
        (has_keys && !parse_keys(build, 0, &query->by, &query->by_count)) ||
        !eql_build_take_if(build, EQL_TOKEN_WITH, &has_span)) {
        return false;
    }
    if (has_span && (!eql_build_take(build, EQL_TOKEN_MAXSPAN, "maxspan after with") ||
                     !eql_build_take(build, EQL_TOKEN_ASSIGN, "= after maxspan") ||
                     !parse_span(build, &query->maxspan))) {
        return false;
    }
    return !eql_build_is_at(build, EQL_TOKEN_BY) ||
           eql_build_expected(build, "[ and an event: by stands in front of with");
}

static struct eql_stage *new_stages(struct eql_build *build, size_t count) {
    struct eql_stage *stages = arena_take(build->arena, count * sizeof *stages);
    if (stages == NULL) {
        (void)eql_error_set_memory(build->error);
        return NULL;
    }
    memset(stages, 0, count * sizeof *stages);
    return stages;
}

static bool parse_stages(struct eql_build *build, struct eql_query *query) {
    struct eql_stage *stages = new_stages(build, EQL_STAGES_MAX);
    bool has_until = false;
    size_t count = 0;
    if (stages == NULL) {
        return false;
    }
    do {
        if (count == EQL_STAGES_MAX) {
            return eql_error_set(build->error, build->token.place,
                                 "expected at most %d events in a sequence", EQL_STAGES_MAX);
        }
        // With nothing before it, until ends nothing.
        if ((count > 0 && !eql_build_take_if(build, EQL_TOKEN_UNTIL, &has_until)) ||
            !parse_stage(build, query->by_count, &stages[count++])) {
            return false;
        }
    } while (!has_until && (eql_build_is_at(build, EQL_TOKEN_BRACKET) ||
                            eql_build_is_at(build, EQL_TOKEN_MISSING) ||
                            eql_build_is_at(build, EQL_TOKEN_UNTIL)));
    query->stages = stages;
    query->stage_count = count - has_until;
    query->until = has_until ? &stages[count - 1] : NULL;
    return true;
}

static bool parse_sequence(struct eql_build *build, struct eql_query *query) {
    query->is_sequence = true;
    if (!eql_build_advance(build) || !parse_head(build, query) || !parse_stages(build, query)) {
        return false;
    }
    return eql_build_is_at(build, EQL_TOKEN_END) ||
           eql_build_expected(build, query->until != NULL
                                         ? "the end of the query"
                                         : "[ and an event, or the end of the query");
}

static bool parse_event_query(struct eql_build *build, struct eql_query *query) {
    struct eql_stage *stage = new_stages(build, 1);
    if (stage == NULL) {
        return false;
    }
    query->stages = stage;
    query->stage_count = 1;
    return parse_event(build, stage) &&
           (eql_build_is_at(build, EQL_TOKEN_END) ||
            eql_build_expected(build, "and, or, or the end of the query"));
}

static bool parse_query(struct eql_build *build, struct eql_query *query) {
    switch (build->token.kind) {
    case EQL_TOKEN_SAMPLE:
    case EQL_TOKEN_JOIN:
        return eql_build_expected(build,
                                  "an event or a sequence (sample and join are not supported)");
    case EQL_TOKEN_SEQUENCE:
        return parse_sequence(build, query);
    default:
        return parse_event_query(build, query);
    }
}

struct eql_query *eql_parse(const char *text, size_t size, struct eql_error *error) {
    *error = (struct eql_error){0};
    if (size > EQL_QUERY_SIZE_MAX) {
        (void)eql_error_set(error, (struct eql_place){1, 1, 0},
                            "expected a query of at most %d bytes, found %zu", EQL_QUERY_SIZE_MAX,
                            size);
        return NULL;
    }
    struct eql_query *query = calloc(1, sizeof *query);
    if (query == NULL) {
        (void)eql_error_set_memory(error);
        return NULL;
    }
    query->maxspan = EQL_NO_MAXSPAN;
    struct eql_build build;
    bool is_parsed =
        eql_build_start(&build, text, size, &query->arena, error) && parse_query(&build, query);
    eql_build_end(&build);
    if (!is_parsed) {
        eql_query_free(query);
        return NULL;
    }
    return query;
}

void eql_query_free(struct eql_query *query) {
    if (query != NULL) {
        arena_free(&query->arena);
        free(query);
    }
}
