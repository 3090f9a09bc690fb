// SPDX-License-Identifier: GPL-3.0-or-later
// The conditions of all stages of a run: making them.
#include "rules/condition.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/hash.h"
#include "rules/condition_tree.h"

struct conditions *conditions_new(void) {
    struct conditions *conditions = calloc(1, sizeof *conditions);
    if (conditions != NULL) {
        conditions->memo = calloc((size_t)1 << OUTCOME_MEMO_BITS, sizeof *conditions->memo);
    }
    if (conditions != NULL && conditions->memo == NULL) {
        conditions_free(conditions);
        return NULL;
    }
    return conditions;
}

void conditions_free(struct conditions *conditions) {
    if (conditions != NULL) {
        for (size_t i = 0; i < conditions->predicate_count; i++) {
            predicate_clear(&conditions->predicates[i].predicate);
        }
        free(conditions->predicates);
        free(conditions->stages);
        free(conditions->memo);
        arena_free(&conditions->arena);
        arena_free(&conditions->scratch);
        free(conditions);
    }
}

// Compiling

struct compiler {
    struct conditions *conditions;
    struct eql_error *error;
};

static struct condition *fail(const struct compiler *compiler) {
    (void)eql_error_set_memory(compiler->error);
    return NULL;
}

static struct condition *add_condition(struct compiler *compiler, enum logic logic, size_t count) {
    struct arena *arena = &compiler->conditions->arena;
    struct condition *condition = arena_take(arena, sizeof *condition);
    if (condition == NULL) {
        return fail(compiler);
    }
    *condition = (struct condition){.logic = logic, .count = count};
    condition->operands = arena_take(arena, (count + 1) * sizeof(struct condition *));
    return condition->operands == NULL ? fail(compiler) : condition;
}

static bool reads_name(const struct predicate *predicate, const struct eql_node *node) {
    if (!predicate->is_script) {
        return field_is_original_name(predicate->field);
    }
    for (size_t i = 0; i < node->count; i++) {
        if (reads_name(predicate, node->operands[i])) {
            return true;
        }
    }
    return node->kind == EQL_FIELD && field_is_original_name(fields_find(node->text));
}

// Judges it for all events of which the ID decides.
static void decide(struct predicate_entry *entry, struct arena *scratch) {
    for (unsigned place = 1; place < EVENT_PLACES; place++) {
        unsigned event_id = event_at_place(place);
        for (unsigned kind = 0; kind < event_kinds(event_id); kind++) {
            unsigned outcomes = predicate_outcomes(&entry->predicate, event_id, kind, scratch);
            uint32_t bit = UINT32_C(1) << place;
            bool is_one = (outcomes & (outcomes - 1)) == 0;
            entry->known[kind] |= is_one ? bit : 0;
            entry->is_true[kind] |= outcomes == OUTCOME_TRUE ? bit : 0;
            entry->is_null[kind] |= outcomes == OUTCOME_NULL ? bit : 0;
            arena_clear(scratch);
        }
    }
}

static size_t effort_of_fields(const struct eql_node *node) {
    size_t effort = node->kind == EQL_FIELD ? field_effort(fields_find(node->text)) : 0;
    for (size_t i = 0; i < node->count; i++) {
        effort += effort_of_fields(node->operands[i]);
    }
    return effort;
}

// How much work the predicate is to judge.
static size_t effort_of(const struct predicate *predicate) {
    // Those of an expression or a regular expression, of wildcards or networks, of a value.
    enum { EFFORT_PROGRAM = 64, EFFORT_PATTERN = 8, EFFORT_VALUE = 1 };
    size_t effort = 1;
    if (predicate->is_script) {
        return EFFORT_PROGRAM * effort_of_fields(predicate->node);
    }
    for (size_t i = 0; i < predicate->constant_count; i++) {
        enum constant_kind kind = predicate->constants[i].kind;
        effort += kind == CONSTANT_REGEX   ? EFFORT_PROGRAM
                  : kind == CONSTANT_VALUE ? EFFORT_VALUE
                                           : EFFORT_PATTERN;
    }
    return effort * field_effort(predicate->field);
}

