// SPDX-License-Identifier: GPL-3.0-or-later
#include "rules/predicate.h"

#include <string.h>

#include "base/ascii.h"
#include "base/glob.h"
#include "base/hash.h"
#include "rules/eql_check.h"

// Making

struct maker {
    struct predicate *predicate;
    struct arena *arena;
    struct eql_error *error;
};

static void set_subject(struct predicate *predicate, const struct eql_node *node) {
    predicate->node = node;
    predicate->is_script = node->kind != EQL_FIELD;
    if (!predicate->is_script) {
        predicate->field = fields_find(node->text);
    }
}

static bool make_room(struct maker *maker, size_t count) {
    struct predicate *predicate = maker->predicate;
    predicate->constants = arena_take(maker->arena, (count + 1) * sizeof *predicate->constants);
    predicate->constant_count = 0;
    return predicate->constants != NULL || eql_error_set_memory(maker->error);
}

static struct constant *add_constant(struct predicate *predicate, enum constant_kind kind,
                                     const struct eql_value *value) {
    struct constant *constant = &predicate->constants[predicate->constant_count++];
    *constant = (struct constant){.kind = kind, .value = *value};
    return constant;
}

static bool add_network(struct maker *maker, const struct eql_node *node,
                        const struct eql_value *value) {
    struct network network;
    if (!network_read(value->text, &network)) {
        return eql_error_set(maker->error, node->place,
                             "expected an address, or a network such as 10.0.0.0/8");
    }
    add_constant(maker->predicate, CONSTANT_NETWORK, value)->network = network;
    return true;
}

static bool add_regex(struct maker *maker, const struct eql_node *node,
                      const struct eql_value *value) {
    const char *message = "";
    size_t offset = 0;
    struct eql_regex *regex = eql_regex_new(value->text.data, value->text.size,
                                            maker->predicate->folds, &message, &offset);
    if (regex == NULL) {
        return eql_error_set(maker->error, node->place, "%s (at byte %zu of the expression)",
                             message, offset + 1);
    }
    add_constant(maker->predicate, CONSTANT_REGEX, value)->regex = regex;
    return true;
}

// Makes it a copy with small letters.
static bool fold(struct arena *arena, struct text *text) {
    char *folded = arena_take(arena, text->size);
    const struct text own = *text;
    for (size_t i = 0; folded != NULL && i < own.size; i++) {
        folded[i] = ascii_fold(own.data[i]);
    }
    text->data = folded;
    return folded != NULL;
}

static bool has_wildcard(struct text text) {
    return text.size > 0 &&
           (memchr(text.data, '*', text.size) != NULL || memchr(text.data, '?', text.size) != NULL);
}

// The one value of an expression without fields. False when it is null.
static bool compute(struct maker *maker, const struct eql_node *node, struct eql_value *value) {
    struct eql_run run = {.arena = maker->arena};
    struct eql_values values = eql_evaluate(&run, node);
    if (run.failed) {
        (void)eql_error_set_memory(maker->error);
    }
    if (values.count == 0) {
        return false;
    }
    *value = *values.list;
    return true;
}

// Takes up what a value is compared with, as an operator of this kind does.
static bool add_operand(struct maker *maker, enum eql_kind kind, const struct eql_node *node) {
    struct predicate *predicate = maker->predicate;
    struct eql_value value;
    if (!compute(maker, node, &value)) {
        return maker->error->text[0] == '\0';
    }
    bool is_address = !predicate->is_script && field_type(predicate->field) == FIELD_TYPE_ADDRESS;
    if (is_address || kind == EQL_CALL) {
        return add_network(maker, node, &value);
    }
    if (kind == EQL_REGEX) {
        return add_regex(maker, node, &value);
    }
    bool is_pattern = (kind == EQL_MATCH || kind == EQL_LIKE) && has_wildcard(value.text);
    if (predicate->folds && value.type == EQL_VALUE_TEXT && !fold(maker->arena, &value.text)) {
        return eql_error_set_memory(maker->error);
    }
    (void)add_constant(predicate, is_pattern ? CONSTANT_PATTERN : CONSTANT_VALUE, &value);
    return true;
}

