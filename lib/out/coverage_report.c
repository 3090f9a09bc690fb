// SPDX-License-Identifier: GPL-3.0-or-later
// The table of coverage.h in words, as CSV and as JSON.
#include "out/coverage_report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/timestamp.h"
#include "out/csv_cell.h"
#include "out/draft.h"
#include "out/wrap.h"

// Whether the number of the requirement is one: those of stages are counted for the chosen rules
// alone.
static bool is_counted(const struct coverage_report *report,
                       const struct requirement *requirement) {
    return requirement->stage == NULL || rules_need(report->rules, report->rule_count, requirement);
}

// A record's time, in milliseconds.
static void format_time(uint64_t filetime, char text[TIMESTAMP_TEXT_SIZE]) {
    timestamp_format(timestamp_from_filetime(filetime), text);
}

static bool has_times(const struct coverage_counts *counts) {
    return counts->first <= counts->last;
}

// Text

enum { LABEL_WIDTH = 38, WRAP_INDENT = LABEL_WIDTH + 1 };

// "    records                            25"
static void add_line(struct wrap *wrap, int indent, const char *label, enum wrap_colour colour,
                     const char *value) {
    char first[WRAP_PREFIX_SIZE];
    char next[WRAP_PREFIX_SIZE];
    (void)snprintf(first, sizeof first, "%*s%-*s ", indent, "", LABEL_WIDTH - indent, label);
    (void)snprintf(next, sizeof next, "%*s", WRAP_INDENT, "");
    wrap_begin(wrap, first, next);
    wrap_add(wrap, colour, value);
    wrap_end(wrap);
}

static void add_number(struct wrap *wrap, int indent, const char *label, enum wrap_colour colour,
                       uint64_t number) {
    char text[32];
    (void)snprintf(text, sizeof text, "%" PRIu64, number);
    add_line(wrap, indent, label, colour, text);
}

static void add_head(struct wrap *wrap, const char *indent, enum wrap_colour colour,
                     const char *text) {
    wrap_begin(wrap, indent, indent);
    wrap_add(wrap, colour, text);
    wrap_end(wrap);
}

static void add_log(struct wrap *wrap, const struct coverage_entry *entry) {
    add_head(wrap, "", COLOUR_STRONG, entry->path);
    if (entry->problems > 0) {
        add_number(wrap, 2, "problems", COLOUR_DOUBT, entry->problems);
    }
}

static void add_times(struct wrap *wrap, const struct coverage_counts *counts) {
    if (has_times(counts)) {
        char time[TIMESTAMP_TEXT_SIZE];
        format_time(counts->first, time);
        add_line(wrap, 4, "first written", COLOUR_NONE, time);
        format_time(counts->last, time);
        add_line(wrap, 4, "last written", COLOUR_NONE, time);
    }
}

static void add_requirements(struct wrap *wrap, const struct coverage_report *report,
                             const struct coverage_counts *counts) {
    size_t count = 0;
    const struct requirement *const *requirements = rules_requirements(&count);
    for (size_t i = 0; i < count; i++) {
        const struct requirement *requirement = requirements[i];
        bool is_needed = rules_need(report->rules, report->rule_count, requirement);
        bool is_lacking =
            is_needed && requirement->absence != NULL && coverage_count(counts, i) == 0;
        if (is_counted(report, requirement)) {
            add_number(wrap, requirement->whole == NULL ? 4 : 6, requirement->words,
                       is_lacking ? COLOUR_DOUBT : COLOUR_NONE, coverage_count(counts, i));
        }
    }
}

static void add_text(struct buffer *out, const struct coverage_report *report, size_t index,
                     const struct text_style *style) {
    const struct coverage_entry *entry = &report->coverage->entries[index];
    const struct coverage_counts *counts = &entry->counts;
    struct wrap wrap = {.out = out, .width = style->width, .has_colour = style->has_colour};
    if (index == 0 || entry[-1].log != entry->log) {
        add_log(&wrap, entry);
    }
    add_head(&wrap, "  ", COLOUR_NONE, *entry->host == '\0' ? "(unknown host)" : entry->host);
    add_number(&wrap, 4, "records", COLOUR_NONE, counts->records);
    if (counts->recovered > 0) {
        add_number(&wrap, 4, "recovered records", COLOUR_NONE, counts->recovered);
    }
    add_times(&wrap, counts);
    if (counts->has_sysmon) {
        add_requirements(&wrap, report, counts);
    } else {
        add_line(&wrap, 4, "Sysmon records", COLOUR_DOUBT, "none");
    }
    bool is_last = index + 1 == report->coverage->count || entry[1].log != entry->log;
    buffer_add_text(out, is_last ? "\n" : "");
    wrap_free(&wrap);
}

// CSV

static void add_csv_header(struct buffer *out) {
    size_t count = 0;
    const struct requirement *const *requirements = rules_requirements(&count);
    buffer_add_text(out, "file,host,records,recovered,first_written,last_written,sysmon");
    for (size_t i = 0; i < count; i++) {
        buffer_printf(out, ",%s", requirements[i]->name);
    }
    buffer_add_text(out, ",problems\n");
}

static void add_time_cell(struct buffer *out, bool has_time, uint64_t filetime) {
    char time[TIMESTAMP_TEXT_SIZE] = "";
    if (has_time) {
        format_time(filetime, time);
    }
    buffer_printf(out, ",%s", time);
}

