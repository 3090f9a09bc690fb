// SPDX-License-Identifier: GPL-3.0-or-later
// The HTML report: what was found, in words; what could not be seen.
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "out/groups.h"
#include "out/html_parts.h"
#include "out/html_text.h"
#include "out/warnings.h"
#include "out/words.h"

enum { HOSTS_SHOWN = 8 };

// Numbers

struct totals {
    size_t by_severity[RULE_SEVERITY_COUNT];
    size_t hosts; // with findings
    int64_t first, last;
};

static bool add_up(struct totals *totals, const struct findings *findings) {
    struct html_hosts hosts;
    *totals = (struct totals){.first = INT64_MAX, .last = INT64_MIN};
    if (!html_hosts_make(&hosts, findings)) {
        return false;
    }
    totals->hosts = hosts.count;
    html_hosts_free(&hosts);
    for (size_t i = 0; i < findings->count; i++) {
        int64_t time = finding_last(&findings->list[i])->time;
        totals->by_severity[findings->list[i].rule->text->severity]++;
        totals->first = time < totals->first ? time : totals->first;
        totals->last = time > totals->last ? time : totals->last;
    }
    return true;
}

static bool is_complete(const struct report *report) {
    return report->log_count > 0 && !problems_have_serious(report->problems) &&
           report->rules->files.error_count == 0;
}

// The answer

static void add_found(struct buffer *out, const struct report *report,
                      const struct totals *totals) {
    buffer_add_text(out, "<h1>");
    words_add_count(out, report->findings->count, "finding", "findings");
    buffer_add_text(out, " on ");
    words_add_count(out, totals->hosts, "host", "hosts");
    buffer_add_text(out, "</h1>\n<p class=\"lede\">");
    for (int i = RULE_SEVERITY_COUNT - 1; i >= 0; i--) {
        if (totals->by_severity[i] > 0) {
            buffer_printf(out, "<b>%zu</b> ", totals->by_severity[i]);
            html_add_severity(out, (enum rule_severity)i);
            buffer_add_byte(out, ' ');
        }
    }
    buffer_add_text(out, totals->first == totals->last ? "at " : "between ");
    html_add_time(out, totals->first);
    if (totals->first != totals->last) {
        buffer_add_text(out, " and ");
        html_add_time(out, totals->last);
    }
    buffer_add_text(out, is_complete(report)
                             ? ".</p>\n"
                             : ". <a href=\"#unseen\">Not everything could be read</a>: there may "
                               "be more.</p>\n");
}

static size_t count_used(const struct report *report, bool only_able) {
    size_t count = 0;
    for (size_t i = 0; i < report->rules->count; i++) {
        const struct rule *rule = &report->rules->list[i];
        count += html_uses(report, rule) && (rule->can_match || !only_able);
    }
    return count;
}

static const char *why_blind(const struct report *report) {
    if (count_used(report, true) > 0) {
        return "There, no rule in use could have found anything: the events it needs were not "
               "logged.";
    }
    if (count_used(report, false) > 0) {
        return "No rule in use could have found anything: no Sysmon event can match it.";
    }
    return report->scope.findings.min_severity > RULE_LOW
               ? "No rule was in use: none is of the severity that was asked for."
               : "No rule was in use.";
}

static void add_nothing(struct buffer *out, const struct report *report) {
    if (!is_complete(report)) {
        buffer_add_text(out, "<h1>Nothing found, but not everything could be read</h1>\n"
                             "<p class=\"lede\">There may be findings in what could not.</p>\n");
    } else if (warnings_have_blind_host(report)) {
        buffer_printf(out,
                      "<h1>Nothing found, but some hosts could not be judged</h1>\n"
                      "<p class=\"lede\">%s</p>\n",
                      why_blind(report));
    } else {
        buffer_add_text(out, "<h1>Nothing found</h1>\n<p class=\"lede\">Everything was read, and "
                             "on every host at least one rule could have found something.</p>\n");
    }
}

// Tiles with the size of what was looked at.

static void add_tile(struct buffer *out, const char *name, uint64_t number, const char *note) {
    buffer_printf(out, "<div><dt>%s</dt><dd>%" PRIu64 " <small>%s</small></dd></div>", name, number,
                  note);
}

static size_t hosts_with_sysmon(const struct coverage *hosts) {
    size_t count = 0;
    for (size_t i = 0; i < hosts->count; i++) {
        count += hosts->entries[i].counts.has_sysmon;
    }
    return count;
}

static size_t count_fired(const struct findings *findings) {
    struct groups groups;
    size_t count = 0;
    if (findings->count > 0 && groups_make(&groups, findings)) {
        count = groups.count;
        groups_free(&groups);
    }
    return count;
}

