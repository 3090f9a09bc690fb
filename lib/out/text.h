// SPDX-License-Identifier: GPL-3.0-or-later
// Findings as text for a person at a terminal.
#ifndef EVTXSEQ_TEXT_H
#define EVTXSEQ_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "match/findings.h"

struct text_style {
    size_t width; // columns that lines are broken at, WRAP_WIDTH_MIN or more; 0 for no limit
    bool has_colour;
};

// A block of lines, an empty one last: the rule, then the chain of processes from the first
// ancestor to the last descendant. But for the colours nothing in it acts on a terminal: see
// visible.h.
void text_add_finding(struct buffer *out, const struct finding *finding,
                      const struct text_style *style);

#endif
