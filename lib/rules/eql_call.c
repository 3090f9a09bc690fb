// SPDX-License-Identifier: GPL-3.0-or-later
#include "rules/eql_call.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/ascii.h"

enum { NUMBER_SIZE = 40, BASE_MIN = 2, BASE_MAX = 36 };

static bool give_text(struct eql_value *result, const char *data, size_t size) {
    *result = (struct eql_value){.type = EQL_VALUE_TEXT, .text = {data, size}};
    return true;
}

static bool give_integer(struct eql_value *result, int64_t integer) {
    *result = (struct eql_value){.type = EQL_VALUE_INTEGER, .integer = integer};
    return true;
}

static bool give_float(struct eql_value *result, double number) {
    *result = (struct eql_value){.type = EQL_VALUE_FLOAT, .number = number};
    return true;
}

static bool give_boolean(struct eql_value *result, bool boolean) {
    *result = (struct eql_value){.type = EQL_VALUE_BOOLEAN, .boolean = boolean};
    return true;
}

static bool is_text(const struct eql_value *value) {
    return value->type == EQL_VALUE_TEXT;
}

static bool is_number(const struct eql_value *value) {
    return value->type == EQL_VALUE_INTEGER || value->type == EQL_VALUE_FLOAT;
}

// Arithmetic

static double float_of(const struct eql_value *value) {
    return value->type == EQL_VALUE_INTEGER ? (double)value->integer : value->number;
}

static bool divide_integers(enum eql_kind kind, int64_t a, int64_t b, struct eql_value *result) {
    if (b == 0 || (a == INT64_MIN && b == -1)) {
        return false;
    }
    return give_integer(result, kind == EQL_DIVIDE ? a / b : a % b);
}

static bool calculate_integers(enum eql_kind kind, int64_t a, int64_t b, struct eql_value *result) {
    int64_t sum = 0;
    switch (kind) {
    case EQL_ADD:
        return !__builtin_add_overflow(a, b, &sum) && give_integer(result, sum);
    case EQL_SUBTRACT:
        return !__builtin_sub_overflow(a, b, &sum) && give_integer(result, sum);
    case EQL_MULTIPLY:
        return !__builtin_mul_overflow(a, b, &sum) && give_integer(result, sum);
    default:
        return divide_integers(kind, a, b, result);
    }
}

static bool calculate(enum eql_kind kind, const struct eql_value *a, const struct eql_value *b,
                      struct eql_value *result) {
    if (!is_number(a) || !is_number(b)) {
        return false;
    }
    if (a->type == EQL_VALUE_INTEGER && b->type == EQL_VALUE_INTEGER) {
        return calculate_integers(kind, a->integer, b->integer, result);
    }
    double x = float_of(a);
    double y = float_of(b);
    switch (kind) {
    case EQL_ADD:
        return give_float(result, x + y);
    case EQL_SUBTRACT:
        return give_float(result, x - y);
    case EQL_MULTIPLY:
        return give_float(result, x * y);
    case EQL_DIVIDE:
        return give_float(result, x / y);
    default:
        return give_float(result, fmod(x, y));
    }
}

static bool negate(const struct eql_value *value, struct eql_value *result) {
    static const struct eql_value zero = {.type = EQL_VALUE_INTEGER, .integer = 0};
    if (value->type == EQL_VALUE_FLOAT) {
        return give_float(result, -value->number);
    }
    return calculate(EQL_SUBTRACT, &zero, value, result);
}

// Text in UTF-16 units

// Without a branch, so that the compiler makes wide instructions of a loop of them.
static size_t units_of(unsigned char first_byte) {
    return (size_t)((first_byte & 0xc0) != 0x80) + (first_byte >= 0xf0);
}

static size_t length_of(struct text text) {
    size_t units = 0;
    for (size_t i = 0; i < text.size; i++) {
        units += units_of((unsigned char)text.data[i]);
    }
    return units;
}

// The offset in bytes of the first character that does not begin before the unit; the text's size
// past its end.
static size_t offset_of(struct text text, size_t unit) {
    size_t units = 0;
    for (size_t i = 0; i < text.size; i++) {
        size_t more = units_of((unsigned char)text.data[i]);
        if (more > 0 && units >= unit) {
            return i;
        }
        units += more;
    }
    return text.size;
}

