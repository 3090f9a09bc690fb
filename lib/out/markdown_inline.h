// SPDX-License-Identifier: GPL-3.0-or-later
// Marks within a paragraph of Markdown.
#ifndef EVTXSEQ_MARKDOWN_INLINE_H
#define EVTXSEQ_MARKDOWN_INLINE_H

#include <stddef.h>

#include "base/buffer.h"

// Adds `size` bytes of a paragraph as plain text: `[label](address)` as `label (address)`,
// `**bold**` without its marks, code and all else as it is.
void markdown_inline_add(struct buffer *out, const char *text, size_t size);

#endif
