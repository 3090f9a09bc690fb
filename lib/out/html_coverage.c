// SPDX-License-Identifier: GPL-3.0-or-later
// The HTML report: what there was to be seen, by host and by rule.
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/sha256.h"
#include "base/timestamp.h"
#include "out/html_parts.h"
#include "out/html_text.h"
#include "rules/event_set.h"
#include "rules/fields.h"
#include "rules/rule_fit.h"
#include "scan/needs.h"

static void add_number(struct buffer *out, uint64_t number) {
    buffer_printf(out, "<td class=\"num\">%" PRIu64 "</td>", number);
}

// Hosts

static void add_events(struct buffer *out, const struct coverage_counts *counts) {
    const char *before = "";
    uint32_t ids = FIELD_EVENTS_ALL;
    buffer_add_text(out, "<td class=\"wide\">");
    for (unsigned id = event_ids_take(&ids); id != 0; id = event_ids_take(&ids)) {
        uint64_t count = coverage_count(counts, id);
        if (count > 0) {
            buffer_printf(out, "%s<b>%u</b> × %" PRIu64, before, id, count);
            before = ", ";
            if (id == 1 && counts->nameless > 0) {
                buffer_printf(out, " (%" PRIu64 " without OriginalFileName)", counts->nameless);
            }
        }
    }
    buffer_add_text(out, *before == '\0' ? "none</td>" : "</td>");
}

static void add_times(struct buffer *out, const struct coverage_counts *counts) {
    buffer_add_text(out, "<td>");
    if (counts->first <= counts->last) {
        html_add_time(out, timestamp_from_filetime(counts->first));
        buffer_add_text(out, "<br>");
        html_add_time(out, timestamp_from_filetime(counts->last));
    }
    buffer_add_text(out, "</td>");
}

static void add_missing(struct buffer *out, const struct rule_set *rules,
                        const struct needs *needs) {
    buffer_add_text(out, "<td>");
    event_ids_add_each(out, needs->events, ", ");
    for (size_t i = 0; i < rules->library_count; i++) {
        if ((needs->libraries >> i & 1) != 0) {
            buffer_add_text(out, "<br>never loaded: ");
            html_add(out, rules->libraries[i].name);
        }
    }
    buffer_add_text(out, "</td>");
}

static void add_host(struct buffer *out, const struct report *report,
                     const struct coverage_entry *host) {
    const struct rule_set *rules = report->rules;
    const struct needs needs = needs_of(rules, report->scope.findings.min_severity, &host->counts);
    bool is_blind = !host->counts.has_sysmon || needs.able == 0;
    buffer_printf(out, "<tr%s><th scope=\"row\">", is_blind ? " class=\"blind\"" : "");
    html_add(out, *host->host == '\0' ? "(unknown host)" : host->host);
    buffer_add_text(out, host->counts.has_sysmon ? "" : " <span class=\"flag\">no Sysmon</span>");
    buffer_add_text(out, is_blind && host->counts.has_sysmon
                             ? " <span class=\"flag\">blind</span></th>"
                             : "</th>");
    add_number(out, host->counts.records);
    add_number(out, host->counts.recovered);
    add_times(out, &host->counts);
    if (host->counts.has_sysmon) {
        add_events(out, &host->counts);
        add_number(out, needs.able);
        add_number(out, needs.blind);
        add_missing(out, rules, &needs);
    } else {
        buffer_add_text(out, "<td colspan=\"4\">No rule could find anything.</td>");
    }
    buffer_add_text(out, "</tr>\n");
}

// Those with Sysmon's events, or those without.
static void add_some_hosts(struct buffer *out, const struct report *report,
                           const struct coverage *hosts, bool have_sysmon) {
    for (size_t i = 0; i < hosts->count; i++) {
        if ((hosts->entries[i].counts.has_sysmon != 0) == have_sysmon) {
            add_host(out, report, &hosts->entries[i]);
        }
    }
}

static void add_hosts(struct buffer *out, const struct report *report,
                      const struct coverage *hosts) {
    buffer_add_text(out, "<h3>By host</h3>\n");
    static const struct html_column columns[] = {
        {"Host", false},
        {"Records", true},
        {"Recovered", true},
        {"First and last written", false},
        {"Sysmon events by ID", false},
        {"Rules that could find something", true},
        {"Rules that could not", true},
        {"For want of event IDs", false},
        {NULL, false},
    };
    html_begin_table(out, "Coverage by host", "class=\"plain\"", columns);
    add_some_hosts(out, report, hosts, true);
    add_some_hosts(out, report, hosts, false);
    html_end_table(out);
}

// Rules

enum { HASH_SHOWN = 12 }; // digits of the SHA-256 of a query: enough to see that two differ

struct rule_row {
    const struct rule *rule;
    size_t findings;
};

