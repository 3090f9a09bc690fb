// SPDX-License-Identifier: GPL-3.0-or-later
// What may come of a condition for an event of which its ID is known and nothing else.
#include "rules/eql_fold.h"

#include <string.h>

#include "base/ascii.h"
#include "base/glob.h"
#include "rules/fields.h"

enum { FALSE = EQL_MAY_BE_FALSE, TRUE = EQL_MAY_BE_TRUE, NONE = EQL_MAY_BE_NULL };

// The kind of event that a condition is folded for.
struct fold {
    unsigned event_id, kind;
};

static unsigned opposite_of(unsigned outcomes) {
    return (outcomes & NONE) | ((outcomes & TRUE) != 0 ? FALSE : 0) |
           ((outcomes & FALSE) != 0 ? TRUE : 0);
}

static unsigned null_as_false(unsigned outcomes) {
    return (outcomes & NONE) != 0 ? (outcomes & TRUE) | FALSE : outcomes;
}

// Of any number of things of which one is enough. `outcomes` of none is FALSE.
static unsigned either(unsigned outcomes, unsigned more) {
    return ((outcomes | more) & TRUE) | (outcomes & more & FALSE);
}

static struct field field_named(const struct eql_node *node) {
    return fields_find(node->text.data, node->text.size);
}

static struct field_constant constant_of(const struct fold *fold, const struct eql_node *field) {
    return field_constant(field_named(field), fold->event_id, fold->kind);
}

static bool has_field(const struct eql_node *node) {
    for (size_t i = 0; i < node->count; i++) {
        if (has_field(node->operands[i])) {
            return true;
        }
    }
    return node->kind == EQL_FIELD;
}

// Whether an expression is null because a field in it is missing.
static bool is_null(const struct fold *fold, const struct eql_node *node) {
    for (size_t i = 0; i < node->count; i++) {
        if (is_null(fold, node->operands[i])) {
            return true;
        }
    }
    if (node->kind != EQL_FIELD) {
        return false;
    }
    struct field_constant constant = constant_of(fold, node);
    return constant.known && constant.count == 0;
}

// ---- tests of one value

// What a field or an expression is asked for.
struct test {
    enum eql_kind kind; // a comparison but NOT_EQUAL, a lookup, or CALL
    enum eql_function function;
    bool folds;
    const struct eql_node *subject;
    const struct eql_node *const *constants; // one is enough
    size_t count;
};

static unsigned decided(bool is_true) {
    return is_true ? TRUE : FALSE;
}

static bool is_same(const struct eql_text *text, const char *value, bool folds) {
    return folds ? ascii_equal(text->data, text->size, value)
                 : text->size == strlen(value) && memcmp(text->data, value, text->size) == 0;
}

static bool starts_with(const char *value, const struct eql_text *start, bool folds) {
    size_t i = 0;
    while (i < start->size && value[i] != '\0' &&
           (value[i] == start->data[i] ||
            (folds && ascii_fold(value[i]) == ascii_fold(start->data[i])))) {
        i++;
    }
    return i == start->size;
}

static unsigned test_call(const struct test *test, const char *value, const struct eql_text *text) {
    switch (test->function) {
    case EQL_FUNCTION_STARTS_WITH:
        return decided(starts_with(value, text, test->folds));
    case EQL_FUNCTION_STRING_CONTAINS:
        return decided(memmem(value, strlen(value), text->data, text->size) != NULL);
    default:
        return TRUE | FALSE;
    }
}

static int compare(const char *value, const struct eql_text *text) {
    size_t size = strlen(value);
    int result = memcmp(value, text->data, size < text->size ? size : text->size);
    return result != 0 ? result : (size > text->size) - (size < text->size);
}

static unsigned test_value(const struct test *test, const char *value,
                           const struct eql_node *constant) {
    const struct eql_text *text = &constant->text;
    size_t steps = SIZE_MAX;
    if (constant->kind != EQL_STRING) {
        return constant->kind == EQL_NULL ? FALSE : TRUE | FALSE;
    }
    switch (test->kind) {
    case EQL_EQUAL:
    case EQL_IN:
        return decided(is_same(text, value, test->folds));
    case EQL_MATCH:
    case EQL_LIKE:
        return decided(glob_match(text->data, text->size, value, strlen(value), test->folds,
                                  &steps) == GLOB_FITS);
    case EQL_LESS:
        return decided(compare(value, text) < 0);
    case EQL_LESS_EQUAL:
        return decided(compare(value, text) <= 0);
    case EQL_GREATER:
        return decided(compare(value, text) > 0);
    case EQL_GREATER_EQUAL:
        return decided(compare(value, text) >= 0);
    case EQL_CALL:
        return test_call(test, value, text);
    default:
        return TRUE | FALSE;
    }
}

