// SPDX-License-Identifier: GPL-3.0-or-later
#include "rules/eql_functions.h"

#include <stdint.h>
#include <string.h>

#include "base/ascii.h"

// What a function takes: a letter a parameter, the last one for all that follow. t text, n number,
// b boolean, a address, x anything; a capital letter: without fields.
static const struct eql_function_info functions[EQL_FUNCTION_COUNT] = {
    [EQL_FUNCTION_ADD] = {"add", EQL_TYPE_NUMBER, false, 2, 2, "nn"},
    [EQL_FUNCTION_BETWEEN] = {"between", EQL_TYPE_TEXT, true, 3, 4, "tttb"},
    [EQL_FUNCTION_CIDR_MATCH] = {"cidrMatch", EQL_TYPE_BOOLEAN, false, 2, SIZE_MAX, "aT"},
    [EQL_FUNCTION_CONCAT] = {"concat", EQL_TYPE_TEXT, false, 1, SIZE_MAX, "x"},
    [EQL_FUNCTION_DIVIDE] = {"divide", EQL_TYPE_NUMBER, false, 2, 2, "nn"},
    [EQL_FUNCTION_ENDS_WITH] = {"endsWith", EQL_TYPE_BOOLEAN, true, 2, 2, "tt"},
    [EQL_FUNCTION_INDEX_OF] = {"indexOf", EQL_TYPE_NUMBER, true, 2, 3, "ttn"},
    [EQL_FUNCTION_LENGTH] = {"length", EQL_TYPE_NUMBER, false, 1, 1, "t"},
    [EQL_FUNCTION_MODULO] = {"modulo", EQL_TYPE_NUMBER, false, 2, 2, "nn"},
    [EQL_FUNCTION_MULTIPLY] = {"multiply", EQL_TYPE_NUMBER, false, 2, 2, "nn"},
    [EQL_FUNCTION_NUMBER] = {"number", EQL_TYPE_NUMBER, false, 1, 2, "tN"},
    [EQL_FUNCTION_STARTS_WITH] = {"startsWith", EQL_TYPE_BOOLEAN, true, 2, 2, "tt"},
    [EQL_FUNCTION_STRING] = {"string", EQL_TYPE_TEXT, false, 1, 1, "x"},
    [EQL_FUNCTION_STRING_CONTAINS] = {"stringContains", EQL_TYPE_BOOLEAN, true, 2, 2, "tt"},
    [EQL_FUNCTION_SUBSTRING] = {"substring", EQL_TYPE_TEXT, false, 2, 3, "tnn"},
    [EQL_FUNCTION_SUBTRACT] = {"subtract", EQL_TYPE_NUMBER, false, 2, 2, "nn"},
};

bool eql_function_find(const char *name, size_t size, enum eql_function *function) {
    for (int i = 0; i < EQL_FUNCTION_COUNT; i++) {
        if (ascii_equal(name, size, functions[i].name)) {
            *function = (enum eql_function)i;
            return true;
        }
    }
    return false;
}

const struct eql_function_info *eql_function_info(enum eql_function function) {
    return &functions[function];
}

struct eql_parameter eql_function_parameter(enum eql_function function, size_t index) {
    static const char letters[] = "xtnba"; // in the order of enum eql_type
    const char *takes = functions[function].takes;
    size_t last = strlen(takes) - 1;
    char letter = takes[index < last ? index : last];
    return (struct eql_parameter){
        .type = (enum eql_type)(strchr(letters, ascii_fold(letter)) - letters),
        .is_constant = letter != ascii_fold(letter)};
}
