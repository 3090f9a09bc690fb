// SPDX-License-Identifier: GPL-3.0-or-later
// The table of coverage.h in words, as CSV and as JSON, and what it means to the rules.
#ifndef EVTXSEQ_COVERAGE_REPORT_H
#define EVTXSEQ_COVERAGE_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "out/writer.h"
#include "rules/rule.h"
#include "scan/coverage.h"

// A table that is finished, and the rules that it was counted for.
struct coverage_report {
    const struct coverage *coverage;
    const struct rule_set *rules;
};

// What comes before the entries, and entry `index`: for people a block of lines, that of a log
// before its first; a row of CSV (csv_cell.h); or a JSON object on a line. Not for Timesketch
// and brief.
void coverage_add_header(struct buffer *out, const struct writer_options *options);
void coverage_add_entry(struct buffer *out, const struct writer_options *options,
                        const struct coverage_report *report, size_t index);

// A line for each kind of thing that hosts of the table have none of, so that "nothing found" means
// little there.
//
// With only_blind those alone that coverage_has_blind_host() is about.
void coverage_add_warnings(struct buffer *out, const struct coverage_report *report,
                           const struct text_style *style, bool only_blind);

// Whether there is a host with Sysmon's events on which no rule could have found anything, for the
// events that it needs were not logged; or no Sysmon event at all.
bool coverage_has_blind_host(const struct coverage_report *report);

#endif
