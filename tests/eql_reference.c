// SPDX-License-Identifier: GPL-3.0-or-later
// What EQL means, slowly and plainly.
//
// An expression comes to a list of values, which is empty for null. A function of fields with
// several values is applied to each value. A condition is true, false or, where a script is given
// null, null.
#include "eql_reference.h"

#include <arpa/inet.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "eql_strings.h"
#include "lucene_model.h"
#include "xmem.h"

enum value_type { VALUE_TEXT, VALUE_INTEGER, VALUE_FLOAT, VALUE_BOOLEAN };

struct value {
    enum value_type type;
    bool is_address; // of a field of addresses
    const char *text;
    long long integer;
    double number;
    bool boolean;
};

struct values {
    struct value *list;
    size_t count;
};

struct judge {
    const struct plain_document *document;
    struct arena arena;
    bool is_undefined;
};

static void *take(struct judge *judge, size_t size) {
    void *memory = arena_take(&judge->arena, size);
    if (memory == NULL) {
        die("out of memory");
    }
    return memory;
}

static const char *keep(struct judge *judge, char *text) {
    size_t size = strlen(text) + 1;
    char *kept = memcpy(take(judge, size), text, size);
    free(text);
    return kept;
}

// Values

static struct value text_value(const char *text) {
    return (struct value){.type = VALUE_TEXT, .text = text};
}

static struct value integer_value(long long integer) {
    return (struct value){.type = VALUE_INTEGER, .integer = integer};
}

static struct value float_value(double number) {
    return (struct value){.type = VALUE_FLOAT, .number = number};
}

static struct value boolean_value(bool boolean) {
    return (struct value){.type = VALUE_BOOLEAN, .boolean = boolean};
}

static bool is_number(const struct value *value) {
    return value->type == VALUE_INTEGER || value->type == VALUE_FLOAT;
}

static double as_float(const struct value *value) {
    return value->type == VALUE_INTEGER ? (double)value->integer : value->number;
}

static struct values evaluate(struct judge *judge, const struct eql_node *node);

// A script gets an address as Elasticsearch has it.
static const char *usual_address(struct judge *judge, const char *text) {
    unsigned char bytes[sizeof(struct in6_addr)];
    char usual[INET6_ADDRSTRLEN];
    bool is_ipv6 = inet_pton(AF_INET6, text, bytes) == 1;
    const char *result = is_ipv6 ? inet_ntop(AF_INET6, bytes, usual, sizeof usual) : NULL;
    const char *mapped = "::ffff:";
    if (result == NULL) {
        return text;
    }
    bool is_mapped = strncmp(result, mapped, strlen(mapped)) == 0 && strchr(result, '.') != NULL;
    return keep(judge, xformat("%s", is_mapped ? result + strlen(mapped) : result));
}

static struct values field_values(struct judge *judge, const char *name) {
    const struct plain_field *field = plain_document_find(judge->document, name);
    struct values values = {0};
    for (size_t i = 0; field != NULL && i < field->count; i++) {
        const char *text = field->values[i];
        if (i == 0) {
            values.list = take(judge, field->count * sizeof *values.list);
        }
        switch (field->type) {
        case PLAIN_NUMBER:
            values.list[i] = integer_value(strtoll(text, NULL, 10));
            break;
        case PLAIN_BOOLEAN:
            values.list[i] = boolean_value(strcmp(text, "true") == 0);
            break;
        case PLAIN_ADDRESS:
            values.list[i] = text_value(usual_address(judge, text));
            values.list[i].is_address = true;
            break;
        default:
            values.list[i] = text_value(text);
        }
        values.count++;
    }
    return values;
}

// Arithmetic: whole numbers stay whole. What cannot be divided is null.

static bool combine_integers(enum eql_kind kind, long long a, long long b, struct value *result) {
    switch (kind) {
    case EQL_ADD:
        *result = integer_value(a + b);
        return true;
    case EQL_SUBTRACT:
        *result = integer_value(a - b);
        return true;
    case EQL_MULTIPLY:
        *result = integer_value(a * b);
        return true;
    default:
        if (b != 0) {
            *result = integer_value(kind == EQL_DIVIDE ? a / b : a % b);
        }
        return b != 0;
    }
}