static unsigned test_field(const struct fold *fold, const struct test *test) {
    struct field_constant constant = constant_of(fold, test->subject);
    if (!constant.known) {
        return TRUE | FALSE;
    }
    unsigned outcomes = FALSE;
    for (size_t i = 0; i < constant.count; i++) {
        for (size_t k = 0; k < test->count; k++) {
            outcomes = either(outcomes, test_value(test, constant.values[i], test->constants[k]));
        }
    }
    return outcomes;
}

// ---- conditions without logic

static unsigned fold_script(const struct fold *fold, const struct eql_node *expression) {
    return is_null(fold, expression) ? NONE : TRUE | FALSE | NONE;
}

// Whether there is a value.
static unsigned fold_exists(const struct fold *fold, const struct eql_node *node) {
    if (is_null(fold, node)) {
        return FALSE;
    }
    bool is_there = node->kind == EQL_FIELD && constant_of(fold, node).known;
    return is_there ? TRUE : TRUE | FALSE;
}

static enum eql_kind turned_round(enum eql_kind order) {
    switch (order) {
    case EQL_LESS:
        return EQL_GREATER;
    case EQL_LESS_EQUAL:
        return EQL_GREATER_EQUAL;
    case EQL_GREATER:
        return EQL_LESS;
    default:
        return EQL_LESS_EQUAL;
    }
}

static enum eql_kind opposite_order(enum eql_kind order) {
    switch (order) {
    case EQL_LESS:
        return EQL_GREATER_EQUAL;
    case EQL_LESS_EQUAL:
        return EQL_GREATER;
    case EQL_GREATER:
        return EQL_LESS_EQUAL;
    default:
        return EQL_LESS;
    }
}

// Of a field and a literal. `not` turns an order round, and it fails on a missing field either way;
// of equality the opposite comes out.
static unsigned fold_comparison_of_field(const struct fold *fold, struct test *test,
                                         enum eql_kind kind, bool is_negated) {
    if (kind == EQL_EQUAL || kind == EQL_NOT_EQUAL) {
        test->kind = EQL_EQUAL;
        unsigned outcomes = test_field(fold, test);
        return is_negated != (kind == EQL_NOT_EQUAL) ? opposite_of(outcomes) : outcomes;
    }
    test->kind = is_negated ? opposite_order(kind) : kind;
    return test_field(fold, test);
}

static unsigned fold_comparison(const struct fold *fold, const struct eql_node *node,
                                bool is_negated) {
    bool is_turned = node->operands[0]->kind == EQL_NULL ||
                     (has_field(node->operands[1]) && !has_field(node->operands[0]));
    const struct eql_node *subject = node->operands[is_turned ? 1 : 0];
    const struct eql_node *constant = node->operands[is_turned ? 0 : 1];
    bool is_order = node->kind != EQL_EQUAL && node->kind != EQL_NOT_EQUAL;
    if (constant->kind == EQL_NULL) {
        unsigned outcomes = is_order ? NONE : fold_exists(fold, subject);
        return is_negated != (node->kind == EQL_EQUAL) ? opposite_of(outcomes) : outcomes;
    }
    if (constant->kind > EQL_STRING) {
        return TRUE | FALSE | NONE; // an expression, which may be null
    }
    if (subject->kind != EQL_FIELD) {
        return fold_script(fold, subject);
    }
    struct test test = {.subject = subject, .constants = &constant, .count = 1};
    enum eql_kind kind = is_turned && is_order ? turned_round(node->kind) : node->kind;
    return fold_comparison_of_field(fold, &test, kind, is_negated);
}

// Whether Elasticsearch makes a filter of the call instead of a script.
static bool is_filter(const struct eql_node *call) {
    bool is_one =
        call->operands[0]->kind == EQL_FIELD &&
        (call->function == EQL_FUNCTION_STARTS_WITH || call->function == EQL_FUNCTION_CIDR_MATCH ||
         (call->function == EQL_FUNCTION_STRING_CONTAINS && !call->folds));
    for (size_t i = 1; i < call->count; i++) {
        is_one = is_one && call->operands[i]->kind == EQL_STRING;
    }
    return is_one;
}

