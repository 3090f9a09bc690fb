// SPDX-License-Identifier: GPL-3.0-or-later
// Takes what workers report of an input: events, problems, counts, notes.
#ifndef EVTXSEQ_REPORTS_H
#define EVTXSEQ_REPORTS_H

#include "scan/scan_state.h"

void reports_take(struct scan *scan, const struct pool_report *report);

// Takes an event, a note, or bytes that may be what the pass looks for, of what was recorded when
// this input was read.
void reports_take_again(struct scan *scan, const struct message *message, struct source *source);

// Takes a problem that is told in words; `reason` must outlive the scan. What is a suspect is
// judged at the end.
void reports_take_told(struct scan *scan, const struct problem *problem, bool is_suspect,
                       struct source *source);

// Adds up what there was in a part of an input.
void reports_add_tally(struct scan *scan, struct source *source, const struct scan_tally *tally);

const char *reports_death_text(enum pool_death death);

void reports_add_coverage(struct scan *scan, const struct source *source, const char *host,
                          const struct coverage_counts *counts);

// The same of the hosts that are not told apart.
void reports_add_other_hosts(struct scan *scan, const struct source *source,
                             const struct coverage_counts *counts);

// At the end of all: names what could not be told to be a problem before, and hosts that are not
// told apart.
void reports_judge_suspects(struct scan *scan);
void reports_name_other_hosts(struct scan *scan);

#endif
