// SPDX-License-Identifier: GPL-3.0-or-later
#include "rules/eql_check.h"

#include <stdio.h>
#include <string.h>

#include "rules/eql_functions.h"
#include "rules/eql_limits.h"
#include "rules/fields.h"

enum { DESCRIPTION_SIZE = EQL_EXCERPT_SIZE + 32 };

// ---- types

static enum eql_type type_of_field(struct text name) {
    static const enum eql_type types[] = {
        [FIELD_TYPE_TEXT] = EQL_TYPE_TEXT,
        [FIELD_TYPE_NUMBER] = EQL_TYPE_NUMBER,
        [FIELD_TYPE_BOOLEAN] = EQL_TYPE_BOOLEAN,
        [FIELD_TYPE_ADDRESS] = EQL_TYPE_ADDRESS,
    };
    struct field field = fields_find(name);
    return field.id == FIELD_UNKNOWN ? EQL_TYPE_ANY : types[field_type(field)];
}

static bool is_condition(const struct eql_node *node) {
    return node->kind >= EQL_NOT;
}

static enum eql_type type_of(const struct eql_node *node) {
    switch (node->kind) {
    case EQL_NULL:
        return EQL_TYPE_ANY;
    case EQL_STRING:
        return EQL_TYPE_TEXT;
    case EQL_FIELD:
        return type_of_field(node->text);
    case EQL_CALL:
        return eql_function_info(node->function)->gives;
    case EQL_INTEGER:
    case EQL_FLOAT:
    case EQL_NEGATE:
    case EQL_ADD:
    case EQL_SUBTRACT:
    case EQL_MULTIPLY:
    case EQL_DIVIDE:
    case EQL_MODULO:
        return EQL_TYPE_NUMBER;
    default:
        return EQL_TYPE_BOOLEAN;
    }
}

// An address is written as text, and so are addresses in EventData.
static bool fits(enum eql_type a, enum eql_type b) {
    return a == b || a == EQL_TYPE_ANY || b == EQL_TYPE_ANY ||
           (a == EQL_TYPE_ADDRESS && b == EQL_TYPE_TEXT) ||
           (a == EQL_TYPE_TEXT && b == EQL_TYPE_ADDRESS);
}

bool eql_has_fields(const struct eql_node *node) {
    for (size_t i = 0; i < node->count; i++) {
        if (eql_has_fields(node->operands[i])) {
            return true;
        }
    }
    return node->kind == EQL_FIELD;
}

// ---- words

static const char *name_of_type(enum eql_type type) {
    static const char *const names[] = {"a value", "text", "a number", "a boolean", "an address"};
    return names[type];
}

// A node in a few words: what a field or a function is called, what anything else is.
static const char *name_of(const struct eql_node *node, char text[DESCRIPTION_SIZE]) {
    switch (node->kind) {
    case EQL_NULL:
        return "null";
    case EQL_STRING:
        return "a string";
    case EQL_FIELD:
        return eql_excerpt(node->text, text);
    case EQL_CALL:
        (void)snprintf(text, DESCRIPTION_SIZE, "%s()", eql_function_info(node->function)->name);
        return text;
    default:
        return is_condition(node) ? "a condition" : name_of_type(type_of(node));
    }
}

// The same, and of a field or a function of which type it is.
static const char *describe(const struct eql_node *node, char text[DESCRIPTION_SIZE]) {
    enum eql_type type = type_of(node);
    const char *name = name_of(node, text);
    if ((node->kind == EQL_FIELD || node->kind == EQL_CALL) && type != EQL_TYPE_ANY) {
        size_t size = strlen(name);
        (void)snprintf(text + size, DESCRIPTION_SIZE - size, ", which %s %s",
                       node->kind == EQL_CALL ? "gives" : "is", name_of_type(type));
    }
    return name;
}

static bool fail_found(struct eql_error *error, const char *expected,
                       const struct eql_node *found) {
    char text[DESCRIPTION_SIZE];
    return eql_error_set(error, found->place, "expected %s, found %s", expected,
                         describe(found, text));
}

// ---- values

static bool check_value(const struct eql_node *node, struct eql_error *error);

// A value of a type; text does not stand for an address nor the other way round where `is_exact`.
static bool check_typed(const struct eql_node *node, enum eql_type type, bool is_exact,
                        struct eql_error *error) {
    enum eql_type found = type_of(node);
    if (!check_value(node, error)) {
        return false;
    }
    return (fits(found, type) && (!is_exact || found == type || found == EQL_TYPE_ANY)) ||
           fail_found(error, name_of_type(type), node);
}