static bool combine(struct judge *judge, enum eql_kind kind, const struct value *a,
                    const struct value *b, struct value *result) {
    double x = as_float(a);
    double y = as_float(b);
    // Far from where whole numbers end.
    judge->is_undefined |= fabs(x) > 1e9 || fabs(y) > 1e9;
    if (judge->is_undefined) {
        return false;
    }
    if (a->type == VALUE_INTEGER && b->type == VALUE_INTEGER) {
        return combine_integers(kind, a->integer, b->integer, result);
    }
    switch (kind) {
    case EQL_ADD:
        *result = float_value(x + y);
        return true;
    case EQL_SUBTRACT:
        *result = float_value(x - y);
        return true;
    case EQL_MULTIPLY:
        *result = float_value(x * y);
        return true;
    default:
        judge->is_undefined |= y == 0;
        *result = float_value(kind == EQL_DIVIDE ? x / y : fmod(x, y));
        return true;
    }
}

// Functions of text. All places are counted in UTF-16 units.

static const char *print(struct judge *judge, const struct value *value) {
    switch (value->type) {
    case VALUE_TEXT:
        return value->text;
    case VALUE_BOOLEAN:
        return value->boolean ? "true" : "false";
    case VALUE_INTEGER:
        return keep(judge, xformat("%lld", value->integer));
    default:
        // One digit after the point is all that is sure to be written alike everywhere.
        judge->is_undefined |= value->number * 2 != floor(value->number * 2) ||
                               fabs(value->number) > 1e6 ||
                               (value->number == 0 && signbit(value->number));
        return keep(judge, xformat("%.1f", value->number));
    }
}

static struct value concatenate(struct judge *judge, const struct value *values, size_t count) {
    const char *text = "";
    for (size_t i = 0; i < count; i++) {
        text = keep(judge, xformat("%s%s", text, print(judge, &values[i])));
    }
    return text_value(text);
}

static struct value part_of(struct judge *judge, const struct units *text, size_t from, size_t to) {
    struct units part = {.count = to - from};
    memcpy(part.list, text->list + from, part.count * sizeof *part.list);
    char *result = units_text(&part);
    judge->is_undefined |= result == NULL;
    return text_value(result == NULL ? "" : keep(judge, result));
}

static struct value between(struct judge *judge, const struct value *values, size_t count,
                            bool folds) {
    struct units text = text_units(values[0].text);
    struct units left = text_units(values[1].text);
    struct units right = text_units(values[2].text);
    bool is_greedy = count > 3 && values[3].boolean;
    size_t start = 0;
    size_t end = 0;
    if (text.count == 0 || left.count == 0 || right.count == 0) {
        return values[0];
    }
    if (!units_find(&text, &left, 0, folds, &start)) {
        return text_value("");
    }
    start += left.count;
    if (!units_find(&text, &right, start, folds, &end)) {
        return text_value("");
    }
    for (size_t next = end + 1; is_greedy && units_find(&text, &right, next, folds, &next);
         next++) {
        end = next;
    }
    return part_of(judge, &text, start, end);
}

static bool index_of(struct judge *judge, const struct value *values, size_t count, bool folds,
                     struct value *result) {
    struct units text = text_units(values[0].text);
    struct units part = text_units(values[1].text);
    long long from = count > 2 && values[2].integer > 0 ? values[2].integer : 0;
    size_t place = 0;
    // The reference says null, the program says otherwise.
    judge->is_undefined |= part.count == 0 && from > (long long)text.count;
    if (from > (long long)text.count || !units_find(&text, &part, (size_t)from, folds, &place)) {
        return false;
    }
    *result = integer_value((long long)place);
    return true;
}

static struct value substring(struct judge *judge, const struct value *values, size_t count) {
    struct units text = text_units(values[0].text);
    long long length = (long long)text.count;
    long long places[2] = {values[1].integer, count > 2 ? values[2].integer : length};
    // Places between characters are not spoken of.
    judge->is_undefined |=
        values[1].type == VALUE_FLOAT || (count > 2 && values[2].type == VALUE_FLOAT);
    for (int i = 0; i < 2; i++) {
        places[i] += places[i] < 0 ? length : 0;
        places[i] = places[i] < 0 ? 0 : places[i] > length ? length : places[i];
    }
    return places[0] >= places[1] ? text_value("")
                                  : part_of(judge, &text, (size_t)places[0], (size_t)places[1]);
}

static int digit_of(char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'z' ? c - 'a' + 10
           : c >= 'A' && c <= 'Z' ? c - 'A' + 10
                                  : 99;
}

