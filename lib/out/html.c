// SPDX-License-Identifier: GPL-3.0-or-later
#include "out/html.h"

#include "out/html_parts.h"
#include "out/page.h"
#include "out/words.h"

static void add_head(struct buffer *out, const struct report *report) {
    struct page_part style = page_style();
    buffer_printf(out,
                  "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                  "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                  "style-src '%s'; script-src '%s'; base-uri 'none'; form-action 'none'\">\n",
                  style.hash, page_script().hash);
    buffer_add_text(out,
                    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                    "<meta name=\"color-scheme\" content=\"light dark\">\n"
                    "<meta name=\"referrer\" content=\"no-referrer\">\n<title>");
    words_add_count(out, report->findings->count, "finding", "findings");
    buffer_add_text(out, " in Sysmon logs</title>\n<style>");
    buffer_add(out, style.text, style.size);
    buffer_add_text(out, "</style>\n</head>\n<body>\n");
}

static void add_navigation(struct buffer *out, const struct report *report) {
    buffer_add_text(out, "<a class=\"skip\" href=\"#answer\">To the answer</a>\n"
                         "<nav aria-label=\"Sections\"><ul>"
                         "<li><a href=\"#answer\">Answer</a></li>"
                         "<li><a href=\"#unseen\">Not seen</a></li>");
    if (report->findings->count > 0) {
        buffer_add_text(out, "<li><a href=\"#timeline\">Timeline</a></li>"
                             "<li><a href=\"#attack\">ATT&amp;CK</a></li>"
                             "<li><a href=\"#findings\">Findings</a></li>");
    }
    buffer_add_text(out, "<li><a href=\"#coverage\">Coverage</a></li>"
                         "<li><a href=\"#inputs\">Inputs</a></li></ul></nav>\n");
    buffer_add_text(out,
                    report->findings->count > HTML_MANY ? "<main class=\"many\">\n" : "<main>\n");
}

void html_begin(struct buffer *out, const struct report *report) {
    add_head(out, report);
    add_navigation(out, report);
    html_add_answer(out, report);
    if (report->findings->count > 0) {
        html_add_timeline(out, report);
        html_add_matrix(out, report);
        html_add_table(out, report);
        html_begin_section(out, "details", "Findings in full");
        buffer_add_text(out, "<p class=\"hint\">Each with the processes that led to it, from the "
                             "first that is known, and what came after. An event opens to show all "
                             "that was logged.</p>\n");
    }
}

void html_end(struct buffer *out, const struct report *report) {
    struct page_part script = page_script();
    if (report->findings->count > 0) {
        html_end_section(out);
    }
    html_add_coverage(out, report);
    html_add_inputs(out, report);
    buffer_add_text(out, "</main>\n<footer><p>Made by evtxseq " EVTXSEQ_VERSION
                         ". All times are UTC. Characters that would act instead of being shown "
                         "are written as \\xHH or \\u{HHHH}.</p></footer>\n<script>");
    buffer_add(out, script.text, script.size);
    buffer_add_text(out, "</script>\n</body>\n</html>\n");
}
