// SPDX-License-Identifier: GPL-3.0-or-later
// Findings as CSV for Timesketch: one row an event, with the columns that its importer asks for
// first. Source: Timesketch's documentation, "Create timeline from JSON/JSONL/CSV file".
#ifndef EVTXSEQ_TIMESKETCH_H
#define EVTXSEQ_TIMESKETCH_H

#include <stdbool.h>

#include "base/buffer.h"
#include "match/findings.h"

// The row of column names.
void timesketch_add_header(struct buffer *out);

// A finding's rows, in the order of the rule's stages. `raw` as with csv_add_finding().
void timesketch_add_finding(struct buffer *out, const struct finding *finding, bool raw);

#endif
