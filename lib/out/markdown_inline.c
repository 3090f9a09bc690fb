// SPDX-License-Identifier: GPL-3.0-or-later
#include "out/markdown_inline.h"

#include <stdbool.h>
#include <string.h>

#include "base/text.h"

// Bytes that a code, a link's label or its address, or bold text may have: longer ones stay as they
// are. Without a limit a paragraph of nothing but brackets would take long.
enum { SPAN_MAX = 4096 };

static size_t run_of(struct text text, size_t at, char c) {
    size_t end = at;
    while (end < text.size && text.data[end] == c) {
        end++;
    }
    return end - at;
}

static size_t last_of(struct text text, size_t at) {
    return text.size - at > SPAN_MAX ? at + SPAN_MAX : text.size;
}

// The end of the code that begins with the backticks at `at`; that of the backticks when as many do
// not come again.
static size_t code_end(struct text text, size_t at) {
    size_t ticks = run_of(text, at, '`');
    for (size_t i = at + ticks; i < last_of(text, at + ticks);) {
        size_t run = run_of(text, i, '`');
        if (run == ticks) {
            return i + run;
        }
        i += run == 0 ? 1 : run;
    }
    return at + ticks;
}

// Where the bracket at `at` is closed; 0 when it is not.
static size_t closing(struct text text, size_t at, char open, char close) {
    size_t depth = 0;
    for (size_t i = at; i < last_of(text, at); i++) {
        depth += text.data[i] == open;
        if (text.data[i] == close && --depth == 0) {
            return i;
        }
    }
    return 0;
}

// The end of the link that begins at `at`; 0 when none does. *label_end is where its label ends.
static size_t link_end(struct text text, size_t at, size_t *label_end) {
    *label_end = text.data[at] == '[' ? closing(text, at, '[', ']') : 0;
    if (*label_end == 0 || *label_end + 1 >= text.size || text.data[*label_end + 1] != '(') {
        return 0;
    }
    size_t end = closing(text, *label_end + 1, '(', ')');
    return end == 0 ? 0 : end + 1;
}

static bool is_bold_mark(struct text text, size_t at) {
    return run_of(text, at, '*') == 2 && (at == 0 || text.data[at - 1] != '*');
}

// Whether a mark stands where a word begins or ends: those in `C:\**\x` are none.
static bool may_open(struct text text, size_t at) {
    bool is_after = at == 0 || strchr(" \n\t(\"'[", text.data[at - 1]) != NULL;
    return is_after && at + 2 < text.size && strchr(" \n\t", text.data[at + 2]) == NULL;
}

static bool may_close(struct text text, size_t at) {
    bool is_before = at + 2 == text.size || strchr(" \n\t.,:;!?)]\"'", text.data[at + 2]) != NULL;
    return is_before && at > 0 && strchr(" \n\t", text.data[at - 1]) == NULL;
}

// Whether bold text begins that is ended by another mark.
static bool begins_bold(struct text text, size_t at) {
    for (size_t i = at + 2; may_open(text, at) && i < last_of(text, at);) {
        if (text.data[i] == '`') {
            i = code_end(text, i);
        } else if (is_bold_mark(text, i) && may_close(text, i)) {
            return true;
        } else {
            i++;
        }
    }
    return false;
}

// Neither label nor address has marks of its own in rule files.
static void add_link(struct buffer *out, struct text text, size_t at, size_t label_end,
                     size_t end) {
    buffer_add(out, text.data + at + 1, label_end - at - 1);
    buffer_add_byte(out, ' ');
    buffer_add(out, text.data + label_end + 1, end - label_end - 1);
}

void markdown_inline_add(struct buffer *out, const char *text, size_t size) {
    const struct text whole = {text, size};
    bool is_bold = false;
    for (size_t at = 0; at < size;) {
        size_t label_end = 0;
        size_t end = link_end(whole, at, &label_end);
        if (end > 0) {
            add_link(out, whole, at, label_end, end);
        } else if (is_bold_mark(whole, at) &&
                   (is_bold ? may_close(whole, at) : begins_bold(whole, at))) {
            is_bold = !is_bold;
            end = at + 2;
        } else {
            end = text[at] == '`' ? code_end(whole, at) : at + 1;
            buffer_add(out, text + at, end - at);
        }
        at = end;
    }
}