static void add_tiles(struct buffer *out, const struct report *report) {
    struct coverage hosts;
    uint64_t records = 0;
    uint64_t recovered = 0;
    char rules_note[48];
    char records_note[48] = "";
    if (!coverage_by_host(report->coverage, &hosts)) {
        out->failed = true;
        return;
    }
    for (size_t i = 0; i < report->input_count; i++) {
        records += report->inputs[i].records;
        recovered += report->inputs[i].recovered;
    }
    buffer_add_text(out, "<dl class=\"tiles\">");
    (void)snprintf(rules_note, sizeof rules_note, "of %zu", count_used(report, false));
    if (recovered > 0) {
        (void)snprintf(records_note, sizeof records_note, "+ %" PRIu64 " recovered", recovered);
    }
    add_tile(out, "Rules that found something", count_fired(report->findings), rules_note);
    add_tile(out, "Hosts with Sysmon events", hosts_with_sysmon(&hosts), "");
    add_tile(out, "Logs read", report->log_count, "");
    add_tile(out, "Records", records, records_note);
    buffer_add_text(out, "</dl>\n");
    coverage_free(&hosts);
}

// By rule

static void add_group_hosts(struct buffer *out, const struct group *group) {
    size_t shown = 0;
    size_t left_out = 0;
    for (size_t i = 0, next = 0; i < group->count; i = next) {
        const char *name = event_value(finding_last(group->list[i])->event, DATA_COMPUTER);
        next = group_skip_host(group, i);
        if (shown < HOSTS_SHOWN) {
            buffer_add_text(out, shown++ == 0 ? "" : ", ");
            html_add(out, name == NULL ? "?" : name);
            if (next - i < group->count) {
                buffer_printf(out, " (%zu)", next - i);
            }
        } else {
            left_out++;
        }
    }
    if (left_out > 0) {
        buffer_printf(out, " and %zu more", left_out);
    }
}

// The first paragraph of what the rule says of itself, as one line.
static void add_description(struct buffer *out, const struct rule_text *rule) {
    const char *text = rule->description == NULL ? "" : rule->description;
    const char *end = strstr(text, "\n\n");
    size_t size = end == NULL ? strlen(text) : (size_t)(end - text);
    struct buffer line = {0};
    for (size_t i = 0; i < size; i++) {
        buffer_add_byte(&line, text[i] == '\n' ? ' ' : text[i]);
    }
    if (size > 0) {
        buffer_add_text(out, "<small>");
        html_add_buffer(out, &line);
        buffer_add_text(out, "</small>");
    }
    buffer_free(&line);
}

static void add_group(struct buffer *out, const struct group *group) {
    const struct rule_text *rule = group_rule(group);
    buffer_add_text(out, "<tr><td>");
    html_add_severity(out, rule->severity);
    buffer_add_text(out, "</td><th scope=\"row\">");
    html_add(out, rule->name);
    add_description(out, rule);
    buffer_printf(out, "</th><td class=\"num\">%zu</td><td>", group->count);
    add_group_hosts(out, group);
    buffer_add_text(out, "</td><td>");
    html_add_time(out, group->first);
    buffer_add_text(out, "</td><td>");
    html_add_time(out, group->last);
    buffer_add_text(out, "</td></tr>\n");
}

static void add_groups(struct buffer *out, const struct findings *findings) {
    static const struct html_column columns[] = {
        {"Severity", false}, {"Rule", false}, {"Findings", true}, {"Hosts", false},
        {"First", false},    {"Last", false}, {NULL, false},
    };
    struct groups groups;
    if (!groups_make(&groups, findings)) {
        out->failed = true;
        return;
    }
    html_begin_table(out, "Findings by rule", "class=\"plain groups\"", columns);
    for (size_t i = 0; i < groups.count; i++) {
        add_group(out, &groups.list[i]);
    }
    html_end_table(out);
    groups_free(&groups);
}

// What could not be seen

static void begin_item(struct buffer *out, size_t *items) {
    buffer_add_text(out, (*items)++ == 0 ? "<ul class=\"unseen\">\n<li>" : "</li>\n<li>");
}

// Lines of text as items.
static void add_lines(struct buffer *out, struct buffer *lines, size_t *items) {
    out->failed = out->failed || lines->failed;
    for (size_t at = 0; !lines->failed && at < lines->size;) {
        const char *line = lines->data + at;
        const char *end = memchr(line, '\n', lines->size - at);
        size_t size = end == NULL ? lines->size - at : (size_t)(end - line);
        begin_item(out, items);
        html_add_size(out, line, size);
        at += size + 1;
    }
    buffer_free(lines);
}

static void add_problem_counts(struct buffer *out, const struct problems *problems, size_t *items) {
    for (int i = 0; i < PROBLEM_KINDS; i++) {
        enum problem_kind kind = (enum problem_kind)i;
        if (problems->counts[i] > 0 && problem_is_serious(kind)) {
            begin_item(out, items);
            words_add_count(out, problems->counts[i], problem_kind_text(kind, 1),
                            problem_kind_text(kind, 2));
            buffer_add_text(out, ", which may hide a finding: see <a href=\"#problems\">problems"
                                 "</a>");
        }
    }
}

