// SPDX-License-Identifier: GPL-3.0-or-later
// Takes what the processes that open archives report: their logs, and what is wrong with them.
#ifndef EVTXSEQ_ARCHIVE_REPORTS_H
#define EVTXSEQ_ARCHIVE_REPORTS_H

#include "scan/scan_state.h"

void archive_reports_take(struct scan *scan, const struct opener_report *report);

#endif
