// SPDX-License-Identifier: GPL-3.0-or-later
// Pieces that several parts of the HTML report are made of.
#include "out/html_parts.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/order.h"
#include "base/timestamp.h"

void html_begin_section(struct buffer *out, const char *id, const char *title) {
    buffer_printf(out, "<section aria-labelledby=\"%s\">\n<h2 id=\"%s\">%s</h2>\n", id, id, title);
}

void html_end_section(struct buffer *out) {
    buffer_add_text(out, "</section>\n");
}

void html_begin_scroll(struct buffer *out, const char *name) {
    buffer_printf(out, "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"%s\">",
                  name);
}

void html_end_scroll(struct buffer *out) {
    buffer_add_text(out, "</div>\n");
}

void html_begin_table(struct buffer *out, const char *name, const char *attributes,
                      const struct html_column *columns) {
    html_begin_scroll(out, name);
    buffer_printf(out, "<table %s><thead><tr>", attributes);
    for (; columns->name != NULL; columns++) {
        buffer_printf(out, "<th scope=\"col\"%s>%s</th>",
                      columns->is_number ? " class=\"num\"" : "", columns->name);
    }
    buffer_add_text(out, "</tr></thead><tbody>\n");
}

void html_end_table(struct buffer *out) {
    buffer_add_text(out, "</tbody></table>");
    html_end_scroll(out);
}

bool html_uses(const struct report *report, const struct rule *rule) {
    return rule->text->severity >= report->scope.findings.min_severity;
}

void html_add_severity(struct buffer *out, enum rule_severity severity) {
    const char *name = rule_severity_name(severity);
    buffer_printf(out, "<span class=\"sev %s\">%s</span>", name, name);
}

void html_add_time(struct buffer *out, int64_t time) {
    char text[TIMESTAMP_TEXT_SIZE];
    timestamp_format(time, text);
    buffer_printf(out, "<time>%s</time>", text);
}

// Findings of one ID have one time, and findings are sorted by that.
void html_add_anchor(struct buffer *out, const struct findings *findings,
                     const struct finding *finding) {
    int64_t time = finding_last(finding)->time;
    size_t number = 1;
    char id[FINDING_ID_SIZE];
    for (size_t i = (size_t)(finding - findings->list);
         i > 0 && finding_last(&findings->list[i - 1])->time == time; i--) {
        number += findings->list[i - 1].id == finding->id;
    }
    finding_write_id(finding, id);
    buffer_add_text(out, id);
    if (number > 1) {
        buffer_printf(out, "-%zu", number);
    }
}

// Hosts

static int compare_numbers(const void *left, const void *right) {
    const size_t *a = left;
    const size_t *b = right;
    return order_numbers(*a, *b);
}

bool html_hosts_make(struct html_hosts *hosts, const struct findings *findings) {
    *hosts = (struct html_hosts){.numbers = calloc(findings->count + 1, sizeof *hosts->numbers)};
    if (hosts->numbers == NULL) {
        return false;
    }
    for (size_t i = 0; i < findings->count; i++) {
        hosts->numbers[i] = finding_last(&findings->list[i])->host;
    }
    array_sort(hosts->numbers, findings->count, sizeof *hosts->numbers, compare_numbers);
    for (size_t i = 0; i < findings->count; i++) {
        if (i == 0 || hosts->numbers[i] != hosts->numbers[hosts->count - 1]) {
            hosts->numbers[hosts->count++] = hosts->numbers[i];
        }
    }
    return true;
}

size_t html_hosts_place(const struct html_hosts *hosts, const struct finding *finding) {
    size_t number = finding_last(finding)->host;
    const size_t *at = hosts->count == 0 ? NULL
                                         : bsearch(&number, hosts->numbers, hosts->count,
                                                   sizeof number, compare_numbers);
    return at == NULL ? 0 : (size_t)(at - hosts->numbers);
}

void html_hosts_free(struct html_hosts *hosts) {
    free(hosts->numbers);
}
