// SPDX-License-Identifier: GPL-3.0-or-later
// Fuzz target: Lucene's regular expressions. The input is an expression and, after a NUL, a text.
#include "../tests/lucene_model.h"
#include "base/utf8.h"
#include "rules/eql_limits.h"
#include "rules/eql_regex.h"

#include "fuzz.h"

// What the plain matcher can take.
enum { MODEL_EXPRESSION_MAX = 40 };

// How many characters; SIZE_MAX when it is not UTF-8.
static size_t length_of(const char *text, size_t size) {
    size_t count = 0;
    for (size_t at = 0; at < size; count++) {
        uint32_t character = 0;
        size_t taken = utf8_read(text + at, size - at, &character);
        if (taken == 0) {
            return SIZE_MAX;
        }
        at += taken;
    }
    return count;
}

static void compare(const char *expression, bool folds, const char *text, size_t size,
                    enum eql_regex_result result) {
    size_t length = length_of(text, size);
    must(length != SIZE_MAX || result != EQL_REGEX_MATCH);
    if (strlen(expression) <= MODEL_EXPRESSION_MAX && length <= LUCENE_TEXT_MAX &&
        result != EQL_REGEX_LIMIT) {
        enum lucene_fit fit = lucene_model_fits(expression, folds, text, size);
        must(fit == (result == EQL_REGEX_MATCH ? LUCENE_FITS : LUCENE_DOES_NOT_FIT));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const char *expression = (const char *)data;
    size_t end = strnlen(expression, size);
    const char *message = NULL;
    size_t offset = 0;
    if (end == size || end > (size_t)4 * EQL_REGEX_LENGTH_MAX) {
        return 0;
    }
    for (int folds = 0; folds < 2; folds++) {
        struct eql_regex *regex = eql_regex_new(expression, end, folds == 1, &message, &offset);
        if (regex != NULL) {
            const char *text = expression + end + 1;
            size_t rest = size - end - 1;
            size_t steps = SIZE_MAX;
            compare(expression, folds == 1, text, rest, eql_regex_match(regex, text, rest, &steps));
        } else {
            must(message != NULL && offset <= end);
        }
        eql_regex_free(regex);
    }
    return 0;
}