static void add_csv(struct buffer *out, const struct coverage_report *report, size_t index,
                    bool raw) {
    const struct coverage_entry *entry = &report->coverage->entries[index];
    const struct coverage_counts *counts = &entry->counts;
    size_t count = 0;
    const struct requirement *const *requirements = rules_requirements(&count);
    csv_add_cell(out, entry->path, raw);
    buffer_add_byte(out, ',');
    csv_add_cell(out, entry->host, raw);
    buffer_printf(out, ",%" PRIu64 ",%" PRIu64, counts->records, counts->recovered);
    add_time_cell(out, has_times(counts), counts->first);
    add_time_cell(out, has_times(counts), counts->last);
    buffer_add_text(out, counts->has_sysmon ? ",yes" : ",no");
    for (size_t i = 0; i < count; i++) {
        buffer_add_byte(out, ',');
        if (is_counted(report, requirements[i])) {
            buffer_printf(out, "%" PRIu64, coverage_count(counts, i));
        }
    }
    buffer_printf(out, ",%zu\n", entry->problems);
}

// JSON

static void put_number(struct draft *draft, const char *name, uint64_t number) {
    char path[128];
    (void)snprintf(path, sizeof path, "evtxseq.coverage.%s", name);
    draft_put(draft, path, json_integer((json_int_t)number));
}

static void add_jsonl(struct buffer *out, const struct coverage_report *report, size_t index) {
    const struct coverage_entry *entry = &report->coverage->entries[index];
    const struct coverage_counts *counts = &entry->counts;
    struct draft draft = {.root = json_object()};
    size_t count = 0;
    const struct requirement *const *requirements = rules_requirements(&count);
    draft_put(&draft, "ecs.version", json_string(DRAFT_ECS_VERSION));
    draft_put(&draft, "event.kind", json_string("metric"));
    if (has_times(counts)) {
        draft_put(&draft, "event.start", draft_time(timestamp_from_filetime(counts->first)));
        draft_put(&draft, "event.end", draft_time(timestamp_from_filetime(counts->last)));
    }
    draft_put(&draft, "log.file.path", draft_text(entry->path, strlen(entry->path)));
    if (*entry->host != '\0') {
        draft_put(&draft, "host.name", draft_text(entry->host, strlen(entry->host)));
    }
    put_number(&draft, "records", counts->records);
    put_number(&draft, "recovered", counts->recovered);
    draft_put(&draft, "evtxseq.coverage.sysmon", json_boolean(counts->has_sysmon));
    for (size_t i = 0; i < count; i++) {
        if (is_counted(report, requirements[i])) {
            put_number(&draft, requirements[i]->name, coverage_count(counts, i));
        }
    }
    put_number(&draft, "problems", entry->problems);
    draft_finish(&draft, out);
}

// Formats

void coverage_add_header(struct buffer *out, const struct writer_options *options) {
    if (options->format == FORMAT_CSV) {
        add_csv_header(out);
    }
}

void coverage_add_entry(struct buffer *out, const struct writer_options *options,
                        const struct coverage_report *report, size_t index) {
    switch (options->format) {
    case FORMAT_TEXT:
        add_text(out, report, index, &options->style);
        break;
    case FORMAT_CSV:
        add_csv(out, report, index, options->csv_raw);
        break;
    case FORMAT_JSONL:
        add_jsonl(out, report, index);
        break;
    case FORMAT_TIMESKETCH:
        break;
    }
}

// Warnings

static void add_warning(struct wrap *wrap, const char *host, const char *what) {
    wrap_begin(wrap, "evtxseq: warning: ", "  ");
    wrap_add(wrap, COLOUR_NONE, *host == '\0' ? "(unknown host)" : host);
    wrap_add(wrap, COLOUR_NONE, ": ");
    wrap_add(wrap, COLOUR_NONE, what);
    wrap_end(wrap);
}

// How many there are of what a requirement is a part of.
static uint64_t count_whole(const struct requirement *part, const struct coverage_counts *counts) {
    size_t count = 0;
    const struct requirement *const *requirements = rules_requirements(&count);
    for (size_t i = 0; i < count; i++) {
        if (requirements[i] == part->whole) {
            return coverage_count(counts, i);
        }
    }
    return UINT64_MAX; // it is not part of any
}

static void warn_of_host(struct wrap *wrap, const struct coverage_report *report,
                         const struct coverage_entry *host) {
    size_t count = 0;
    const struct requirement *const *requirements = rules_requirements(&count);
    if (!host->counts.has_sysmon) {
        add_warning(wrap, host->host, "no Sysmon record: nothing can be found");
        return;
    }
    for (size_t i = 0; i < count; i++) {
        if (rules_need(report->rules, report->rule_count, requirements[i]) &&
            requirements[i]->absence != NULL && coverage_count(&host->counts, i) == 0 &&
            count_whole(requirements[i], &host->counts) > 0) {
            add_warning(wrap, host->host, requirements[i]->absence);
        }
    }
}

void coverage_add_warnings(struct buffer *out, const struct coverage_report *report,
                           const struct text_style *style) {
    struct coverage hosts;
    if (!coverage_by_host(report->coverage, &hosts)) {
        out->failed = true;
        return;
    }
    struct wrap wrap = {.out = out, .width = style->width};
    for (size_t i = 0; i < hosts.count; i++) {
        // Records whose host is not known say nothing where other hosts are, unless they are
        // Sysmon's.
        if (*hosts.entries[i].host != '\0' || hosts.count == 1 ||
            hosts.entries[i].counts.has_sysmon) {
            warn_of_host(&wrap, report, &hosts.entries[i]);
        }
    }
    coverage_free(&hosts);
    wrap_free(&wrap);
}
