// SPDX-License-Identifier: GPL-3.0-or-later
#include "rules/eql_build.h"

#include <stdlib.h>

#include "base/array.h"
#include "rules/eql_limits.h"

bool eql_build_start(struct eql_build *build, const char *text, size_t size, struct arena *arena,
                     struct eql_error *error) {
    *build = (struct eql_build){.arena = arena, .error = error};
    eql_lexer_start(&build->lexer, text, size, arena, error);
    return eql_build_advance(build);
}

void eql_build_end(struct eql_build *build) {
    free(build->stack);
}

bool eql_build_advance(struct eql_build *build) {
    build->before = build->token;
    return eql_lexer_next(&build->lexer, &build->token);
}

bool eql_build_is_at(const struct eql_build *build, enum eql_token_kind kind) {
    return build->token.kind == kind;
}

bool eql_build_expected(struct eql_build *build, const char *expected) {
    const struct eql_token *token = &build->token;
    char excerpt[EQL_EXCERPT_SIZE];
    (void)eql_excerpt(token->raw, excerpt);
    if (eql_build_is_at(build, EQL_TOKEN_END)) {
        return eql_error_set(build->error, token->place, "expected %s, found the end of the query",
                             expected);
    }
    if (eql_build_is_at(build, EQL_TOKEN_PIPE)) {
        return eql_error_set(build->error, token->place,
                             "expected %s, found a pipe: pipes are not supported", expected);
    }
    if (eql_build_is_at(build, EQL_TOKEN_ASSIGN)) {
        return eql_error_set(build->error, token->place,
                             "expected %s, found =: write == or : to compare", expected);
    }
    if (eql_token_is_like_keyword(token)) {
        return eql_error_set(build->error, token->place,
                             "expected %s, found %s: keywords are written in small letters",
                             expected, excerpt);
    }
    if (eql_token_is_like_keyword(&build->before)) {
        char before[EQL_EXCERPT_SIZE];
        return eql_error_set(
            build->error, token->place,
            "expected %s, found %s after %s: keywords are written in small letters", expected,
            excerpt, eql_excerpt(build->before.raw, before));
    }
    return eql_error_set(build->error, token->place, "expected %s, found %s", expected, excerpt);
}

bool eql_build_take(struct eql_build *build, enum eql_token_kind kind, const char *expected) {
    return eql_build_is_at(build, kind) ? eql_build_advance(build)
                                        : eql_build_expected(build, expected);
}

bool eql_build_take_if(struct eql_build *build, enum eql_token_kind kind, bool *was_there) {
    *was_there = eql_build_is_at(build, kind);
    return !*was_there || eql_build_advance(build);
}

bool eql_build_enter(struct eql_build *build) {
    return ++build->depth <= EQL_NESTING_MAX ||
           eql_error_set(build->error, build->token.place, "expected at most %d levels of nesting",
                         EQL_NESTING_MAX);
}

void eql_build_leave(struct eql_build *build) {
    build->depth--;
}

struct eql_node *eql_build_node(struct eql_build *build, enum eql_kind kind,
                                struct eql_place place) {
    if (build->node_count++ >= EQL_NODES_MAX) {
        (void)eql_error_set(build->error, place, "expected at most %d values and operators",
                            EQL_NODES_MAX);
        return NULL;
    }
    struct eql_node *node = arena_take(build->arena, sizeof *node);
    if (node == NULL) {
        (void)eql_error_set_memory(build->error);
        return NULL;
    }
    *node = (struct eql_node){.kind = kind, .place = place, .height = 1};
    return node;
}

bool eql_build_push(struct eql_build *build, struct eql_node *node) {
    if (node == NULL) {
        return false;
    }
    return array_add(&build->stack, &build->stack_count, &build->stack_capacity, &node,
                     sizeof node) ||
           eql_error_set_memory(build->error);
}

struct eql_node *const *eql_build_pop(struct eql_build *build, size_t mark, size_t *count) {
    *count = build->stack_count - mark;
    const void *operands = *count == 0 ? NULL : build->stack + mark;
    struct eql_node **list = arena_copy(build->arena, operands, *count * sizeof *list);
    build->stack_count = mark;
    if (list == NULL) {
        (void)eql_error_set_memory(build->error);
    }
    return list;
}

struct eql_node *eql_build_close(struct eql_build *build, struct eql_node *node, size_t mark) {
    if (node == NULL) {
        return NULL;
    }
    node->operands = eql_build_pop(build, mark, &node->count);
    if (node->operands == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < node->count; i++) {
        uint32_t height = node->operands[i]->height + 1;
        node->height = height > node->height ? height : node->height;
    }
    if (node->height > EQL_NESTING_MAX) {
        (void)eql_error_set(build->error, node->place, "expected at most %d levels of nesting",
                            EQL_NESTING_MAX);
        return NULL;
    }
    return node;
}
