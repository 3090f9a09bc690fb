// SPDX-License-Identifier: GPL-3.0-or-later
#include "rules/eql_error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/visible.h"

bool eql_error_set(struct eql_error *error, struct eql_place place, const char *format, ...) {
    if (error->text[0] != '\0') {
        return false;
    }
    va_list arguments;
    va_start(arguments, format);
    // NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): it loses sight of va_start().
    (void)vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    error->place = place;
    return false;
}

bool eql_error_set_memory(struct eql_error *error) {
    return eql_error_set(error, (struct eql_place){1, 1, 0}, "there is not enough memory");
}

static bool starts_character(char byte) {
    return ((unsigned char)byte & 0xc0) != 0x80;
}

const char *eql_excerpt(struct text text, char excerpt[EQL_EXCERPT_SIZE]) {
    static const char more[] = "...";
    const size_t room = EQL_EXCERPT_SIZE - sizeof more;
    struct buffer visible = {0};
    visible_add(&visible, text.data, text.size < EQL_EXCERPT_SIZE ? text.size : EQL_EXCERPT_SIZE);
    size_t taken = visible.failed ? 0 : visible.size;
    bool is_cut = taken > room || text.size > EQL_EXCERPT_SIZE;
    if (is_cut) {
        for (taken = taken < room ? taken : room; taken > 0; taken--) {
            if (starts_character(visible.data[taken - 1])) {
                taken--; // the character may be cut too
                break;
            }
        }
    }
    if (taken > 0) {
        memcpy(excerpt, visible.data, taken);
    }
    memcpy(excerpt + taken, is_cut ? more : "", is_cut ? sizeof more : 1);
    buffer_free(&visible);
    return excerpt;
}
