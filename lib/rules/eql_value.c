// SPDX-License-Identifier: GPL-3.0-or-later
#include "rules/eql_value.h"

#include <string.h>

#include "base/address.h"
#include "rules/eql_call.h"

static const struct eql_values null_values = {0};

static struct eql_value *take(struct eql_run *run, size_t count) {
    struct eql_value *list =
        count > EQL_VALUES_MAX ? NULL : arena_take(run->arena, count * sizeof *list);
    run->failed = run->failed || list == NULL;
    return list;
}

static struct eql_values one(struct eql_run *run, struct eql_value value) {
    struct eql_value *list = take(run, 1);
    if (list == NULL) {
        return null_values;
    }
    *list = value;
    return (struct eql_values){list, 1};
}

// Fields

// In its usual form, which is what Elasticsearch's scripts get.
static struct text text_of_address(struct eql_run *run, struct text text) {
    struct address address;
    char *usual = arena_take(run->arena, ADDRESS_TEXT_SIZE);
    run->failed = run->failed || usual == NULL;
    if (usual == NULL || !address_read(text, &address)) {
        return text;
    }
    address_write(&address, usual);
    return text_of(usual);
}

static struct eql_value value_of(struct eql_run *run, const struct field_value *value) {
    switch (value->type) {
    case FIELD_TYPE_NUMBER:
        return (struct eql_value){.type = EQL_VALUE_INTEGER, .integer = value->number};
    case FIELD_TYPE_BOOLEAN:
        return (struct eql_value){.type = EQL_VALUE_BOOLEAN, .boolean = value->boolean};
    case FIELD_TYPE_ADDRESS:
        return (struct eql_value){.type = EQL_VALUE_TEXT,
                                  .text = text_of_address(run, value->text)};
    case FIELD_TYPE_TEXT:
        break;
    }
    return (struct eql_value){.type = EQL_VALUE_TEXT, .text = value->text};
}

struct eql_values eql_read_field(struct eql_run *run, struct field field) {
    struct field_values values = fields_read(run->reader, field, run->kind);
    run->failed = run->failed || run->reader->failed;
    struct eql_value *list = values.count == 0 ? NULL : take(run, values.count);
    if (list == NULL) {
        return null_values;
    }
    for (size_t i = 0; i < values.count; i++) {
        list[i] = value_of(run, &values.list[i]);
    }
    return (struct eql_values){list, values.count};
}

// Calls and arithmetic

// How many ways there are to take a value of each operand. 0 when one has none.
static size_t count_choices(struct eql_run *run, const struct eql_values *values, size_t count) {
    size_t choices = 1;
    for (size_t i = 0; i < count; i++) {
        choices *= values[i].count;
        if (choices > EQL_VALUES_MAX) {
            run->failed = true;
            return 0;
        }
    }
    return choices;
}

// Takes the choice of this number: the last operand's values change fastest.
static void choose(const struct eql_values *values, size_t count, size_t choice,
                   struct eql_value *chosen) {
    for (size_t i = count; i-- > 0;) {
        chosen[i] = values[i].list[choice % values[i].count];
        choice /= values[i].count;
    }
}

// The operands' values. A base that is null is as one that is not given, of all arguments.
static size_t evaluate_operands(struct eql_run *run, const struct eql_node *node,
                                struct eql_values *values) {
    size_t count = node->count;
    if (node->kind == EQL_CALL && node->function == EQL_FUNCTION_NUMBER && count == 2 &&
        node->operands[1]->kind == EQL_NULL) {
        count--;
    }
    for (size_t i = 0; i < count; i++) {
        values[i] = eql_evaluate(run, node->operands[i]);
    }
    return count;
}

static struct eql_values apply(struct eql_run *run, const struct eql_node *node) {
    struct eql_values *values = arena_take(run->arena, (node->count + 1) * sizeof *values);
    struct eql_value *chosen = take(run, node->count + 1);
    if (values == NULL || chosen == NULL) {
        run->failed = true;
        return null_values;
    }
    size_t count = evaluate_operands(run, node, values);
    size_t choices = count_choices(run, values, count);
    struct eql_value *list = choices == 0 ? NULL : take(run, choices);
    size_t made = 0;
    for (size_t i = 0; list != NULL && i < choices && !run->failed; i++) {
        choose(values, count, i, chosen);
        made += eql_call(run, node, chosen, count, &list[made]);
    }
    return (struct eql_values){list, made};
}

struct eql_values eql_evaluate(struct eql_run *run, const struct eql_node *node) {
    struct eql_value value = {.type = EQL_VALUE_TEXT};
    switch (node->kind) {
    case EQL_NULL:
        return null_values;
    case EQL_BOOLEAN:
        value = (struct eql_value){.type = EQL_VALUE_BOOLEAN, .boolean = node->boolean};
        return one(run, value);
    case EQL_INTEGER:
        value = (struct eql_value){.type = EQL_VALUE_INTEGER, .integer = node->integer};
        return one(run, value);
    case EQL_FLOAT:
        value = (struct eql_value){.type = EQL_VALUE_FLOAT, .number = node->number};
        return one(run, value);
    case EQL_STRING:
        value.text = node->text;
        return one(run, value);
    case EQL_FIELD:
        return eql_read_field(run, fields_find(node->text));
    default:
        return apply(run, node);
    }
}

// Comparing

static double number_of(const struct eql_value *value) {
    return value->type == EQL_VALUE_INTEGER ? (double)value->integer : value->number;
}

static bool is_number(const struct eql_value *value) {
    return value->type == EQL_VALUE_INTEGER || value->type == EQL_VALUE_FLOAT;
}

static int compare_texts(struct text a, struct text b) {
    size_t size = a.size < b.size ? a.size : b.size;
    int result = size == 0 ? 0 : memcmp(a.data, b.data, size);
    return result != 0 ? result : (a.size > b.size) - (a.size < b.size);
}

bool eql_compare(const struct eql_value *a, const struct eql_value *b, int *result) {
    if (a->type == EQL_VALUE_INTEGER && b->type == EQL_VALUE_INTEGER) {
        *result = (a->integer > b->integer) - (a->integer < b->integer);
        return true;
    }
    if (is_number(a) && is_number(b)) {
        double x = number_of(a);
        double y = number_of(b);
        *result = (x > y) - (x < y);
        return x == x && y == y;
    }
    if (a->type != b->type) {
        return false;
    }
    *result = a->type == EQL_VALUE_TEXT ? compare_texts(a->text, b->text)
                                        : (int)a->boolean - (int)b->boolean;
    return true;
}
