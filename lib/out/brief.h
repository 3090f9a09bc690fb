// SPDX-License-Identifier: GPL-3.0-or-later
// Findings as text, a line each.
#ifndef EVTXSEQ_BRIEF_H
#define EVTXSEQ_BRIEF_H

#include "base/buffer.h"
#include "match/findings.h"
#include "out/text.h"

// Of the last event: time, host, severity, rule, process and target, or the command line where it
// has no target. One that is wider than the style allows goes on in further lines, which are set
// in.
void brief_add_finding(struct buffer *out, const struct finding *finding,
                       const struct text_style *style);

#endif