// Those that found something first, then by severity and name.
static int compare_rows(const void *left, const void *right) {
    const struct rule_row *a = left;
    const struct rule_row *b = right;
    const struct rule_text *x = a->rule->text;
    const struct rule_text *y = b->rule->text;
    if ((a->findings > 0) != (b->findings > 0)) {
        return a->findings > 0 ? -1 : 1;
    }
    if (x->severity != y->severity) {
        return x->severity > y->severity ? -1 : 1;
    }
    int result = strcmp(x->name, y->name);
    return result != 0 ? result : strcmp(x->id, y->id);
}

static struct rule_row *make_rows(const struct report *report) {
    const struct rule_set *rules = report->rules;
    struct rule_row *rows = calloc(rules->count + 1, sizeof *rows);
    for (size_t i = 0; rows != NULL && i < rules->count; i++) {
        rows[i].rule = &rules->list[i];
    }
    for (size_t i = 0; rows != NULL && i < report->findings->count; i++) {
        rows[report->findings->list[i].rule - rules->list].findings++;
    }
    if (rows != NULL) {
        array_sort(rows, rules->count, sizeof *rows, compare_rows);
    }
    return rows;
}

// On how many hosts the rule could have found something, and what it lacked on the others.
static void add_sight(struct buffer *out, const struct rule_set *rules, const struct rule *rule,
                      const struct coverage *hosts) {
    size_t able = 0;
    size_t all = 0;
    uint32_t lacking = 0;
    for (size_t i = 0; i < hosts->count; i++) {
        const struct coverage_counts *counts = &hosts->entries[i].counts;
        if (counts->has_sysmon) {
            all++;
            able += needs_met(rules, rule, counts);
            lacking |= needs_lacking(rules, rule, counts);
        }
    }
    buffer_printf(out, "<td class=\"num\">%zu of %zu</td><td>", able, all);
    event_ids_add_each(out, lacking, ", ");
    buffer_add_text(out, "</td>");
}

static void add_verdict(struct buffer *out, const struct rule *rule) {
    const struct rule_texts *not_applied = &rule->text->not_applied;
    struct rule_fit fit;
    buffer_add_text(out, "<td>");
    if (rule_fit_make(&fit, rule->query)) {
        buffer_add_text(out, rule_verdict_name(fit.verdict));
        if (fit.reason != NULL) {
            buffer_add_text(out, ": ");
            html_add(out, fit.reason);
        }
        rule_fit_free(&fit);
    } else {
        out->failed = true;
    }
    for (size_t i = 0; i < not_applied->count; i++) {
        buffer_printf(out, "%s%s", i == 0 ? "; not applied: " : ", ", not_applied->items[i]);
    }
    buffer_add_text(out, "</td>");
}

static void add_rule(struct buffer *out, const struct report *report, const struct coverage *hosts,
                     const struct rule_row *row) {
    const struct rule_text *text = row->rule->text;
    char hash[SHA256_TEXT_SIZE];
    sha256_text_of(text->query, strlen(text->query), hash);
    buffer_add_text(out, "<tr><td>");
    html_add_severity(out, text->severity);
    buffer_add_text(out, "</td><th scope=\"row\">");
    html_add(out, text->name);
    buffer_add_text(out, "<small>");
    html_add(out, text->id);
    if (text->version > 0) {
        buffer_printf(out, ", version %" PRId64, text->version);
    }
    buffer_printf(out, "%s, query %.*s</small></th>", text->is_builtin ? ", built in" : "",
                  HASH_SHOWN, hash);
    add_number(out, row->findings);
    add_sight(out, report->rules, row->rule, hosts);
    add_verdict(out, row->rule);
    buffer_add_text(out, "</tr>\n");
}

static void add_rules(struct buffer *out, const struct report *report,
                      const struct coverage *hosts) {
    struct rule_row *rows = make_rows(report);
    if (rows == NULL) {
        out->failed = true;
        return;
    }
    buffer_add_text(out, "<h3>By rule</h3>\n");
    static const struct html_column columns[] = {
        {"Severity", false},
        {"Rule", false},
        {"Findings", true},
        {"Hosts where it could find something", true},
        {"Elsewhere for want of event IDs", false},
        {"On Sysmon events it", false},
        {NULL, false},
    };
    html_begin_table(out, "Coverage by rule", "class=\"plain\"", columns);
    for (size_t i = 0; i < report->rules->count; i++) {
        if (html_uses(report, rows[i].rule)) {
            add_rule(out, report, hosts, &rows[i]);
        }
    }
    html_end_table(out);
    free(rows);
}

void html_add_coverage(struct buffer *out, const struct report *report) {
    struct coverage hosts;
    if (!coverage_by_host(report->coverage, &hosts)) {
        out->failed = true;
        return;
    }
    html_begin_section(out, "coverage", "Coverage");
    buffer_add_text(out, "<p class=\"hint\">A rule can find something on a host if each of its "
                         "events was logged there at least once, as far as event IDs tell. "
                         "A query is named by the first digits of its SHA-256.</p>\n");
    add_hosts(out, report, &hosts);
    add_rules(out, report, &hosts);
    html_end_section(out);
    coverage_free(&hosts);
}