// Text in text

// Whether the part stands there; not, too, when no steps are left.
static bool stands_at(struct eql_run *run, struct text text, struct text part, size_t at,
                      bool folds) {
    size_t i = 0;
    while (i < part.size && (folds ? ascii_fold(text.data[at + i]) == ascii_fold(part.data[i])
                                   : text.data[at + i] == part.data[i])) {
        i++;
    }
    return eql_take_steps(run, i + 1) && i == part.size;
}

// The first place of `part` from `from` on. SIZE_MAX when there is none, or no steps are left.
static size_t find(struct eql_run *run, struct text text, struct text part, size_t from,
                   bool folds) {
    for (size_t at = from; !run->failed && at <= text.size && text.size - at >= part.size; at++) {
        if (stands_at(run, text, part, at, folds)) {
            return at;
        }
    }
    return SIZE_MAX;
}

static size_t find_last(struct eql_run *run, struct text text, struct text part, bool folds) {
    size_t places = text.size < part.size ? 0 : text.size - part.size + 1;
    for (size_t at = places; !run->failed && at-- > 0;) {
        if (stands_at(run, text, part, at, folds)) {
            return at;
        }
    }
    return SIZE_MAX;
}

// Elasticsearch finds no empty text in a text.
static bool contains(struct eql_run *run, struct text text, struct text part, bool folds) {
    return part.size > 0 && find(run, text, part, 0, folds) != SIZE_MAX;
}

static bool between(struct eql_run *run, const struct eql_value *arguments, size_t count,
                    bool folds, struct eql_value *result) {
    struct text text = arguments[0].text;
    struct text left = arguments[1].text;
    struct text right = arguments[2].text;
    bool is_greedy = count > 3 && arguments[3].boolean;
    if (text.size == 0 || left.size == 0 || right.size == 0) {
        return give_text(result, text.data, text.size);
    }
    size_t start = find(run, text, left, 0, folds);
    if (start == SIZE_MAX) {
        return give_text(result, "", 0);
    }
    start += left.size;
    size_t end =
        is_greedy ? find_last(run, text, right, folds) : find(run, text, right, start, folds);
    bool is_there = end != SIZE_MAX && end >= start;
    return give_text(result, is_there ? text.data + start : "", is_there ? end - start : 0);
}

static bool index_of(struct eql_run *run, const struct eql_value *arguments, size_t count,
                     bool folds, struct eql_value *result) {
    struct text text = arguments[0].text;
    int64_t start = count > 2 ? arguments[2].integer : 0;
    size_t from = start <= 0 ? 0 : offset_of(text, (size_t)start);
    size_t at = find(run, text, arguments[1].text, from, folds);
    return at != SIZE_MAX && give_integer(result, (int64_t)length_of((struct text){text.data, at}));
}

// A place counted from the end where it is negative, kept within the text.
static size_t place_in(int64_t place, size_t length) {
    if (place < 0) {
        place = place < -(int64_t)length ? 0 : place + (int64_t)length;
    }
    return place > (int64_t)length ? length : (size_t)place;
}

static bool substring(const struct eql_value *arguments, size_t count, struct eql_value *result) {
    struct text text = arguments[0].text;
    size_t length = length_of(text);
    size_t start = place_in(arguments[1].integer, length);
    size_t end = count > 2 ? place_in(arguments[2].integer, length) : length;
    if (start >= end) {
        return give_text(result, "", 0);
    }
    size_t from = offset_of(text, start);
    return give_text(result, text.data + from, offset_of(text, end) - from);
}

// Text and numbers

// As Java writes a double, but for those that it writes with an exponent.
static void print_float(double number, char text[NUMBER_SIZE]) {
    for (int digits = 1; digits <= 17; digits++) {
        (void)snprintf(text, NUMBER_SIZE, "%.*g", digits, number);
        if (strtod(text, NULL) == number) {
            break;
        }
    }
    size_t size = strlen(text);
    if (strspn(text, "-0123456789") == size && size + 2 < NUMBER_SIZE) {
        memcpy(text + size, ".0", sizeof ".0");
    }
}

