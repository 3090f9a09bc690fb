// SPDX-License-Identifier: GPL-3.0-or-later
// Findings as CSV: UTF-8, LF, quoted as RFC 4180 has it, one row a finding.
#ifndef EVTXSEQ_CSV_H
#define EVTXSEQ_CSV_H

#include <stdbool.h>

#include "base/buffer.h"
#include "match/findings.h"

// The row of column names.
void csv_add_header(struct buffer *out);

// A finding's row. Cells are as csv_add_cell() makes them.
void csv_add_finding(struct buffer *out, const struct finding *finding, bool raw);

#endif