// A whole number, maybe with a sign, and nothing besides.
static bool read_integer(const char *text, int base, long long *number) {
    bool is_negative = *text == '-';
    text += *text == '-' || *text == '+' ? 1 : 0;
    *number = 0;
    for (const char *at = text; *at != '\0'; at++) {
        if (digit_of(*at) >= base || at - text > 12) {
            return false;
        }
        *number = *number * base + digit_of(*at);
    }
    *number = is_negative ? -*number : *number;
    return *text != '\0';
}

// With a point or an exponent; blanks around it.
static bool read_float(const char *text, double *number) {
    char *end = NULL;
    text += strspn(text, " ");
    size_t size = strspn(text, "+-.0123456789eE");
    *number = strtod(text, &end);
    return size > 0 && end == text + size && text[size + strspn(text + size, " ")] == '\0';
}

static bool read_number(const struct value *values, size_t count, struct value *result) {
    const char *text = values[0].text;
    bool is_hex = strncmp(text, "0x", 2) == 0;
    int base = count > 1 ? (int)values[1].integer : is_hex ? 16 : 10;
    long long integer = 0;
    double number = 0;
    if (read_integer(is_hex && base == 16 ? text + 2 : text, base, &integer)) {
        *result = integer_value(integer);
        return true;
    }
    if (base != 10 || !read_float(text, &number)) {
        return false;
    }
    *result = float_value(number);
    return true;
}

// Addresses, all in 16 bytes: those of version 4 as ::ffff:a.b.c.d.

static bool read_address(const char *text, unsigned char address[16]) {
    static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
    memcpy(address, mapped, sizeof mapped);
    return inet_pton(AF_INET, text, address + 12) == 1 || inet_pton(AF_INET6, text, address) == 1;
}

// Whether the address is the one given, or in the network given.
static bool is_in_network(const char *text, const char *network) {
    unsigned char address[16];
    unsigned char other[16];
    const char *slash = strchr(network, '/');
    char *base = slash == NULL ? xstrdup(network) : xstrndup(network, (size_t)(slash - network));
    bool is_good = read_address(text, address) && read_address(base, other);
    int bits = slash == NULL ? 128 : atoi(slash + 1) + (strchr(base, ':') == NULL ? 96 : 0);
    for (int i = 0; is_good && i < bits; i++) {
        is_good = ((address[i / 8] ^ other[i / 8]) >> (7 - i % 8) & 1) == 0;
    }
    free(base);
    return is_good;
}

static bool is_in_networks(const struct value *values, size_t count) {
    for (size_t i = 1; i < count; i++) {
        if (is_in_network(values[0].text, values[i].text)) {
            return true;
        }
    }
    return false;
}

// Calls

static bool call_on_text(struct judge *judge, const struct eql_node *node,
                         const struct value *values, size_t count, struct value *result) {
    struct units text = text_units(values[0].text);
    struct units part = text_units(values[1].text);
    size_t place = 0;
    switch (node->function) {
    case EQL_FUNCTION_STARTS_WITH:
        *result = boolean_value(units_are_at(&text, 0, &part, node->folds));
        return true;
    case EQL_FUNCTION_ENDS_WITH:
        *result = boolean_value(part.count <= text.count &&
                                units_are_at(&text, text.count - part.count, &part, node->folds));
        return true;
    case EQL_FUNCTION_STRING_CONTAINS:
        *result = boolean_value(part.count > 0 && units_find(&text, &part, 0, node->folds, &place));
        return true;
    case EQL_FUNCTION_INDEX_OF:
        return index_of(judge, values, count, node->folds, result);
    default:
        *result = between(judge, values, count, node->folds);
        return true;
    }
}

static bool call(struct judge *judge, const struct eql_node *node, const struct value *values,
                 size_t count, struct value *result) {
    switch (node->function) {
    case EQL_FUNCTION_ADD:
        return combine(judge, EQL_ADD, &values[0], &values[1], result);
    case EQL_FUNCTION_SUBTRACT:
        return combine(judge, EQL_SUBTRACT, &values[0], &values[1], result);
    case EQL_FUNCTION_MULTIPLY:
        return combine(judge, EQL_MULTIPLY, &values[0], &values[1], result);
    case EQL_FUNCTION_DIVIDE:
        return combine(judge, EQL_DIVIDE, &values[0], &values[1], result);
    case EQL_FUNCTION_MODULO:
        return combine(judge, EQL_MODULO, &values[0], &values[1], result);
    case EQL_FUNCTION_CONCAT:
    case EQL_FUNCTION_STRING:
        *result = concatenate(judge, values, count);
        return true;
    case EQL_FUNCTION_CIDR_MATCH:
        *result = boolean_value(is_in_networks(values, count));
        return true;
    case EQL_FUNCTION_LENGTH:
        *result = integer_value((long long)text_units(values[0].text).count);
        return true;
    case EQL_FUNCTION_NUMBER:
        return read_number(values, count, result);
    case EQL_FUNCTION_SUBSTRING:
        *result = substring(judge, values, count);
        return true;
    default:
        return call_on_text(judge, node, values, count, result);
    }
}

