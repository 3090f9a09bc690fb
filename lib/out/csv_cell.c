// SPDX-License-Identifier: GPL-3.0-or-later
#include "out/csv_cell.h"

#include <string.h>

#include "base/utf8.h"

// Text that a spreadsheet would run, a lone minus sign apart.
static bool is_formula(const char *text) {
    return *text != '\0' && strchr("=+-@\t\r", *text) != NULL && strcmp(text, "-") != 0;
}

void csv_add_cell(struct buffer *out, const char *text, bool raw) {
    const char *guard = !raw && is_formula(text) ? "'" : "";
    if (strpbrk(text, ",\"\r\n") == NULL) {
        buffer_add_text(out, guard);
        utf8_add(out, text, strlen(text));
        return;
    }
    buffer_add_byte(out, '"');
    buffer_add_text(out, guard);
    while (*text != '\0') {
        size_t length = strcspn(text, "\"");
        utf8_add(out, text, length);
        text += length;
        if (*text == '"') {
            buffer_add_text(out, "\"\"");
            text++;
        }
    }
    buffer_add_byte(out, '"');
}

void csv_add_buffer(struct buffer *out, struct buffer *text, bool raw) {
    buffer_add_byte(text, '\0');
    out->failed = out->failed || text->failed;
    if (!text->failed) {
        csv_add_cell(out, text->data, raw);
    }
    buffer_free(text);
}
