// SPDX-License-Identifier: GPL-3.0-or-later
// Findings in one of the formats there are.
#ifndef EVTXSEQ_WRITER_H
#define EVTXSEQ_WRITER_H

#include <stdbool.h>

#include "base/buffer.h"
#include "out/report.h"
#include "out/text.h"

enum format { FORMAT_TEXT, FORMAT_CSV, FORMAT_JSONL, FORMAT_TIMESKETCH, FORMAT_BRIEF, FORMAT_HTML };

struct writer_options {
    enum format format;
    bool csv_raw;            // see csv_cell.h; of no meaning to the others than CSV and Timesketch
    struct text_style style; // of text and brief
};

// What comes before the findings: the names of columns, a page's head, or nothing.
void writer_add_header(struct buffer *out, const struct writer_options *options,
                       const struct report *report);

// One of the report's findings.
void writer_add_finding(struct buffer *out, const struct writer_options *options,
                        const struct report *report, const struct finding *finding);

// What comes after them: an overview, a page's foot, or nothing.
void writer_add_footer(struct buffer *out, const struct writer_options *options,
                       const struct report *report);

#endif
