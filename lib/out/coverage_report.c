// SPDX-License-Identifier: GPL-3.0-or-later
// The table of coverage.h in words, as CSV and as JSON.
#include "out/coverage_report.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/timestamp.h"
#include "out/csv_cell.h"
#include "out/summary.h"
#include "out/wrap.h"
#include "rules/event_set.h"
#include "rules/fields.h"
#include "scan/needs.h"

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
    wrap_line(wrap, first, next, colour, value);
}

static void add_number(struct wrap *wrap, int indent, const char *label, enum wrap_colour colour,
                       uint64_t number) {
    char text[32];
    (void)snprintf(text, sizeof text, "%" PRIu64, number);
    add_line(wrap, indent, label, colour, text);
}

static void add_log(struct wrap *wrap, const struct coverage_entry *entry) {
    wrap_line(wrap, "", "", COLOUR_STRONG, entry->path);
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

static void add_events(struct wrap *wrap, const struct coverage_counts *counts,
                       const struct needs *needs) {
    uint32_t ids = FIELD_EVENTS_ALL;
    for (unsigned id = event_ids_take(&ids); id != 0; id = event_ids_take(&ids)) {
        char label[32];
        char text[128];
        uint64_t count = coverage_count(counts, id);
        bool is_lacking = (needs->events & FIELD_EVENT_BIT(id)) != 0;
        if (count == 0 && !is_lacking) {
            continue;
        }
        (void)snprintf(label, sizeof label, "Event ID %u", id);
        (void)snprintf(text, sizeof text, "%-8" PRIu64 " %s", count, summary_action(id, 0));
        add_line(wrap, 4, label, is_lacking ? COLOUR_DOUBT : COLOUR_NONE, text);
        if (id == 1) {
            add_number(wrap, 6, "without OriginalFileName", COLOUR_NONE, counts->nameless);
        }
    }
}

static void add_libraries(struct wrap *wrap, const struct report *report,
                          const struct needs *needs) {
    for (size_t i = 0; i < report->rules->library_count; i++) {
        if ((needs->libraries >> i & 1) != 0) {
            add_line(wrap, 4, "never loaded", COLOUR_DOUBT, report->rules->libraries[i].name);
        }
    }
}

static void add_rules(struct wrap *wrap, const struct needs *needs) {
    add_number(wrap, 4, "rules that could find something", COLOUR_NONE, needs->able);
    add_number(wrap, 4, "rules whose events were not logged",
               needs->blind > 0 ? COLOUR_DOUBT : COLOUR_NONE, needs->blind);
    if (needs->useless > 0) {
        add_number(wrap, 4, "rules that can never match", COLOUR_NONE, needs->useless);
    }
}

static void add_text(struct buffer *out, const struct report *report, size_t index,
                     const struct text_style *style) {
    const struct coverage_entry *entry = &report->coverage->entries[index];
    const struct coverage_counts *counts = &entry->counts;
    struct wrap wrap = {.out = out, .width = style->width, .has_colour = style->has_colour};
    if (index == 0 || entry[-1].log != entry->log) {
        add_log(&wrap, entry);
    }
    wrap_line(&wrap, "  ", "  ", COLOUR_NONE,
              *entry->host == '\0' ? "(unknown host)" : entry->host);
    add_number(&wrap, 4, "records", COLOUR_NONE, counts->records);
    if (counts->recovered > 0) {
        add_number(&wrap, 4, "recovered records", COLOUR_NONE, counts->recovered);
    }
    add_times(&wrap, counts);
    if (counts->has_sysmon) {
        const struct needs needs =
            needs_of(report->rules, report->scope.findings.min_severity, counts);
        add_events(&wrap, counts, &needs);
        add_libraries(&wrap, report, &needs);
        add_rules(&wrap, &needs);
    } else {
        add_line(&wrap, 4, "Sysmon records", COLOUR_DOUBT, "none");
    }
    bool is_last = index + 1 == report->coverage->count || entry[1].log != entry->log;
    buffer_add_text(out, is_last ? "\n" : "");
    wrap_free(&wrap);
}

// CSV

static void add_csv_header(struct buffer *out) {
    buffer_add_text(out, "file,host,records,recovered,first_written,last_written,sysmon");
    uint32_t ids = FIELD_EVENTS_ALL;
    for (unsigned id = event_ids_take(&ids); id != 0; id = event_ids_take(&ids)) {
        buffer_printf(out, ",event_%u", id);
    }
    buffer_add_text(out, ",event_1_without_original_file_name,rules_able,rules_blind,"
                         "rules_without_match,missing_events,missing_libraries,problems\n");
}

static void add_time_cell(struct buffer *out, bool has_time, uint64_t filetime) {
    char time[TIMESTAMP_TEXT_SIZE] = "";
    if (has_time) {
        format_time(filetime, time);
    }
    buffer_printf(out, ",%s", time);
}

static void add_missing_libraries(struct buffer *out, const struct rule_set *rules,
                                  uint64_t libraries, bool raw) {
    struct buffer names = {0};
    for (size_t i = 0; i < rules->library_count; i++) {
        if ((libraries >> i & 1) != 0) {
            buffer_add_text(&names, names.size > 0 ? ";" : "");
            buffer_add_text(&names, rules->libraries[i].name);
        }
    }
    csv_add_buffer(out, &names, raw);
}

static void add_csv(struct buffer *out, const struct report *report, size_t index, bool raw) {
    const struct coverage_entry *entry = &report->coverage->entries[index];
    const struct coverage_counts *counts = &entry->counts;
    const struct needs needs = needs_of(report->rules, report->scope.findings.min_severity, counts);
    uint32_t ids = FIELD_EVENTS_ALL;
    csv_add_cell(out, entry->path, raw);
    buffer_add_byte(out, ',');
    csv_add_cell(out, entry->host, raw);
    buffer_printf(out, ",%" PRIu64 ",%" PRIu64, counts->records, counts->recovered);
    add_time_cell(out, has_times(counts), counts->first);
    add_time_cell(out, has_times(counts), counts->last);
    buffer_add_text(out, counts->has_sysmon ? ",yes" : ",no");
    for (unsigned id = event_ids_take(&ids); id != 0; id = event_ids_take(&ids)) {
        buffer_printf(out, ",%" PRIu64, coverage_count(counts, id));
    }
    buffer_printf(out, ",%" PRIu64 ",%zu,%zu,%zu,", counts->nameless, needs.able, needs.blind,
                  needs.useless);
    event_ids_add_each(out, needs.events, ";");
    buffer_add_byte(out, ',');
    add_missing_libraries(out, report->rules, needs.libraries, raw);
    buffer_printf(out, ",%zu\n", entry->problems);
}

// JSON

static void put_number(struct draft *draft, const char *name, uint64_t number) {
    char path[128];
    (void)snprintf(path, sizeof path, "evtxseq.coverage.%s", name);
    draft_put(draft, path, json_integer((json_int_t)number));
}

json_t *coverage_libraries(const struct rule_set *rules, uint64_t libraries) {
    struct draft draft = {.root = json_array()};
    for (size_t i = 0; i < rules->library_count; i++) {
        if ((libraries >> i & 1) != 0) {
            draft_append(&draft, draft.root, draft_text(rules->libraries[i].name));
        }
    }
    return draft_take(&draft);
}

static void add_jsonl(struct buffer *out, const struct report *report, size_t index) {
    const struct coverage_entry *entry = &report->coverage->entries[index];
    const struct coverage_counts *counts = &entry->counts;
    const struct needs needs = needs_of(report->rules, report->scope.findings.min_severity, counts);
    struct draft draft = {.root = json_object()};
    uint32_t ids = FIELD_EVENTS_ALL;
    draft_put(&draft, "ecs.version", json_string(DRAFT_ECS_VERSION));
    draft_put(&draft, "event.kind", json_string("metric"));
    if (has_times(counts)) {
        draft_put(&draft, "event.start", draft_time(timestamp_from_filetime(counts->first)));
        draft_put(&draft, "event.end", draft_time(timestamp_from_filetime(counts->last)));
    }
    draft_put(&draft, "log.file.path", draft_text(entry->path));
    if (*entry->host != '\0') {
        draft_put(&draft, "host.name", draft_text(entry->host));
    }
    put_number(&draft, "records", counts->records);
    put_number(&draft, "recovered", counts->recovered);
    draft_put(&draft, "evtxseq.coverage.sysmon", json_boolean(counts->has_sysmon));
    for (unsigned id = event_ids_take(&ids); id != 0; id = event_ids_take(&ids)) {
        char name[32];
        (void)snprintf(name, sizeof name, "event_%u", id);
        put_number(&draft, name, coverage_count(counts, id));
    }
    put_number(&draft, "event_1_without_original_file_name", counts->nameless);
    put_number(&draft, "rules_able", needs.able);
    put_number(&draft, "rules_blind", needs.blind);
    put_number(&draft, "rules_without_match", needs.useless);
    draft_put(&draft, "evtxseq.coverage.missing_events", draft_event_ids(needs.events));
    draft_put(&draft, "evtxseq.coverage.missing_libraries",
              coverage_libraries(report->rules, needs.libraries));
    put_number(&draft, "problems", entry->problems);
    draft_finish(&draft, out, JSON_COMPACT);
}

// Formats

void coverage_add_header(struct buffer *out, const struct writer_options *options) {
    if (options->format == FORMAT_CSV) {
        add_csv_header(out);
    }
}

void coverage_add_entry(struct buffer *out, const struct writer_options *options,
                        const struct report *report, size_t index) {
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
    case FORMAT_BRIEF:
    case FORMAT_HTML:
        break;
    }
}