static bool add_operands(struct maker *maker, const struct eql_node *node, enum eql_kind kind) {
    if (!make_room(maker, node->count)) {
        return false;
    }
    for (size_t i = 1; i < node->count; i++) {
        if (!add_operand(maker, kind, node->operands[i])) {
            return false;
        }
    }
    return true;
}

// That a boolean is true.
static bool make_true(struct maker *maker, const struct eql_node *node) {
    static const struct eql_value yes = {.type = EQL_VALUE_BOOLEAN, .boolean = true};
    set_subject(maker->predicate, node);
    maker->predicate->test = TEST_IS;
    if (!make_room(maker, 1)) {
        return false;
    }
    (void)add_constant(maker->predicate, CONSTANT_VALUE, &yes);
    return true;
}

// Whether Elasticsearch makes a filter of the call instead of a script.
static bool is_filter(const struct eql_node *node) {
    bool is_one = node->function == EQL_FUNCTION_STARTS_WITH ||
                  node->function == EQL_FUNCTION_CIDR_MATCH ||
                  (node->function == EQL_FUNCTION_STRING_CONTAINS && !node->folds);
    for (size_t i = 1; i < node->count; i++) {
        is_one = is_one && node->operands[i]->kind == EQL_STRING;
    }
    return is_one && node->operands[0]->kind == EQL_FIELD;
}

static bool make_call(struct maker *maker, const struct eql_node *node) {
    struct predicate *predicate = maker->predicate;
    if (!is_filter(node)) {
        return make_true(maker, node);
    }
    set_subject(predicate, node->operands[0]);
    predicate->folds = node->folds;
    if (node->function == EQL_FUNCTION_CIDR_MATCH) {
        predicate->test = TEST_IS;
        return add_operands(maker, node, EQL_CALL);
    }
    predicate->test = node->function == EQL_FUNCTION_STARTS_WITH ? TEST_STARTS : TEST_CONTAINS;
    return add_operands(maker, node, EQL_EQUAL);
}

static enum predicate_test test_of(enum eql_kind kind, bool is_flipped) {
    switch (kind) {
    case EQL_LESS:
        return is_flipped ? TEST_GREATER : TEST_LESS;
    case EQL_LESS_EQUAL:
        return is_flipped ? TEST_GREATER_EQUAL : TEST_LESS_EQUAL;
    case EQL_GREATER:
        return is_flipped ? TEST_LESS : TEST_GREATER;
    case EQL_GREATER_EQUAL:
        return is_flipped ? TEST_LESS_EQUAL : TEST_GREATER_EQUAL;
    default:
        return TEST_IS;
    }
}

static bool make_comparison(struct maker *maker, const struct eql_node *node) {
    struct predicate *predicate = maker->predicate;
    bool is_flipped = node->operands[0]->kind == EQL_NULL ||
                      (eql_has_fields(node->operands[1]) && !eql_has_fields(node->operands[0]));
    const struct eql_node *constant = node->operands[is_flipped ? 0 : 1];
    set_subject(predicate, node->operands[is_flipped ? 1 : 0]);
    predicate->test = test_of(node->kind, is_flipped);
    if (!make_room(maker, 1)) {
        return false;
    }
    if (constant->kind == EQL_NULL && predicate->test == TEST_IS) {
        predicate->test = TEST_EXISTS;
        return true;
    }
    if (!add_operand(maker, node->kind, constant)) {
        return false;
    }
    if (predicate->constant_count == 0) {
        set_subject(predicate, constant); // a comparison with null is null
    }
    return true;
}

bool predicate_make(struct predicate *predicate, const struct eql_node *node, struct arena *arena,
                    struct eql_error *error) {
    struct maker maker = {predicate, arena, error};
    *predicate = (struct predicate){0};
    switch (node->kind) {
    case EQL_FIELD:
        return make_true(&maker, node);
    case EQL_CALL:
        return make_call(&maker, node);
    case EQL_IN:
    case EQL_MATCH:
    case EQL_LIKE:
    case EQL_REGEX:
        set_subject(predicate, node->operands[0]);
        predicate->test = TEST_IS;
        predicate->folds = node->folds || node->kind == EQL_MATCH;
        return add_operands(&maker, node, node->kind);
    default:
        return make_comparison(&maker, node);
    }
}

