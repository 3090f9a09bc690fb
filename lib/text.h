// SPDX-License-Identifier: GPL-3.0-or-later
// Findings as text for a person at a terminal.
#ifndef EVTXSEQ_TEXT_H
#define EVTXSEQ_TEXT_H

#include "buffer.h"
#include "findings.h"

// A block of lines, an empty one last. Nothing in it acts on a terminal: see visible.h.
void text_add_finding(struct buffer *out, const struct finding *finding);

#endif