static bool apply(struct judge *judge, const struct eql_node *node, const struct value *values,
                  size_t count, struct value *result) {
    static const struct value zero = {.type = VALUE_INTEGER};
    switch (node->kind) {
    case EQL_CALL:
        return call(judge, node, values, count, result);
    case EQL_NEGATE:
        return combine(judge, EQL_SUBTRACT, &zero, &values[0], result);
    default:
        return combine(judge, node->kind, &values[0], &values[1], result);
    }
}

// With each choice of the operands' values.
static struct values evaluate_call(struct judge *judge, const struct eql_node *node) {
    struct values values = {0};
    struct values *operands = take(judge, node->count * sizeof *operands);
    struct value *chosen = take(judge, node->count * sizeof *chosen);
    size_t choices = 1;
    size_t count = node->count;
    // A base that is null is the usual one.
    bool takes_base = node->kind == EQL_CALL && node->function == EQL_FUNCTION_NUMBER;
    count -= takes_base && count == 2 && node->operands[1]->kind == EQL_NULL ? 1 : 0;
    for (size_t i = 0; i < count; i++) {
        operands[i] = evaluate(judge, node->operands[i]);
        choices *= operands[i].count;
    }
    values.list = take(judge, (choices + 1) * sizeof *values.list);
    for (size_t choice = 0; choice < choices; choice++) {
        size_t rest = choice;
        for (size_t i = 0; i < count; i++) {
            chosen[i] = operands[i].list[rest % operands[i].count];
            rest /= operands[i].count;
        }
        values.count += apply(judge, node, chosen, count, &values.list[values.count]) ? 1 : 0;
    }
    return values;
}

static struct values evaluate(struct judge *judge, const struct eql_node *node) {
    struct values one = {take(judge, sizeof *one.list), 1};
    switch (node->kind) {
    case EQL_NULL:
        return (struct values){0};
    case EQL_BOOLEAN:
        *one.list = boolean_value(node->boolean);
        return one;
    case EQL_INTEGER:
        *one.list = integer_value(node->integer);
        return one;
    case EQL_FLOAT:
        *one.list = float_value(node->number);
        return one;
    case EQL_STRING:
        *one.list = text_value(node->text.data);
        return one;
    case EQL_FIELD:
        return field_values(judge, node->text.data);
    default:
        return evaluate_call(judge, node);
    }
}

// Tests of one value

static bool is_same_text(const char *a, const char *b, bool folds) {
    struct units x = text_units(a);
    struct units y = text_units(b);
    return x.count == y.count && units_are_at(&x, 0, &y, folds);
}

static bool is_equal(const struct value *value, const struct value *other, bool folds) {
    if (is_number(value) && is_number(other)) {
        return as_float(value) == as_float(other);
    }
    if (value->type != other->type) {
        return false;
    }
    if (value->type == VALUE_BOOLEAN) {
        return value->boolean == other->boolean;
    }
    return value->is_address ? is_in_network(value->text, other->text)
                             : is_same_text(value->text, other->text, folds);
}

// Below, at or above zero as value and other are in order; false when they have none.
static bool compare(const struct value *value, const struct value *other, int *order) {
    if (is_number(value) && is_number(other)) {
        *order = (as_float(value) > as_float(other)) - (as_float(value) < as_float(other));
        return true;
    }
    if (value->type != VALUE_TEXT || other->type != VALUE_TEXT) {
        return false;
    }
    if (value->is_address) {
        unsigned char a[16];
        unsigned char b[16];
        bool is_good = read_address(value->text, a) && read_address(other->text, b);
        *order = is_good ? memcmp(a, b, sizeof a) : 0;
        return is_good;
    }
    *order = strcmp(value->text, other->text);
    return true;
}