bool predicate_make_equal(struct predicate *predicate, struct field field, struct text text,
                          struct arena *arena) {
    const struct eql_value value = {.type = EQL_VALUE_TEXT, .text = text};
    struct eql_error error = {0};
    struct maker maker = {predicate, arena, &error};
    *predicate = (struct predicate){.field = field, .test = TEST_IS};
    if (!make_room(&maker, 1)) {
        return false;
    }
    (void)add_constant(predicate, CONSTANT_VALUE, &value);
    return true;
}

void predicate_clear(struct predicate *predicate) {
    for (size_t i = 0; i < predicate->constant_count; i++) {
        if (predicate->constants[i].kind == CONSTANT_REGEX) {
            eql_regex_free(predicate->constants[i].regex);
        }
    }
    predicate->constant_count = 0;
}

// Sameness

static bool is_same_value(const struct eql_value *a, const struct eql_value *b) {
    if (a->type != b->type) {
        return false;
    }
    switch (a->type) {
    case EQL_VALUE_TEXT:
        return text_same(a->text, b->text);
    case EQL_VALUE_INTEGER:
        return a->integer == b->integer;
    case EQL_VALUE_FLOAT:
        return a->number == b->number;
    case EQL_VALUE_BOOLEAN:
        break;
    }
    return a->boolean == b->boolean;
}

bool predicate_is_same(const struct predicate *a, const struct predicate *b) {
    bool is_same = a->is_script == b->is_script && a->test == b->test && a->folds == b->folds &&
                   a->constant_count == b->constant_count &&
                   (a->is_script ? a->node == b->node : field_same(a->field, b->field));
    for (size_t i = 0; is_same && i < a->constant_count; i++) {
        is_same = a->constants[i].kind == b->constants[i].kind &&
                  is_same_value(&a->constants[i].value, &b->constants[i].value);
    }
    return is_same;
}

uint64_t predicate_hash(const struct predicate *predicate) {
    uint64_t hash = hash_add(HASH_START, &predicate->test, sizeof predicate->test);
    if (!predicate->is_script) {
        hash = hash_add(hash, predicate->field.name.data, predicate->field.name.size);
    }
    for (size_t i = 0; i < predicate->constant_count; i++) {
        const struct eql_value *value = &predicate->constants[i].value;
        if (value->type == EQL_VALUE_TEXT) {
            hash = hash_add(hash, value->text.data, value->text.size);
        }
    }
    return hash;
}

// Judging

// A value, and its text in small letters from when it is first asked for.
struct judged {
    struct eql_value value;
    bool folds; // case does not count
    bool is_folded;
    struct text folded;
};

// The text as constants have it; empty when the run has failed.
static struct text folded_text(struct judged *judged, struct eql_run *run) {
    if (!judged->folds) {
        return judged->value.text;
    }
    if (!judged->is_folded) {
        judged->is_folded = true;
        judged->folded = judged->value.text;
        if (!eql_take_steps(run, judged->folded.size) || !fold(run->arena, &judged->folded)) {
            run->failed = true;
            judged->folded = (struct text){"", 0};
        }
    }
    return judged->folded;
}

static bool is_equal(const struct judged *judged, const struct eql_value *constant) {
    const struct eql_value *value = &judged->value;
    int result = 1;
    if (value->type == EQL_VALUE_TEXT && constant->type == EQL_VALUE_TEXT) {
        return value->text.size == constant->text.size &&
               text_starts_with(value->text, constant->text, judged->folds);
    }
    return eql_compare(value, constant, &result) && result == 0;
}

static bool fits(struct text pattern, struct judged *judged, struct eql_run *run) {
    struct text text = judged->value.text;
    enum glob_result ends =
        glob_match_ends(pattern.data, pattern.size, text.data, text.size, judged->folds);
    if (ends != GLOB_LIMIT) {
        return ends == GLOB_FITS;
    }
    text = folded_text(judged, run);
    size_t left = eql_steps_left(run);
    size_t rest = left;
    enum glob_result result = glob_match(pattern.data, pattern.size, text.data, text.size, &rest);
    run->failed = run->failed || result == GLOB_LIMIT;
    (void)eql_take_steps(run, left - rest);
    return result == GLOB_FITS;
}