// A lookup, or a call that yields a boolean: the first operand is looked at, the others what with.
static unsigned fold_lookup(const struct fold *fold, const struct eql_node *node) {
    if (node->kind == EQL_CALL && !is_filter(node)) {
        return fold_script(fold, node);
    }
    if (node->operands[0]->kind != EQL_FIELD) {
        return fold_script(fold, node->operands[0]);
    }
    const struct test test = {.kind = node->kind,
                              .function = node->kind == EQL_CALL ? node->function : 0,
                              .folds = node->folds || node->kind == EQL_MATCH,
                              .subject = node->operands[0],
                              .constants = (const struct eql_node *const *)node->operands + 1,
                              .count = node->count - 1};
    return test_field(fold, &test);
}

static bool is_comparison(const struct eql_node *node) {
    return node->kind >= EQL_EQUAL && node->kind <= EQL_GREATER_EQUAL;
}

// A call that is compared with true or false is a condition itself. NULL when the node is none.
static const struct eql_node *compared_call(const struct eql_node *node, bool *is_true) {
    for (size_t i = 0; is_comparison(node) && i < 2; i++) {
        const struct eql_node *other = node->operands[1 - i];
        if (node->operands[i]->kind == EQL_BOOLEAN && other->kind == EQL_CALL) {
            *is_true = node->operands[i]->boolean == (node->kind == EQL_EQUAL);
            return other;
        }
    }
    return NULL;
}

static unsigned fold_leaf(const struct fold *fold, const struct eql_node *node, bool is_negated) {
    unsigned outcomes = 0;
    bool is_true = true;
    const struct eql_node *call = compared_call(node, &is_true);
    if (call != NULL) {
        outcomes = fold_lookup(fold, call);
        return is_negated == is_true ? opposite_of(outcomes) : outcomes;
    }
    if (is_comparison(node)) {
        return fold_comparison(fold, node, is_negated);
    }
    switch (node->kind) {
    case EQL_NULL:
        return NONE;
    case EQL_BOOLEAN:
        outcomes = decided(node->boolean);
        break;
    case EQL_FIELD:
        outcomes = is_null(fold, node) ? FALSE : TRUE | FALSE;
        break;
    default:
        outcomes = fold_lookup(fold, node);
    }
    return is_negated ? opposite_of(outcomes) : outcomes;
}

// ---- logic

// Under an odd number of `not` if it is negated.
static unsigned fold_node(const struct fold *fold, const struct eql_node *node, bool is_negated) {
    if (node->kind == EQL_NOT) {
        return fold_node(fold, node->operands[0], !is_negated);
    }
    if (node->kind != EQL_AND && node->kind != EQL_OR) {
        return fold_leaf(fold, node, is_negated);
    }
    // a and b is not (not a or not b), once null is taken for false.
    bool is_and = node->kind == EQL_AND;
    unsigned outcomes = FALSE;
    for (size_t i = 0; i < node->count; i++) {
        unsigned operand = null_as_false(fold_node(fold, node->operands[i], false));
        outcomes = either(outcomes, is_and ? opposite_of(operand) : operand);
    }
    return is_and != is_negated ? opposite_of(outcomes) : outcomes;
}

unsigned eql_fold(const struct eql_node *condition, unsigned event_id, unsigned kind) {
    const struct fold fold = {event_id, kind};
    return fold_node(&fold, condition, false);
}

unsigned eql_fold_opposite(const struct eql_node *condition, unsigned event_id, unsigned kind) {
    const struct fold fold = {event_id, kind};
    return fold_node(&fold, condition, true);
}

static bool has_category(const struct eql_stage *stage, unsigned event_id, unsigned kind) {
    struct field_constant categories =
        field_constant(field_of(FIELD_EVENT_CATEGORY), event_id, kind);
    for (size_t i = 0; i < categories.count; i++) {
        if (is_same(&stage->category, categories.values[i], false)) {
            return true;
        }
    }
    return stage->is_any;
}

unsigned eql_fold_stage(const struct eql_stage *stage, unsigned event_id, unsigned kind) {
    if (!has_category(stage, event_id, kind)) {
        return EQL_MAY_BE_FALSE;
    }
    return eql_fold(stage->condition, event_id, kind);
}
