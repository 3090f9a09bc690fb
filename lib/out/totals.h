// SPDX-License-Identifier: GPL-3.0-or-later
// What a run has come to, in a few lines.
#ifndef EVTXSEQ_TOTALS_H
#define EVTXSEQ_TOTALS_H

#include <stdint.h>

#include "match/findings.h"
#include "out/text.h"
#include "scan/problem.h"

struct totals {
    const struct findings *findings; // NULL when none were looked for
    const struct problems *problems;
    uint64_t logs;
    uint64_t bytes;
    uint64_t records;
    uint64_t recovered;
    uint64_t passed_over; // files in archives that are not logs
    double seconds;       // that it took
};

// Findings by severity, what was read, and in how long; findings that were left out, and why;
// problems by kind. A line each where there is something to say.
void totals_add(struct buffer *out, const struct totals *totals, const struct text_style *style);

#endif
