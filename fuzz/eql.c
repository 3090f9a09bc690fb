// SPDX-License-Identifier: GPL-3.0-or-later
// Fuzz target: lexer, parser and checker of EQL, and what follows from a query alone. The input is
// a query.
#include "rules/eql_check.h"
#include "rules/eql_limits.h"
#include "rules/eql_parser.h"
#include "rules/rule_fit.h"
#include "rules/source_error.h"

#include "fuzz.h"

static void check_text(struct text text) {
    must(text.data != NULL && text.data[text.size] == '\0');
}

static void check_node(const struct eql_node *node, size_t size) {
    uint32_t height = 0;
    must(node->place.line > 0 && node->place.column > 0 && node->place.offset < size);
    must(node->kind == EQL_CALL || (node->count > 0) == (node->kind > EQL_FIELD));
    for (size_t i = 0; i < node->count; i++) {
        check_node(node->operands[i], size);
        height = node->operands[i]->height > height ? node->operands[i]->height : height;
    }
    must(node->height == height + 1 && node->height <= EQL_NESTING_MAX);
    if (node->kind == EQL_STRING || node->kind == EQL_FIELD) {
        check_text(node->text);
    } else if (node->kind == EQL_CALL) {
        must(node->function < EQL_FUNCTION_COUNT);
    }
}

static void check_stage(const struct eql_stage *stage, size_t size) {
    must(stage->is_any == (stage->category.data == NULL));
    must(stage->runs >= 1 && stage->runs <= EQL_RUNS_MAX && stage->by_count <= EQL_KEYS_MAX);
    check_node(stage->condition, size);
    for (size_t i = 0; i < stage->by_count; i++) {
        must(stage->by[i]->kind == EQL_FIELD);
        check_node(stage->by[i], size);
    }
}

static void check_query(const struct eql_query *query, size_t size) {
    must(query->stage_count > 0 && query->stage_count <= EQL_STAGES_MAX);
    for (size_t i = 0; i < query->stage_count; i++) {
        check_stage(&query->stages[i], size);
    }
    if (query->until != NULL) {
        check_stage(query->until, size);
    }
}

static void check_error(const struct eql_error *error, const char *text, size_t size) {
    const struct source_text source = {.path = "f", .text = text, .size = size, .start = {1, 1}};
    struct source_error told;
    struct buffer out = {0};
    must(error->text[0] != '\0' && error->place.offset <= size);
    must(source_error_set(&told, &source, error->place.offset, error->text));
    source_error_add(&out, &told);
    source_error_free(&told);
    for (size_t i = 0; i < out.size; i++) {
        must((unsigned char)out.data[i] >= ' ' || out.data[i] == '\n');
    }
    buffer_free(&out);
}

static void check_fit(const struct eql_query *query) {
    struct rule_fit fit;
    must(rule_fit_make(&fit, query) && fit.stage_count == query->stage_count);
    must((fit.verdict == RULE_CANNOT_MATCH) == (fit.reason != NULL));
    must(fit.reason == NULL || *fit.reason != '\0');
    for (const char *at = fit.reason; at != NULL && *at != '\0'; at++) {
        must((unsigned char)*at >= ' ' && *at != 0x7f);
    }
    rule_fit_free(&fit);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const char *text = (const char *)data;
    struct eql_error error = {0};
    struct eql_query *query = eql_parse(text, size, &error);
    if (query != NULL) {
        must(error.text[0] == '\0');
        check_query(query, size);
    }
    if (query == NULL || !eql_check(query, &error)) {
        check_error(&error, text, size);
    } else {
        check_fit(query);
    }
    eql_query_free(query);
    return 0;
}