// The condition that asks the predicate, which is taken over.
static struct condition *ask(struct compiler *compiler, struct predicate *predicate) {
    struct conditions *conditions = compiler->conditions;
    struct condition *condition = add_condition(compiler, LOGIC_PREDICATE, 0);
    uint64_t hash = predicate_hash(predicate);
    if (condition != NULL) {
        condition->effort = effort_of(predicate);
    }
    size_t number = 0;
    while (number < conditions->predicate_count &&
           (conditions->predicates[number].hash != hash ||
            !predicate_is_same(&conditions->predicates[number].predicate, predicate))) {
        number++;
    }
    if (condition != NULL && number < conditions->predicate_count) {
        predicate_clear(predicate);
        condition->predicate = number;
        conditions->predicates[number].uses++;
        return condition;
    }
    struct predicate_entry entry = {.predicate = *predicate,
                                    .hash = hash,
                                    .uses = 1,
                                    .reads_name = reads_name(predicate, predicate->node)};
    decide(&entry, &conditions->scratch);
    if (condition == NULL || !array_add(&conditions->predicates, &conditions->predicate_count,
                                        &conditions->predicate_capacity, &entry, sizeof entry)) {
        predicate_clear(predicate);
        return fail(compiler);
    }
    condition->predicate = number;
    return condition;
}

static struct condition *negate(struct compiler *compiler, const struct condition *operand) {
    struct condition *condition = operand == NULL ? NULL : add_condition(compiler, LOGIC_NOT, 1);
    if (condition != NULL) {
        condition->operands[0] = operand;
        condition->effort = operand->effort;
    }
    return condition;
}

// `is_negated`: under an odd number of `not`, which it takes in.
static struct condition *compile_leaf(struct compiler *compiler, const struct eql_node *node,
                                      bool is_negated) {
    struct predicate predicate = {0};
    if (!predicate_make(&predicate, node, &compiler->conditions->arena, compiler->error)) {
        predicate_clear(&predicate);
        return NULL;
    }
    bool is_order = predicate.test >= TEST_LESS && predicate.test <= TEST_GREATER_EQUAL;
    if (is_negated && is_order && !predicate.is_script) {
        predicate.test = predicate_opposite(predicate.test);
        is_negated = false;
    }
    // `!=` is made as `==`, and both with null as whether there is a value.
    is_negated ^= node->kind == (predicate.test == TEST_EXISTS ? EQL_EQUAL : EQL_NOT_EQUAL);
    struct condition *condition = ask(compiler, &predicate);
    return is_negated ? negate(compiler, condition) : condition;
}

static struct condition *compile(struct compiler *compiler, const struct eql_node *node,
                                 bool is_negated);

static struct condition *compile_constant(struct compiler *compiler,
                                          enum condition_outcome outcome) {
    struct condition *condition = add_condition(compiler, LOGIC_CONSTANT, 0);
    if (condition != NULL) {
        condition->outcome = outcome;
    }
    return condition;
}

static int compare_efforts(const void *a, const void *b) {
    size_t x = (*(const struct condition *const *)a)->effort;
    size_t y = (*(const struct condition *const *)b)->effort;
    return (x > y) - (x < y);
}

static struct condition *compile_logic(struct compiler *compiler, const struct eql_node *node,
                                       bool is_negated) {
    struct condition *condition =
        add_condition(compiler, node->kind == EQL_AND ? LOGIC_AND : LOGIC_OR, node->count);
    for (size_t i = 0; condition != NULL && i < node->count; i++) {
        condition->operands[i] = compile(compiler, node->operands[i], false);
        if (condition->operands[i] == NULL) {
            return NULL;
        }
        condition->effort += condition->operands[i]->effort;
    }
    if (condition != NULL) {
        array_sort(condition->operands, condition->count, sizeof(struct condition *),
                   compare_efforts);
    }
    return is_negated ? negate(compiler, condition) : condition;
}