static struct text print(struct eql_run *run, const struct eql_value *value) {
    char text[NUMBER_SIZE] = "";
    switch (value->type) {
    case EQL_VALUE_TEXT:
        return value->text;
    case EQL_VALUE_BOOLEAN:
        return value->boolean ? (struct text){"true", 4} : (struct text){"false", 5};
    case EQL_VALUE_INTEGER:
        (void)snprintf(text, sizeof text, "%" PRId64, value->integer);
        break;
    case EQL_VALUE_FLOAT:
        print_float(value->number, text);
        break;
    }
    size_t size = strlen(text);
    char *copy = arena_copy(run->arena, text, size);
    run->failed = run->failed || copy == NULL;
    return (struct text){copy, copy == NULL ? 0 : size};
}

static bool concat(struct eql_run *run, const struct eql_value *arguments, size_t count,
                   struct eql_value *result) {
    size_t size = 0;
    for (size_t i = 0; i < count; i++) {
        size += print(run, &arguments[i]).size;
    }
    run->text_size = size > EQL_TEXT_SIZE_MAX ? size : run->text_size + size;
    char *text = run->text_size > EQL_TEXT_SIZE_MAX ? NULL : arena_take(run->arena, size + 1);
    if (text == NULL) {
        run->failed = true;
        return false;
    }
    size = 0;
    for (size_t i = 0; i < count; i++) {
        struct text part = print(run, &arguments[i]);
        if (part.size > 0) {
            memcpy(text + size, part.data, part.size);
        }
        size += part.size;
    }
    return give_text(result, text, size);
}

// The whole text as a number of this base, as Java's Long.parseLong() reads it.
static bool read_integer(const char *text, int64_t base, struct eql_value *result) {
    bool has_sign = *text == '-' || *text == '+';
    char *end = NULL;
    // strtoll() takes blanks in front and a prefix of its own; a digit of the base must come first.
    char first = ascii_fold(text[has_sign]);
    int64_t digit = first >= 'a' && first <= 'z' ? first - 'a' + 10 : first - '0';
    if (base < BASE_MIN || base > BASE_MAX || digit < 0 || digit >= base ||
        (base == 16 && ascii_fold(text[has_sign + 1]) == 'x')) {
        return false;
    }
    errno = 0;
    long long number = strtoll(text, &end, (int)base);
    return errno == 0 && *end == '\0' && give_integer(result, number);
}

// Blanks around it do not count, as Java has it.
static bool read_float(const char *text, struct eql_value *result) {
    static const char blanks[] = " \t\n\v\f\r";
    char *end = NULL;
    text += strspn(text, blanks);
    size_t size = strspn(text, "+-.0123456789eE");
    double number = strtod(text, &end);
    return size > 0 && end == text + size && end[strspn(end, blanks)] == '\0' &&
           give_float(result, number);
}

static bool read_number(const struct eql_value *arguments, size_t count, struct eql_value *result) {
    char text[NUMBER_SIZE * 2];
    if (!text_to_string(arguments[0].text, text, sizeof text)) {
        return false;
    }
    bool is_hex = strncmp(text, "0x", 2) == 0;
    int64_t base = count > 1 ? arguments[1].integer : is_hex ? 16 : 10;
    if (is_hex && base == 16) {
        return read_integer(text + 2, base, result);
    }
    return read_integer(text, base, result) || (base == 10 && read_float(text, result));
}

// Addresses

static bool cidr_match(const struct eql_value *arguments, size_t count, struct eql_value *result) {
    struct address address;
    struct network network;
    bool is_in = false;
    if (address_read(arguments[0].text, &address)) {
        for (size_t i = 1; !is_in && i < count; i++) {
            is_in = network_read(arguments[i].text, &network) && network_has(&network, &address);
        }
    }
    return give_boolean(result, is_in);
}

// All