static void add_unseen_rules(struct buffer *out, const struct rule_files *files, size_t *items) {
    for (size_t i = 0; i < files->error_count; i++) {
        const struct source_error *error = &files->errors[i];
        begin_item(out, items);
        buffer_add_text(out, "a rule is wrong and did not run: ");
        html_add(out, error->path == NULL ? "?" : error->path);
        if (error->place.line > 0) {
            buffer_printf(out, ":%zu:%zu", error->place.line, error->place.column);
        }
        buffer_add_text(out, ": ");
        html_add(out, error->message == NULL ? "not enough memory" : error->message);
    }
}

static void add_unseen(struct buffer *out, const struct report *report) {
    const struct text_style style = {0};
    struct buffer warnings = {0};
    size_t items = 0;
    html_begin_section(out, "unseen", "What could not be seen");
    if (report->log_count == 0) {
        begin_item(out, &items);
        buffer_add_text(out, "no EVTX log was found in the inputs");
    }
    warnings_add(&warnings, report, "", &style, false);
    add_lines(out, &warnings, &items);
    add_problem_counts(out, report->problems, &items);
    add_unseen_rules(out, &report->rules->files, &items);
    if (report->is_context_cut) {
        begin_item(out, &items);
        buffer_add_text(out, "context is incomplete: memory or processes ran out");
    }
    buffer_add_text(out, items > 0 ? "</li></ul>\n"
                                   : "<p>No gap is known: every input was read, and on every host "
                                     "the events that the rules need were logged.</p>\n");
    buffer_add_text(out, "<p class=\"hint\">What Sysmon's configuration leaves out was never "
                         "logged, and no rule can find it. <a href=\"#coverage\">Coverage</a> has "
                         "the counts by host and by rule.</p>\n");
}

// What was asked for

static void add_limit_time(struct buffer *out, const char *words, int64_t time, size_t *items) {
    begin_item(out, items);
    buffer_add_text(out, words);
    html_add_time(out, time);
}

static void add_left_out(struct buffer *out, const struct findings *findings, size_t *items) {
    size_t count = 0;
    for (size_t i = 0; i < LEFT_OUT_COUNT; i++) {
        count += findings->left_out[i];
    }
    if (count > 0) {
        begin_item(out, items);
        words_add_count(out, count, "finding is", "findings are");
        buffer_add_text(out, " left out for what was asked for");
    }
}

static void add_scope(struct buffer *out, const struct report *report) {
    const struct report_scope *scope = &report->scope;
    static const struct findings_options all = {.since = INT64_MIN, .until = INT64_MAX};
    const char *const words[] = {
        scope->findings.strict ? "only what Elastic's engine would alert on" : NULL,
        scope->findings.span >= 0 ? "another span for the built-in sequence" : NULL,
        scope->clock == CLOCK_LOGGED ? "events in the order in which they were logged" : NULL,
        scope->no_recovered ? "no records from slack space and unused chunks" : NULL,
        scope->no_context ? "no context: command lines, ancestors and descendants were not looked "
                            "for"
                          : NULL,
        scope->is_carved ? "every chunk in the inputs, wherever it lies" : NULL,
    };
    size_t items = 0;
    struct buffer list = {0};
    if (scope->findings.since != all.since) {
        add_limit_time(&list, "only findings at or after ", scope->findings.since, &items);
    }
    if (scope->findings.until != all.until) {
        add_limit_time(&list, "only findings before ", scope->findings.until, &items);
    }
    if (scope->findings.min_severity > RULE_LOW) {
        begin_item(&list, &items);
        buffer_add_text(&list, "only findings of severity ");
        html_add_severity(&list, scope->findings.min_severity);
        buffer_add_text(&list, " and above");
    }
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (words[i] != NULL) {
            begin_item(&list, &items);
            buffer_add_text(&list, words[i]);
        }
    }
    add_left_out(&list, report->findings, &items);
    out->failed = out->failed || list.failed;
    if (items > 0 && !list.failed) {
        buffer_add_text(out, "<p>This was asked for:</p>\n");
        buffer_add(out, list.data, list.size);
        buffer_add_text(out, "</li></ul>\n");
    }
    buffer_free(&list);
}

void html_add_answer(struct buffer *out, const struct report *report) {
    struct totals totals;
    if (!add_up(&totals, report->findings)) {
        out->failed = true;
        return;
    }
    buffer_add_text(out, "<section id=\"answer\" aria-label=\"Answer\">\n"
                         "<p class=\"kicker\">evtxseq · detection rules over Sysmon logs</p>\n");
    if (report->findings->count > 0) {
        add_found(out, report, &totals);
    } else {
        add_nothing(out, report);
    }
    add_tiles(out, report);
    if (report->findings->count > 0) {
        add_groups(out, report->findings);
    }
    html_end_section(out);
    add_unseen(out, report);
    add_scope(out, report);
    html_end_section(out);
}
