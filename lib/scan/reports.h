// SPDX-License-Identifier: GPL-3.0-or-later
// Takes what workers report of an input: events, problems, counts, notes.
#ifndef EVTXSEQ_REPORTS_H
#define EVTXSEQ_REPORTS_H

#include "scan/scan_state.h"

void reports_take(struct scan *scan, const struct pool_report *report);

void reports_add_coverage(struct scan *scan, const struct source *source, const char *host,
                          const struct coverage_counts *counts);

// At the end of the first pass: names what events of which inputs are left out.
void reports_name_cuts(struct scan *scan);

// At the end of all: names what could not be told to be a problem before, and what is not listed.
void reports_judge_suspects(struct scan *scan);
void reports_name_other_hosts(struct scan *scan);
void reports_name_more_problems(struct scan *scan);

#endif