// Whether the arguments are of the types that the function takes: a field may be of any.
static bool fit(enum eql_function function, const struct eql_value *arguments, size_t count) {
    for (size_t i = 0; i < count; i++) {
        switch (eql_function_parameter(function, i).type) {
        case EQL_TYPE_TEXT:
        case EQL_TYPE_ADDRESS:
            if (!is_text(&arguments[i])) {
                return false;
            }
            break;
        case EQL_TYPE_NUMBER:
            if (!is_number(&arguments[i])) {
                return false;
            }
            break;
        case EQL_TYPE_BOOLEAN:
            if (arguments[i].type != EQL_VALUE_BOOLEAN) {
                return false;
            }
            break;
        case EQL_TYPE_ANY:
            break;
        }
    }
    return true;
}

// Places in text and bases are whole numbers.
static bool are_whole(const struct eql_value *arguments, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (arguments[i].type == EQL_VALUE_FLOAT) {
            return false;
        }
    }
    return true;
}

static bool call_on_text(struct eql_run *run, const struct eql_node *node,
                         const struct eql_value *arguments, size_t count,
                         struct eql_value *result) {
    struct text text = arguments[0].text;
    switch (node->function) {
    case EQL_FUNCTION_BETWEEN:
        return between(run, arguments, count, node->folds, result);
    case EQL_FUNCTION_ENDS_WITH:
        return give_boolean(result, text_ends_with(text, arguments[1].text, node->folds));
    case EQL_FUNCTION_STARTS_WITH:
        return give_boolean(result, text_starts_with(text, arguments[1].text, node->folds));
    case EQL_FUNCTION_STRING_CONTAINS:
        return give_boolean(result, contains(run, text, arguments[1].text, node->folds));
    case EQL_FUNCTION_INDEX_OF:
        return are_whole(arguments, count) && index_of(run, arguments, count, node->folds, result);
    case EQL_FUNCTION_SUBSTRING:
        return are_whole(arguments, count) && substring(arguments, count, result);
    case EQL_FUNCTION_NUMBER:
        return are_whole(arguments, count) && read_number(arguments, count, result);
    case EQL_FUNCTION_LENGTH:
        return give_integer(result, (int64_t)length_of(text));
    default:
        return cidr_match(arguments, count, result);
    }
}

static bool call(struct eql_run *run, const struct eql_node *node,
                 const struct eql_value *arguments, size_t count, struct eql_value *result) {
    if (!fit(node->function, arguments, count)) {
        return false;
    }
    switch (node->function) {
    case EQL_FUNCTION_ADD:
        return calculate(EQL_ADD, &arguments[0], &arguments[1], result);
    case EQL_FUNCTION_SUBTRACT:
        return calculate(EQL_SUBTRACT, &arguments[0], &arguments[1], result);
    case EQL_FUNCTION_MULTIPLY:
        return calculate(EQL_MULTIPLY, &arguments[0], &arguments[1], result);
    case EQL_FUNCTION_DIVIDE:
        return calculate(EQL_DIVIDE, &arguments[0], &arguments[1], result);
    case EQL_FUNCTION_MODULO:
        return calculate(EQL_MODULO, &arguments[0], &arguments[1], result);
    case EQL_FUNCTION_CONCAT:
        return concat(run, arguments, count, result);
    case EQL_FUNCTION_STRING:
        *result = (struct eql_value){.type = EQL_VALUE_TEXT, .text = print(run, &arguments[0])};
        return true;
    default:
        return call_on_text(run, node, arguments, count, result);
    }
}

// Steps of a call on values of these sizes, but for those of a search for text.
static size_t steps_of(const struct eql_value *arguments, size_t count) {
    enum { STEPS_CALL = 64, STEPS_FLOAT = 1024 };
    size_t steps = STEPS_CALL;
    for (size_t i = 0; i < count; i++) {
        steps += is_text(&arguments[i])                 ? arguments[i].text.size
                 : arguments[i].type == EQL_VALUE_FLOAT ? STEPS_FLOAT
                                                        : 1;
    }
    return steps;
}

bool eql_call(struct eql_run *run, const struct eql_node *node, const struct eql_value *arguments,
              size_t count, struct eql_value *result) {
    if (!eql_take_steps(run, steps_of(arguments, count))) {
        return false;
    }
    switch (node->kind) {
    case EQL_CALL:
        return call(run, node, arguments, count, result);
    case EQL_NEGATE:
        return negate(&arguments[0], result);
    default:
        return calculate(node->kind, &arguments[0], &arguments[1], result);
    }
}
