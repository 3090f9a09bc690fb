// SPDX-License-Identifier: GPL-3.0-or-later
#include "out/writer.h"

#include "out/brief.h"
#include "out/csv.h"
#include "out/html.h"
#include "out/jsonl.h"
#include "out/overview.h"
#include "out/timesketch.h"

void writer_add_header(struct buffer *out, const struct writer_options *options,
                       const struct report *report) {
    switch (options->format) {
    case FORMAT_TEXT:
    case FORMAT_BRIEF:
    case FORMAT_JSONL:
        break;
    case FORMAT_CSV:
        csv_add_header(out);
        break;
    case FORMAT_TIMESKETCH:
        timesketch_add_header(out);
        break;
    case FORMAT_HTML:
        html_begin(out, report);
        break;
    }
}

void writer_add_finding(struct buffer *out, const struct writer_options *options,
                        const struct report *report, const struct finding *finding) {
    switch (options->format) {
    case FORMAT_TEXT:
        text_add_finding(out, finding, &options->style);
        break;
    case FORMAT_CSV:
        csv_add_finding(out, finding, options->csv_raw);
        break;
    case FORMAT_JSONL:
        jsonl_add_finding(out, finding);
        break;
    case FORMAT_TIMESKETCH:
        timesketch_add_finding(out, finding, options->csv_raw);
        break;
    case FORMAT_BRIEF:
        brief_add_finding(out, finding, &options->style);
        break;
    case FORMAT_HTML:
        html_add_finding(out, report, finding);
        break;
    }
}

void writer_add_footer(struct buffer *out, const struct writer_options *options,
                       const struct report *report) {
    if (options->format == FORMAT_TEXT) {
        overview_add(out, report->findings, &options->style);
    } else if (options->format == FORMAT_HTML) {
        html_end(out, report);
    }
}