static bool check_constant(const struct eql_node *node, struct eql_error *error) {
    return !eql_has_fields(node) || fail_found(error, "a value without fields", node);
}

static bool check_argument_count(const struct eql_node *node, struct eql_error *error) {
    const struct eql_function_info *info = eql_function_info(node->function);
    char most[32] = "";
    if (node->count >= info->least && node->count <= info->most) {
        return true;
    }
    if (info->most == SIZE_MAX) {
        (void)snprintf(most, sizeof most, " or more");
    } else if (info->most > info->least) {
        (void)snprintf(most, sizeof most, " or %zu", info->most);
    }
    return eql_error_set(error, node->place, "expected %zu%s argument%s of %s, found %zu",
                         info->least, most, info->most == 1 ? "" : "s", info->name, node->count);
}

static bool check_call(const struct eql_node *node, struct eql_error *error) {
    if (!check_argument_count(node, error)) {
        return false;
    }
    for (size_t i = 0; i < node->count; i++) {
        struct eql_parameter parameter = eql_function_parameter(node->function, i);
        if (!check_typed(node->operands[i], parameter.type, parameter.type == EQL_TYPE_TEXT,
                         error) ||
            (parameter.is_constant && !check_constant(node->operands[i], error))) {
            return false;
        }
    }
    return true;
}

static bool check_value(const struct eql_node *node, struct eql_error *error) {
    if (is_condition(node)) {
        return fail_found(error, "a value", node);
    }
    if (node->kind == EQL_CALL) {
        return check_call(node, error);
    }
    for (size_t i = 0; i < node->count; i++) {
        if (!check_typed(node->operands[i], EQL_TYPE_NUMBER, true, error)) {
            return false;
        }
    }
    return true;
}

// ---- conditions

// Whether `other` can be compared with `subject`, both checked as values.
static bool check_same_type(const struct eql_node *subject, const struct eql_node *other,
                            struct eql_error *error) {
    char expected[DESCRIPTION_SIZE + 64];
    char text[DESCRIPTION_SIZE];
    if (fits(type_of(subject), type_of(other))) {
        return true;
    }
    (void)snprintf(expected, sizeof expected, "%s to compare with %s",
                   name_of_type(type_of(subject)), name_of(subject, text));
    return fail_found(error, expected, other);
}

static bool check_comparison(const struct eql_node *node, struct eql_error *error) {
    const struct eql_node *left = node->operands[0];
    const struct eql_node *right = node->operands[1];
    bool is_right_field = eql_has_fields(right);
    if (!check_value(left, error) || !check_value(right, error)) {
        return false;
    }
    if (is_right_field && eql_has_fields(left)) {
        return eql_error_set(
            error, right->place,
            "expected a value without fields: a field is not compared with a field");
    }
    const struct eql_node *subject = is_right_field ? right : left;
    if (!check_same_type(subject, is_right_field ? left : right, error)) {
        return false;
    }
    bool is_order = node->kind != EQL_EQUAL && node->kind != EQL_NOT_EQUAL;
    return !is_order || (type_of(left) != EQL_TYPE_BOOLEAN && type_of(right) != EQL_TYPE_BOOLEAN) ||
           eql_error_set(error, node->place, "expected == or !=: booleans have no order");
}

static bool check_pattern(const struct eql_node *node, enum eql_kind kind,
                          struct eql_error *error) {
    if (node->kind != EQL_STRING) {
        return fail_found(error, "a string", node);
    }
    size_t length = 0;
    for (size_t i = 0; i < node->text.size; i++) {
        length += ((unsigned char)node->text.data[i] & 0xc0) != 0x80;
    }
    return kind != EQL_REGEX || length <= EQL_REGEX_LENGTH_MAX ||
           eql_error_set(error, node->place,
                         "expected a regular expression of at most %d characters, found %zu",
                         EQL_REGEX_LENGTH_MAX, length);
}