// A call or field that is compared with true or false is a condition itself: that of the other
// side; NULL where the node is no such comparison.
static const struct eql_node *compared_condition(const struct eql_node *node, bool *boolean) {
    for (size_t i = 0; (node->kind == EQL_EQUAL || node->kind == EQL_NOT_EQUAL) && i < 2; i++) {
        const struct eql_node *other = node->operands[1 - i];
        if (node->operands[i]->kind == EQL_BOOLEAN && other->kind == EQL_CALL) {
            *boolean = node->operands[i]->boolean;
            return other;
        }
    }
    return NULL;
}

static struct condition *compile(struct compiler *compiler, const struct eql_node *node,
                                 bool is_negated) {
    bool boolean = false;
    const struct eql_node *call = compared_condition(node, &boolean);
    if (call != NULL) {
        bool is_opposite = boolean != (node->kind == EQL_EQUAL);
        return compile_leaf(compiler, call, is_negated != is_opposite);
    }
    switch (node->kind) {
    case EQL_NOT:
        return compile(compiler, node->operands[0], !is_negated);
    case EQL_AND:
    case EQL_OR:
        return compile_logic(compiler, node, is_negated);
    case EQL_NULL:
        return compile_constant(compiler, OUTCOME_NULL);
    case EQL_BOOLEAN:
        return compile_constant(compiler,
                                node->boolean != is_negated ? OUTCOME_TRUE : OUTCOME_FALSE);
    default:
        return compile_leaf(compiler, node, is_negated);
    }
}

static struct condition *compile_stage(struct compiler *compiler, const struct eql_stage *stage) {
    struct condition *condition = compile(compiler, stage->condition, false);
    if (condition == NULL || stage->is_any) {
        return condition;
    }
    struct predicate predicate = {0};
    if (!predicate_make_equal(&predicate, field_of(FIELD_EVENT_CATEGORY), stage->category,
                              &compiler->conditions->arena)) {
        return fail(compiler);
    }
    struct condition *both = add_condition(compiler, LOGIC_AND, 2);
    struct condition *category = both == NULL ? NULL : ask(compiler, &predicate);
    if (category == NULL) {
        return NULL;
    }
    both->operands[0] = category;
    both->operands[1] = condition;
    return both;
}

static uint64_t hash_number(uint64_t hash, uint64_t number) {
    return hash_add(hash, &number, sizeof number);
}

static uint64_t hash_condition(uint64_t hash, const struct condition *condition) {
    hash = hash_number(hash, condition->logic);
    hash = hash_number(hash, condition->outcome);
    hash = hash_number(hash, condition->predicate);
    hash = hash_number(hash, condition->count);
    for (size_t i = 0; i < condition->count; i++) {
        hash = hash_condition(hash, condition->operands[i]);
    }
    return hash;
}

static bool is_same(const struct condition *a, const struct condition *b) {
    bool same = a->logic == b->logic && a->outcome == b->outcome && a->predicate == b->predicate &&
                a->count == b->count;
    for (size_t i = 0; same && i < a->count; i++) {
        same = is_same(a->operands[i], b->operands[i]);
    }
    return same;
}

static bool tree_reads_name(const struct conditions *conditions,
                            const struct condition *condition) {
    bool does = condition->logic == LOGIC_PREDICATE &&
                conditions->predicates[condition->predicate].reads_name;
    for (size_t i = 0; !does && i < condition->count; i++) {
        does = tree_reads_name(conditions, condition->operands[i]);
    }
    return does;
}

bool conditions_add(struct conditions *conditions, const struct eql_stage *stage,
                    struct eql_error *error, size_t *number) {
    struct compiler compiler = {conditions, error};
    *error = (struct eql_error){0};
    const struct condition *condition = compile_stage(&compiler, stage);
    if (condition == NULL) {
        return false;
    }
    uint64_t hash = hash_condition(HASH_START, condition);
    for (*number = 0; *number < conditions->stage_count; (*number)++) {
        const struct stage_entry *entry = &conditions->stages[*number];
        if (entry->hash == hash && is_same(entry->condition, condition)) {
            return true;
        }
    }
    const struct stage_entry added = {
        .condition = condition, .hash = hash, .reads_name = tree_reads_name(conditions, condition)};
    return array_add(&conditions->stages, &conditions->stage_count, &conditions->stage_capacity,
                     &added, sizeof added) ||
           eql_error_set_memory(error);
}
