// SPDX-License-Identifier: GPL-3.0-or-later
// Markdown, as far as rule files use it, made plain text for a terminal.
//
// Nothing of the text is lost but the marks of headings, quotes, bold text and fences of code, and
// what stands after an opening fence. Backslashes are not taken for escapes, for paths are full of
// them, nor single `*` and `_` for emphasis, for names and wildcards are.
#ifndef EVTXSEQ_MARKDOWN_H
#define EVTXSEQ_MARKDOWN_H

#include <stddef.h>

#include "base/buffer.h"

struct markdown_page {
    size_t width; // columns, which code and tables alone may pass
    // What starts the first line, and all others: ASCII. Headings start two columns further left.
    const char *first, *next;
};

// Adds the text, of which indentation that all lines have does not count. What is in it cannot act
// on a terminal (base/visible.h).
void markdown_add(struct buffer *out, const struct markdown_page *page, const char *text);

// Adds lines as they are, below `prefix`, the last without its line end if it has one.
void markdown_add_verbatim(struct buffer *out, const char *prefix, const char *text);

#endif
