// SPDX-License-Identifier: GPL-3.0-or-later
// Makes an events file of a run: what it has come to but for its events, which a recorder keeps.
#ifndef EVTXSEQ_COLLECT_H
#define EVTXSEQ_COLLECT_H

#include "scan/scan_state.h"

// Takes an event, or bytes, that a worker has reported.
void collect_event(struct scan *scan, const struct pool_report *report);
void collect_job_end(struct scan *scan, const struct pool_report *report);

// At the end of the run, before its suspects are judged: takes down all that is known.
void collect_facts(struct scan *scan);

#endif
