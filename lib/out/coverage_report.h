// SPDX-License-Identifier: GPL-3.0-or-later
// The table of coverage.h in words, as CSV and as JSON.
#ifndef EVTXSEQ_COVERAGE_REPORT_H
#define EVTXSEQ_COVERAGE_REPORT_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "out/draft.h"
#include "out/writer.h"
#include "rules/rule.h"

// For people: a line a host.
void coverage_add_hosts(struct buffer *out, const struct report *report,
                        const struct text_style *style);

// What comes before the table's entries, and entry `index`: a row of CSV (csv_cell.h), or a JSON
// object on a line.
void coverage_add_header(struct buffer *out, const struct writer_options *options);
void coverage_add_entry(struct buffer *out, const struct writer_options *options,
                        const struct report *report, size_t index);

// An array of the names of a rule set's libraries, by bits of their numbers. NULL when memory ran
// out.
json_t *coverage_libraries(const struct rule_set *rules, uint64_t libraries);

#endif
