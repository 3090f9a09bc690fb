// SPDX-License-Identifier: GPL-3.0-or-later
// The table of coverage.h in words, as CSV and as JSON, and what it means to the rules.
#ifndef EVTXSEQ_COVERAGE_REPORT_H
#define EVTXSEQ_COVERAGE_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "out/text.h"
#include "rules/rule.h"
#include "scan/coverage.h"

// A table that is finished, and the rules that it is to be judged for. A part of events that only
// other rules ask for has not been counted.
struct coverage_report {
    const struct coverage *coverage;
    const struct rule *const *rules;
    size_t rule_count;
};

// Entry `index` as a block of lines for people; that of the log goes before its first.
void coverage_add_text(struct buffer *out, const struct coverage_report *report, size_t index,
                       const struct text_style *style);

// The row of column names, and that of an entry: see csv_cell.h.
void coverage_add_csv_header(struct buffer *out);
void coverage_add_csv(struct buffer *out, const struct coverage_report *report, size_t index,
                      bool raw);

// A JSON object on a line.
void coverage_add_jsonl(struct buffer *out, const struct coverage_report *report, size_t index);

// A line for each thing that a host of the table has none of, so that "nothing found" means little
// there. False when memory ran out.
bool coverage_add_warnings(struct buffer *out, const struct coverage_report *report,
                           const struct text_style *style);

#endif