static bool fits_regex(const struct eql_regex *regex, struct text text, struct eql_run *run) {
    size_t left = eql_steps_left(run);
    size_t rest = left;
    enum eql_regex_result result = eql_regex_match(regex, text.data, text.size, &rest);
    run->failed = run->failed || result == EQL_REGEX_LIMIT;
    (void)eql_take_steps(run, left - rest);
    return result == EQL_REGEX_MATCH;
}

static bool is_as(const struct constant *constant, struct judged *judged, struct eql_run *run) {
    const struct eql_value *value = &judged->value;
    struct address address;
    if (constant->kind == CONSTANT_VALUE) {
        return is_equal(judged, &constant->value);
    }
    if (value->type != EQL_VALUE_TEXT) {
        return false;
    }
    switch (constant->kind) {
    case CONSTANT_REGEX:
        return fits_regex(constant->regex, value->text, run);
    case CONSTANT_NETWORK:
        return address_read(value->text, &address) && network_has(&constant->network, &address);
    default:
        return fits(constant->value.text, judged, run);
    }
}

// Addresses are in the order of their bytes.
static bool compare(const struct constant *constant, const struct eql_value *value, int *result) {
    struct address address;
    if (constant->kind != CONSTANT_NETWORK) {
        return eql_compare(value, &constant->value, result);
    }
    if (!address_read(value->text, &address)) {
        return false;
    }
    *result = memcmp(address.bytes, constant->network.address.bytes, ADDRESS_SIZE);
    return true;
}

static bool starts(const struct constant *constant, const struct judged *judged) {
    return judged->value.type == EQL_VALUE_TEXT &&
           text_starts_with(judged->value.text, constant->value.text, judged->folds);
}

// Elasticsearch finds no empty text in a text.
static bool stands_in(const struct constant *constant, struct judged *judged, struct eql_run *run) {
    struct text part = constant->value.text;
    if (judged->value.type != EQL_VALUE_TEXT || part.size == 0) {
        return false;
    }
    struct text text = folded_text(judged, run);
    return memmem(text.data, text.size, part.data, part.size) != NULL;
}

// Steps of a test, but for those of patterns and regular expressions, which count their own.
static size_t steps_of(const struct predicate *predicate, const struct constant *constant,
                       const struct eql_value *value) {
    enum { STEPS_NETWORK = 16 };
    return predicate->test == TEST_CONTAINS && value->type == EQL_VALUE_TEXT ? value->text.size + 1
           : constant->kind == CONSTANT_NETWORK                              ? STEPS_NETWORK
                                                                             : 1;
}

static bool passes(const struct predicate *predicate, const struct constant *constant,
                   struct judged *judged, struct eql_run *run) {
    const struct eql_value *value = &judged->value;
    int order = 0;
    if (!eql_take_steps(run, steps_of(predicate, constant, value))) {
        return false;
    }
    switch (predicate->test) {
    case TEST_IS:
        return is_as(constant, judged, run);
    case TEST_LESS:
        return compare(constant, value, &order) && order < 0;
    case TEST_LESS_EQUAL:
        return compare(constant, value, &order) && order <= 0;
    case TEST_GREATER:
        return compare(constant, value, &order) && order > 0;
    case TEST_GREATER_EQUAL:
        return compare(constant, value, &order) && order >= 0;
    case TEST_STARTS:
        return starts(constant, judged);
    case TEST_CONTAINS:
        return stands_in(constant, judged, run);
    case TEST_EXISTS:
        break;
    }
    return true;
}

static enum condition_outcome judge(const struct predicate *predicate, struct eql_values values,
                                    struct eql_run *run) {
    if (predicate->test == TEST_EXISTS) {
        return values.count > 0 ? OUTCOME_TRUE : OUTCOME_FALSE;
    }
    if (values.count == 0 && predicate->is_script) {
        return OUTCOME_NULL;
    }
    for (size_t i = 0; i < values.count && !run->failed; i++) {
        struct judged judged = {.value = values.list[i], .folds = predicate->folds};
        for (size_t k = 0; k < predicate->constant_count && !run->failed; k++) {
            if (passes(predicate, &predicate->constants[k], &judged, run)) {
                return OUTCOME_TRUE;
            }
        }
    }
    return OUTCOME_FALSE;
}

