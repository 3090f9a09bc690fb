// SPDX-License-Identifier: GPL-3.0-or-later
// Many findings at a glance, as text.
#ifndef EVTXSEQ_OVERVIEW_H
#define EVTXSEQ_OVERVIEW_H

#include "base/buffer.h"
#include "match/findings.h"
#include "out/text.h"

// Findings are few, and have no overview, up to this many.
enum { OVERVIEW_FEW = 10 };

// By severity and rule: how many findings, on which hosts, first and last time. Nothing for a few.
void overview_add(struct buffer *out, const struct findings *findings,
                  const struct text_style *style);

#endif