static bool check_lookup(const struct eql_node *node, struct eql_error *error) {
    const struct eql_node *subject = node->operands[0];
    bool is_text = node->kind != EQL_IN || node->folds;
    if (is_text ? !check_typed(subject, EQL_TYPE_TEXT, true, error)
                : !check_value(subject, error)) {
        return false;
    }
    for (size_t i = 1; i < node->count; i++) {
        const struct eql_node *value = node->operands[i];
        bool is_good = node->kind != EQL_IN
                           ? check_pattern(value, node->kind, error)
                           : check_value(value, error) && check_constant(value, error) &&
                                 check_same_type(subject, value, error);
        if (!is_good || (is_text && !check_typed(value, EQL_TYPE_TEXT, true, error))) {
            return false;
        }
    }
    return true;
}

static bool check_condition(const struct eql_node *node, struct eql_error *error);

static bool check_logic(const struct eql_node *node, struct eql_error *error) {
    for (size_t i = 0; i < node->count; i++) {
        if (!check_condition(node->operands[i], error)) {
            return false;
        }
    }
    return true;
}

static bool check_condition(const struct eql_node *node, struct eql_error *error) {
    switch (node->kind) {
    case EQL_NOT:
    case EQL_AND:
    case EQL_OR:
        return check_logic(node, error);
    case EQL_EQUAL:
    case EQL_NOT_EQUAL:
    case EQL_LESS:
    case EQL_LESS_EQUAL:
    case EQL_GREATER:
    case EQL_GREATER_EQUAL:
        return check_comparison(node, error);
    case EQL_IN:
    case EQL_MATCH:
    case EQL_LIKE:
    case EQL_REGEX:
        return check_lookup(node, error);
    default:
        return check_value(node, error) &&
               (fits(type_of(node), EQL_TYPE_BOOLEAN) || fail_found(error, "a condition", node));
    }
}

// ---- stages

static bool check_stage(const struct eql_query *query, const struct eql_stage *stage,
                        struct eql_error *error) {
    const struct eql_stage *first = &query->stages[0];
    if (stage->condition->kind == EQL_NULL) {
        return fail_found(error, "a condition", stage->condition);
    }
    if (!check_condition(stage->condition, error)) {
        return false;
    }
    if (stage->by_count != first->by_count) {
        return eql_error_set(error, stage->by_count > 0 ? stage->by[0]->place : stage->place,
                             "expected %zu key%s after by, as in the first event, found %zu",
                             first->by_count, first->by_count == 1 ? "" : "s", stage->by_count);
    }
    for (size_t i = 0; i < stage->by_count; i++) {
        if (!check_same_type(first->by[i], stage->by[i], error)) {
            return false;
        }
    }
    return true;
}

static bool check_missing(const struct eql_query *query, const struct eql_stage *stage,
                          struct eql_error *error) {
    if (stage->is_missing && query->maxspan == EQL_NO_MAXSPAN) {
        return eql_error_set(
            error, stage->place,
            "expected with maxspan=... after sequence, for an event is missing only "
            "within a span");
    }
    return !stage->is_missing || stage->runs == 1 ||
           eql_error_set(error, stage->place, "expected no runs for an event that must be missing");
}

static bool check_until(const struct eql_query *query, struct eql_error *error) {
    const struct eql_stage *until = query->until;
    if (until == NULL) {
        return true;
    }
    if (until->is_missing || until->runs != 1) {
        return eql_error_set(error, until->place,
                             "expected [ and an event, without runs, after until");
    }
    return check_stage(query, until, error);
}

static bool check_sequence(const struct eql_query *query, struct eql_error *error) {
    size_t events = 0;
    size_t missing = 0;
    for (size_t i = 0; i < query->stage_count; i++) {
        const struct eql_stage *stage = &query->stages[i];
        if (!check_stage(query, stage, error) || !check_missing(query, stage, error)) {
            return false;
        }
        events += stage->runs;
        missing += stage->is_missing;
        if (events > EQL_EVENTS_MAX) {
            return eql_error_set(error, stage->place,
                                 "expected at most %d events in a sequence, runs counted",
                                 EQL_EVENTS_MAX);
        }
    }
    const struct eql_place place = query->stages[0].place;
    if (events < 2) {
        return eql_error_set(error, place, "expected a sequence of at least two events");
    }
    if (missing == query->stage_count) {
        return eql_error_set(error, place, "expected an event that is not missing in the sequence");
    }
    return check_until(query, error);
}

bool eql_check(const struct eql_query *query, struct eql_error *error) {
    *error = (struct eql_error){0};
    return query->is_sequence ? check_sequence(query, error)
                              : check_stage(query, &query->stages[0], error);
}