static bool is_in_order(const struct value *value, enum eql_kind kind, const struct value *other) {
    int order = 0;
    if (!compare(value, other, &order)) {
        return false;
    }
    switch (kind) {
    case EQL_LESS:
        return order < 0;
    case EQL_LESS_EQUAL:
        return order <= 0;
    case EQL_GREATER:
        return order > 0;
    default:
        return order >= 0;
    }
}

static bool fits_regex(struct judge *judge, const char *regex, const char *text, bool folds) {
    if (strlen(text) > LUCENE_TEXT_MAX) {
        judge->is_undefined = true;
        return false;
    }
    enum lucene_fit fit = lucene_model_fits(regex, folds, text, strlen(text));
    if (fit == LUCENE_IS_WRONG) {
        die("%s is not a regular expression", regex);
    }
    return fit == LUCENE_FITS;
}

static bool passes(struct judge *judge, const struct eql_node *node, const struct value *value,
                   const struct value *other) {
    bool folds = node->folds || node->kind == EQL_MATCH;
    switch (node->kind) {
    case EQL_EQUAL:
    case EQL_NOT_EQUAL:
    case EQL_IN:
        return is_equal(value, other, folds);
    case EQL_MATCH:
    case EQL_LIKE:
        return wildcard_fits(other->text, value->text, folds);
    case EQL_REGEX:
        return fits_regex(judge, other->text, value->text, folds);
    default:
        return is_in_order(value, node->kind, other);
    }
}

// Conditions

enum truth { IS_FALSE, IS_TRUE, IS_NULL };

static enum truth negate_if(bool is_negated, enum truth truth) {
    if (!is_negated || truth == IS_NULL) {
        return truth;
    }
    return truth == IS_TRUE ? IS_FALSE : IS_TRUE;
}

static bool has_fields(const struct eql_node *node) {
    bool does = node->kind == EQL_FIELD;
    for (size_t i = 0; i < node->count; i++) {
        does = does || has_fields(node->operands[i]);
    }
    return does;
}

// Of a subject, which is a field or a script, against one of some others.
static enum truth test(struct judge *judge, const struct eql_node *node,
                       const struct eql_node *subject, const struct eql_node *const *others,
                       size_t count) {
    struct values values = evaluate(judge, subject);
    enum truth truth = values.count == 0 && subject->kind != EQL_FIELD ? IS_NULL : IS_FALSE;
    for (size_t i = 0; i < count; i++) {
        struct values other = evaluate(judge, others[i]);
        // What is null otherwise than by its name is not spoken of.
        judge->is_undefined |= other.count == 0;
        for (size_t k = 0; other.count > 0 && k < values.count; k++) {
            truth = passes(judge, node, &values.list[k], other.list) ? IS_TRUE : truth;
        }
    }
    return truth;
}

static enum eql_kind mirrored(enum eql_kind kind) {
    switch (kind) {
    case EQL_LESS:
        return EQL_GREATER;
    case EQL_LESS_EQUAL:
        return EQL_GREATER_EQUAL;
    case EQL_GREATER:
        return EQL_LESS;
    case EQL_GREATER_EQUAL:
        return EQL_LESS_EQUAL;
    default:
        return kind;
    }
}

