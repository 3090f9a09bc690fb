// SPDX-License-Identifier: GPL-3.0-or-later
#include "out/coverage_report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/timestamp.h"
#include "out/csv_cell.h"
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

// Of a host.
struct extent {
    size_t logs;
    size_t problems; // of these logs
};

static const char *plural(uint64_t count) {
    return count == 1 ? "" : "s";
}

// One a host. NULL when memory ran out.
static struct extent *make_extents(const struct coverage *table, const struct coverage *hosts) {
    struct extent *extents = calloc(hosts->count + 1, sizeof *extents);
    for (size_t i = 0; extents != NULL && i < table->count; i++) {
        const struct coverage_entry *host = coverage_find(hosts, "", 0, table->entries[i].host);
        if (host != NULL) {
            extents[host - hosts->entries].logs++;
            extents[host - hosts->entries].problems += table->entries[i].problems;
        }
    }
    return extents;
}

// What is said of a host, each with a colour of its own.
struct pieces {
    struct buffer texts[5];
    enum wrap_colour colours[5];
    size_t count;
};

static struct buffer *add_piece(struct pieces *pieces, enum wrap_colour colour) {
    pieces->colours[pieces->count] = colour;
    return &pieces->texts[pieces->count++];
}

static void add_extent(struct pieces *pieces, const struct coverage_counts *counts,
                       const struct extent *extent) {
    struct buffer *text = add_piece(pieces, COLOUR_NONE);
    buffer_printf(text, "%" PRIu64 " record%s", counts->records, plural(counts->records));
    if (counts->recovered > 0) {
        buffer_printf(text, " and %" PRIu64 " recovered", counts->recovered);
    }
    buffer_printf(text, " in %zu log%s", extent->logs, plural(extent->logs));
    if (extent->problems > 0) {
        buffer_printf(text, " with %zu problem%s", extent->problems, plural(extent->problems));
    }
    if (has_times(counts)) {
        char first[TIMESTAMP_TEXT_SIZE];
        char last[TIMESTAMP_TEXT_SIZE];
        format_time(counts->first, first);
        format_time(counts->last, last);
        buffer_printf(text, ", %s to %s", first, last);
    }
}

static void add_events(struct pieces *pieces, const struct coverage_counts *counts) {
    struct buffer *text = add_piece(pieces, COLOUR_NONE);
    uint32_t ids = FIELD_EVENTS_ALL;
    const char *before = "events: ";
    for (unsigned id = event_ids_take(&ids); id != 0; id = event_ids_take(&ids)) {
        uint64_t count = coverage_count(counts, id);
        if (count > 0) {
            buffer_printf(text, "%s%" PRIu64 " of ID %u", before, count, id);
            before = ", ";
        }
        if (id == 1 && counts->nameless > 0) {
            buffer_printf(text, " (%" PRIu64 " without OriginalFileName)", counts->nameless);
        }
    }
    buffer_add_text(text, text->size == 0 ? "no known events" : "");
}

static void add_rules(struct pieces *pieces, const struct rule_set *rules,
                      const struct needs *needs) {
    size_t all = needs->able + needs->blind + needs->useless;
    buffer_printf(add_piece(pieces, needs->able == 0 ? COLOUR_DOUBT : COLOUR_NONE),
                  "%zu of %zu rule%s could find something", needs->able, all, plural(all));
    if (needs->useless > 0) {
        buffer_printf(add_piece(pieces, COLOUR_NONE), "%zu can never match", needs->useless);
    }
    if (needs->events == 0 && needs->libraries == 0) {
        return;
    }
    struct buffer *text = add_piece(pieces, COLOUR_DOUBT);
    buffer_add_text(text, needs->events == 0 ? "never" : "no Event ID ");
    event_ids_add_each(text, needs->events, ", ");
    buffer_add_text(text, needs->events == 0 || needs->libraries == 0 ? "" : ", never");
    for (size_t i = 0, count = 0; i < rules->library_count; i++) {
        if ((needs->libraries >> i & 1) != 0) {
            buffer_printf(text, "%s %s", count++ == 0 ? "" : ",", rules->libraries[i].name);
        }
    }
}

static void add_host(struct wrap *wrap, const struct report *report,
                     const struct coverage_entry *host, const struct extent *extent) {
    struct pieces pieces = {0};
    add_extent(&pieces, &host->counts, extent);
    if (host->counts.has_sysmon) {
        const struct needs needs =
            needs_of(report->rules, report->scope.findings.min_severity, &host->counts);
        add_events(&pieces, &host->counts);
        add_rules(&pieces, report->rules, &needs);
    } else {
        buffer_add_text(add_piece(&pieces, COLOUR_DOUBT), "no Sysmon record");
    }
    struct buffer name = {0};
    buffer_printf(&name, "%s:", *host->host == '\0' ? "(unknown host)" : host->host);
    wrap_begin(wrap, "", "  ");
    wrap_add_buffer(wrap, COLOUR_STRONG, &name);
    for (size_t i = 0; i < pieces.count; i++) {
        buffer_add_text(&pieces.texts[i], i + 1 < pieces.count ? ";" : "");
        wrap_add(wrap, COLOUR_NONE, " ");
        wrap_add_buffer(wrap, pieces.colours[i], &pieces.texts[i]);
    }
    wrap_end(wrap);
}

void coverage_add_hosts(struct buffer *out, const struct report *report,
                        const struct text_style *style) {
    struct coverage hosts = {0};
    struct wrap wrap = {.out = out, .width = style->width, .has_colour = style->has_colour};
    struct extent *extents =
        coverage_by_host(report->coverage, &hosts) ? make_extents(report->coverage, &hosts) : NULL;
    out->failed = out->failed || extents == NULL;
    for (size_t i = 0; extents != NULL && i < hosts.count; i++) {
        add_host(&wrap, report, &hosts.entries[i], &extents[i]);
    }
    free(extents);
    coverage_free(&hosts);
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
    if (options->format == FORMAT_CSV) {
        add_csv(out, report, index, options->csv_raw);
    } else {
        add_jsonl(out, report, index);
    }
}
