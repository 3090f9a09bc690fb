// SPDX-License-Identifier: GPL-3.0-or-later
// The parts of the HTML report: for html*.c alone.
#ifndef EVTXSEQ_HTML_PARTS_H
#define EVTXSEQ_HTML_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "out/report.h"
#include "rules/rule_text.h"

// With more findings than these a browser would take seconds to make something of all of them: see
// html_add_finding().
enum { HTML_MANY = 1000 };

// Sections

// What was found, in words and by rule; what could not be seen; what was asked for.
void html_add_answer(struct buffer *out, const struct report *report);

// All findings by host, as a picture.
void html_add_timeline(struct buffer *out, const struct report *report);

// The techniques of the rules that found something, by tactic.
void html_add_matrix(struct buffer *out, const struct report *report);

// A row a finding.
void html_add_table(struct buffer *out, const struct report *report);

// What there was to be seen: by host, and by rule.
void html_add_coverage(struct buffer *out, const struct report *report);

// What was read, and what is wrong with it.
void html_add_inputs(struct buffer *out, const struct report *report);

// Pieces

// Whether the rule is in use: its severity may be below what is asked for.
bool html_uses(const struct report *report, const struct rule *rule);

// "<h2 id=...>" with what begins a section; `id` and `title` are the program's own.
void html_begin_section(struct buffer *out, const char *id, const char *title);
void html_end_section(struct buffer *out);

// A part of the page that scrolls by itself; `name` tells it to those who do not see it. Names and
// attributes are the program's own.
void html_begin_scroll(struct buffer *out, const char *name);
void html_end_scroll(struct buffer *out);

// A table in such a part, up to its first row. `attributes` are the table's; the list of columns
// ends with one without a name.
struct html_column {
    const char *name;
    bool is_number;
};

void html_begin_table(struct buffer *out, const char *name, const char *attributes,
                      const struct html_column *columns);
void html_end_table(struct buffer *out);

// The severity as a badge.
void html_add_severity(struct buffer *out, enum rule_severity severity);

void html_add_time(struct buffer *out, int64_t time);

// What a finding of the report is linked to by: its ID. Findings on machines of one name may have
// one ID; the second and those after it have their number after it.
void html_add_anchor(struct buffer *out, const struct findings *findings,
                     const struct finding *finding);

// The place of a finding's host among the hosts of all findings, in their order. Findings of one
// host have one place.
struct html_hosts {
    size_t *numbers; // owned; of hosts in the timeline, sorted
    size_t count;
};

// False when memory ran out.
bool html_hosts_make(struct html_hosts *hosts, const struct findings *findings);
size_t html_hosts_place(const struct html_hosts *hosts, const struct finding *finding);
void html_hosts_free(struct html_hosts *hosts);

#endif
