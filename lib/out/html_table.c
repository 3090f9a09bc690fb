// SPDX-License-Identifier: GPL-3.0-or-later
// The HTML report: the table of all findings.

#include "out/html_parts.h"
#include "out/html_text.h"
#include "out/summary.h"
#include "out/words.h"

// Bytes of what a finding is about; the finding in full has all of it.
enum { ABOUT_SIZE = 160 };

static void add_about(struct buffer *out, const struct summary *summary) {
    struct buffer about = {0};
    summary_add_about(&about, summary);
    buffer_add_byte(&about, '\0');
    out->failed = out->failed || about.failed;
    html_add_cut(out, about.failed ? "" : about.data, ABOUT_SIZE);
    buffer_free(&about);
}

static void add_row(struct buffer *out, const struct findings *findings,
                    const struct finding *finding, size_t host) {
    const struct rule_text *rule = finding->rule->text;
    const struct summary summary = summary_of(finding, finding->event_count - 1);
    const char *computer = event_value(summary.event->event, DATA_COMPUTER);
    buffer_printf(out, "<tr data-s=\"%d\" data-h=\"%zu\"><td><a href=\"#", (int)rule->severity,
                  host);
    html_add_anchor(out, findings, finding);
    buffer_add_text(out, "\">");
    html_add_time(out, summary.event->time);
    buffer_add_text(out, "</a></td><td>");
    html_add_severity(out, rule->severity);
    buffer_add_text(out, "</td><td>");
    html_add(out, computer == NULL ? "?" : computer);
    buffer_add_text(out, "</td><td>");
    html_add(out, rule->name);
    buffer_add_text(out, "</td><td>");
    html_add(out, words_image(summary_value(&summary, SUMMARY_PROCESS)));
    buffer_add_text(out, "</td><td>");
    add_about(out, &summary);
    buffer_add_text(out, "</td></tr>\n");
}

// What the script makes use of; without it there is nothing to be seen of this.
static void add_filters(struct buffer *out) {
    buffer_add_text(
        out, "<form id=\"filters\" hidden aria-label=\"Filter findings\">"
             "<label class=\"grow\">Search <input type=\"search\" name=\"text\" "
             "placeholder=\"command line, file, user, rule …\"></label>"
             "<fieldset><legend>Severity</legend>"
             "<label><input type=\"checkbox\" name=\"s\" value=\"3\" checked> critical</label>"
             "<label><input type=\"checkbox\" name=\"s\" value=\"2\" checked> high</label>"
             "<label><input type=\"checkbox\" name=\"s\" value=\"1\" checked> medium</label>"
             "<label><input type=\"checkbox\" name=\"s\" value=\"0\" checked> low</label>"
             "</fieldset>"
             "<label>Host <select name=\"host\"><option value=\"\">all</option></select></label>"
             "<label>Rule <select name=\"rule\"><option value=\"\">all</option></select></label>"
             "<button type=\"reset\">Show all</button></form>\n"
             "<p id=\"shown\" role=\"status\" hidden></p>\n");
}

void html_add_table(struct buffer *out, const struct report *report) {
    static const struct html_column columns[] = {
        {"Time (UTC)", false}, {"Severity", false}, {"Host", false}, {"Rule", false},
        {"Process", false},    {"What", false},     {NULL, false},
    };
    struct html_hosts hosts;
    if (!html_hosts_make(&hosts, report->findings)) {
        out->failed = true;
        return;
    }
    html_begin_section(out, "findings", "Findings");
    add_filters(out);
    html_begin_table(out, "Table of findings", "id=\"rows\"", columns);
    for (size_t i = 0; buffer_pour(out) && i < report->findings->count; i++) {
        const struct finding *finding = &report->findings->list[i];
        add_row(out, report->findings, finding, html_hosts_place(&hosts, finding));
    }
    html_end_table(out);
    buffer_add_text(out, "<p><button type=\"button\" id=\"more\" hidden>List more</button></p>\n");
    html_end_section(out);
    html_hosts_free(&hosts);
}
