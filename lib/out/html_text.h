// SPDX-License-Identifier: GPL-3.0-or-later
// Text that an attacker may have chosen, made inert in HTML.
#ifndef EVTXSEQ_HTML_TEXT_H
#define EVTXSEQ_HTML_TEXT_H

#include <stddef.h>

#include "base/buffer.h"

// Adds text that ends with NUL, as the content of an element other than script and style, or of an
// attribute in quotes. What visible.h escapes is escaped; what is markup, and quotes, are character
// references. Every value that a page has goes through here.
void html_add(struct buffer *out, const char *text);

// The same of `size` bytes.
void html_add_size(struct buffer *out, const char *text, size_t size);

// At most about so many bytes of it, then an ellipsis where there is more.
void html_add_cut(struct buffer *out, const char *text, size_t most);

// What a buffer holds, which is freed.
void html_add_buffer(struct buffer *out, struct buffer *text);

#endif
