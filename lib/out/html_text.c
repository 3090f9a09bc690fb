// SPDX-License-Identifier: GPL-3.0-or-later
#include "out/html_text.h"

#include <string.h>

#include "base/visible.h"

static void add_markup(struct buffer *out, char character) {
    switch (character) {
    case '&':
        buffer_add_text(out, "&amp;");
        break;
    case '<':
        buffer_add_text(out, "&lt;");
        break;
    case '>':
        buffer_add_text(out, "&gt;");
        break;
    case '"':
        buffer_add_text(out, "&quot;");
        break;
    default:
        buffer_add_text(out, "&#39;");
        break;
    }
}

// Text without a NUL.
static void add_references(struct buffer *out, const char *text, size_t size) {
    const char *end = text + size;
    while (text < end) {
        size_t plain = 0;
        while (text + plain < end && strchr("&<>\"'", text[plain]) == NULL) {
            plain++;
        }
        buffer_add(out, text, plain);
        text += plain;
        if (text < end) {
            add_markup(out, *text++);
        }
    }
}

void html_add_size(struct buffer *out, const char *text, size_t size) {
    struct buffer visible = {0};
    visible_add(&visible, text, size);
    out->failed = out->failed || visible.failed;
    if (!visible.failed && visible.size > 0) {
        add_references(out, visible.data, visible.size);
    }
    buffer_free(&visible);
}

void html_add(struct buffer *out, const char *text) {
    html_add_size(out, text, strlen(text));
}

void html_add_cut(struct buffer *out, const char *text, size_t most) {
    size_t size = strlen(text);
    if (size <= most) {
        html_add_size(out, text, size);
        return;
    }
    // Not within a character.
    while (most > 0 && ((unsigned char)text[most] & 0xC0) == 0x80) {
        most--;
    }
    html_add_size(out, text, most);
    buffer_add_text(out, "…");
}

void html_add_buffer(struct buffer *out, struct buffer *text) {
    out->failed = out->failed || text->failed;
    if (!text->failed && text->size > 0) {
        html_add_size(out, text->data, text->size);
    }
    buffer_free(text);
}