unsigned predicate_judge(const struct predicate *predicate, struct eql_run *run) {
    run->text_size = 0;
    run->steps = 0;
    run->failed = false;
    struct eql_values values = predicate->is_script ? eql_evaluate(run, predicate->node)
                                                    : eql_read_field(run, predicate->field);
    enum condition_outcome outcome = judge(predicate, values, run);
    return run->failed ? OUTCOME_TRUE | OUTCOME_FALSE | OUTCOME_NULL : outcome;
}

// Whether a field in the expression is one that no such event has: then it is null.
static bool lacks_field(const struct eql_node *node, unsigned event_id, unsigned kind) {
    for (size_t i = 0; i < node->count; i++) {
        if (lacks_field(node->operands[i], event_id, kind)) {
            return true;
        }
    }
    if (node->kind != EQL_FIELD) {
        return false;
    }
    struct field_constant constant = field_constant(fields_find(node->text), event_id, kind);
    return constant.known && constant.count == 0;
}

static unsigned script_outcomes(const struct predicate *predicate, unsigned event_id,
                                unsigned kind) {
    bool is_null =
        predicate->node->kind == EQL_NULL || lacks_field(predicate->node, event_id, kind);
    if (predicate->test == TEST_EXISTS) {
        return is_null ? OUTCOME_FALSE : OUTCOME_TRUE | OUTCOME_FALSE;
    }
    return is_null ? OUTCOME_NULL : OUTCOME_TRUE | OUTCOME_FALSE | OUTCOME_NULL;
}

unsigned predicate_outcomes(const struct predicate *predicate, unsigned event_id, unsigned kind,
                            struct arena *arena) {
    struct eql_value list[FIELD_CONSTANTS_MAX];
    struct eql_run run = {.arena = arena};
    if (predicate->is_script) {
        return script_outcomes(predicate, event_id, kind);
    }
    struct field_constant constant = field_constant(predicate->field, event_id, kind);
    if (!constant.known) {
        return OUTCOME_TRUE | OUTCOME_FALSE;
    }
    for (size_t i = 0; i < constant.count; i++) {
        struct text text = text_of(constant.values[i]);
        list[i] = (struct eql_value){.type = EQL_VALUE_TEXT, .text = text};
    }
    unsigned outcomes = judge(predicate, (struct eql_values){list, constant.count}, &run);
    return run.failed ? OUTCOME_TRUE | OUTCOME_FALSE : outcomes;
}

enum predicate_test predicate_opposite(enum predicate_test test) {
    switch (test) {
    case TEST_LESS:
        return TEST_GREATER_EQUAL;
    case TEST_LESS_EQUAL:
        return TEST_GREATER;
    case TEST_GREATER:
        return TEST_LESS_EQUAL;
    case TEST_GREATER_EQUAL:
        return TEST_LESS;
    default:
        return test;
    }
}

// The longest run of a wildcard pattern that has no wildcard in it.
static struct text longest_run(struct text pattern) {
    struct text longest = {pattern.data, 0};
    size_t start = 0;
    for (size_t i = 0; i <= pattern.size; i++) {
        if (i == pattern.size || pattern.data[i] == '*' || pattern.data[i] == '?') {
            if (i - start > longest.size) {
                longest = (struct text){pattern.data + start, i - start};
            }
            start = i + 1;
        }
    }
    return longest;
}

bool predicate_seeks(const struct predicate *predicate, size_t number, struct sought *sought) {
    const struct constant *constant = &predicate->constants[number];
    bool is_text = predicate->test == TEST_IS || predicate->test == TEST_STARTS ||
                   predicate->test == TEST_CONTAINS;
    if (predicate->is_script || !is_text || constant->value.type != EQL_VALUE_TEXT ||
        (constant->kind != CONSTANT_VALUE && constant->kind != CONSTANT_PATTERN)) {
        return false;
    }
    sought->text = constant->value.text;
    sought->as = constant->kind == CONSTANT_PATTERN ? SOUGHT_PATTERN
                 : predicate->test == TEST_IS       ? SOUGHT_WHOLE
                                                    : SOUGHT_PART;
    return true;
}

bool predicate_needs_text(const struct predicate *predicate, size_t number, struct text *text) {
    struct sought sought;
    if (!predicate_seeks(predicate, number, &sought) || !field_is_verbatim(predicate->field)) {
        return false;
    }
    *text = sought.as == SOUGHT_PATTERN ? longest_run(sought.text) : sought.text;
    return true;
}
