// SPDX-License-Identifier: GPL-3.0-or-later
// The report of a run as one HTML file, which loads nothing and needs nothing else.
//
// It can be read with scripts off; the script sorts, filters, searches and zooms what is there. A
// Content-Security-Policy lets in the style and the script that stand in it, by their hashes, and
// nothing else. The same run gives the same bytes: there is no time of day in it, no duration, no
// number of workers and no command line.
#ifndef EVTXSEQ_HTML_H
#define EVTXSEQ_HTML_H

#include "base/buffer.h"
#include "out/report.h"

// What comes before the findings in full: the answer, the timeline, the table of all findings.
void html_begin(struct buffer *out, const struct report *report);

// A finding in full. Its element has its ID, in 16 hex digits. Where there are very many, what is
// below its heading is a noscript element: a browser makes nothing of that, which would take it
// seconds, until the script does, for those that are looked at; or there is no script.
void html_add_finding(struct buffer *out, const struct report *report,
                      const struct finding *finding);

// What comes after them: coverage, inputs, problems.
void html_end(struct buffer *out, const struct report *report);

#endif