static enum eql_kind opposite(enum eql_kind kind) {
    switch (kind) {
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

static enum truth judge_condition(struct judge *judge, const struct eql_node *node,
                                  bool is_negated);

// The subject of a comparison stands on its left side here, whatever is written.
static enum truth judge_comparison(struct judge *judge, const struct eql_node *node,
                                   bool is_negated) {
    const struct eql_node *left = node->operands[0];
    const struct eql_node *right = node->operands[1];
    bool is_order = node->kind != EQL_EQUAL && node->kind != EQL_NOT_EQUAL;
    bool is_mirrored = left->kind == EQL_NULL || (has_fields(right) && !has_fields(left));
    const struct eql_node *subject = is_mirrored ? right : left;
    const struct eql_node *other = is_mirrored ? left : right;
    struct eql_node test_node = {.kind = is_mirrored ? mirrored(node->kind) : node->kind};
    is_negated ^= node->kind == EQL_NOT_EQUAL;
    if (!is_order && other->kind == EQL_NULL) {
        return negate_if(is_negated, evaluate(judge, subject).count == 0 ? IS_TRUE : IS_FALSE);
    }
    if (!is_order && other->kind == EQL_BOOLEAN && subject->kind == EQL_CALL) {
        return judge_condition(judge, subject, is_negated != !other->boolean);
    }
    // `not` of an order is the opposite order, which a missing field fails, too.
    if (is_order && is_negated && subject->kind == EQL_FIELD) {
        test_node.kind = opposite(test_node.kind);
        is_negated = false;
    }
    return negate_if(is_negated, test(judge, &test_node, subject, &other, 1));
}

// On a field, with literals: a test of the field and no script.
static bool is_field_test(const struct eql_node *node) {
    bool is_one = node->function == EQL_FUNCTION_STARTS_WITH ||
                  node->function == EQL_FUNCTION_CIDR_MATCH ||
                  (node->function == EQL_FUNCTION_STRING_CONTAINS && !node->folds);
    is_one = is_one && node->operands[0]->kind == EQL_FIELD;
    for (size_t i = 1; i < node->count; i++) {
        is_one = is_one && node->operands[i]->kind == EQL_STRING;
    }
    return is_one;
}

// A field or a call that says true or false itself.
static enum truth judge_boolean(struct judge *judge, const struct eql_node *node) {
    bool is_script = node->kind == EQL_CALL && !is_field_test(node);
    struct values values = evaluate(judge, node);
    for (size_t i = 0; i < values.count; i++) {
        if (values.list[i].type == VALUE_BOOLEAN && values.list[i].boolean) {
            return IS_TRUE;
        }
    }
    return values.count == 0 && is_script ? IS_NULL : IS_FALSE;
}

// Null counts as false here.
static enum truth judge_logic(struct judge *judge, const struct eql_node *node) {
    bool is_and = node->kind == EQL_AND;
    enum truth truth = is_and ? IS_TRUE : IS_FALSE;
    for (size_t i = 0; i < node->count; i++) {
        bool is_met = judge_condition(judge, node->operands[i], false) == IS_TRUE;
        truth = is_met == is_and ? truth : is_met ? IS_TRUE : IS_FALSE;
    }
    return truth;
}

static enum truth judge_condition(struct judge *judge, const struct eql_node *node,
                                  bool is_negated) {
    switch (node->kind) {
    case EQL_NOT:
        return judge_condition(judge, node->operands[0], !is_negated);
    case EQL_AND:
    case EQL_OR:
        return negate_if(is_negated, judge_logic(judge, node));
    case EQL_NULL:
        return IS_NULL;
    case EQL_BOOLEAN:
        return negate_if(is_negated, node->boolean ? IS_TRUE : IS_FALSE);
    case EQL_FIELD:
    case EQL_CALL:
        return negate_if(is_negated, judge_boolean(judge, node));
    case EQL_IN:
    case EQL_MATCH:
    case EQL_LIKE:
    case EQL_REGEX:
        return negate_if(is_negated,
                         test(judge, node, node->operands[0],
                              (const struct eql_node *const *)node->operands + 1, node->count - 1));
    default:
        return judge_comparison(judge, node, is_negated);
    }
}

// Events

static bool is_of_category(const struct plain_document *document, const struct eql_stage *stage) {
    const struct plain_field *field = plain_document_find(document, "event.category");
    for (size_t i = 0; !stage->is_any && field != NULL && i < field->count; i++) {
        if (strcmp(field->values[i], stage->category.data) == 0) {
            return true;
        }
    }
    return stage->is_any;
}

static bool holds(const struct eql_stage *stage, const struct plain_event *event, unsigned kind,
                  bool by_name, bool *is_undefined) {
    struct plain_document document;
    plain_document_make(&document, event, kind, by_name);
    struct judge judge = {.document = &document};
    bool is_met = judge_condition(&judge, stage->condition, false) == IS_TRUE &&
                  is_of_category(&document, stage);
    *is_undefined = *is_undefined || judge.is_undefined;
    arena_free(&judge.arena);
    plain_document_free(&document);
    return is_met;
}

enum reference_verdict reference_judge(const struct eql_stage *stage,
                                       const struct plain_event *event) {
    bool is_undefined = false;
    bool is_met[2] = {false, false};
    for (unsigned by_name = 0; by_name < 2; by_name++) {
        for (unsigned kind = 0; kind < (event->id == 7 ? 2 : 1); kind++) {
            is_met[by_name] |= holds(stage, event, kind, by_name == 1, &is_undefined);
        }
    }
    if (is_undefined) {
        return REFERENCE_UNDEFINED;
    }
    return is_met[0] ? REFERENCE_HOLDS : is_met[1] ? REFERENCE_HOLDS_BY_NAME : REFERENCE_FAILS;
}
