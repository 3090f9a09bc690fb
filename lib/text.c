// SPDX-License-Identifier: GPL-3.0-or-later
// Findings as text.
#include "text.h"

#include <inttypes.h>
#include <string.h>

#include "timestamp.h"
#include "visible.h"

// Of the labels in the left margin.
enum { LABEL_WIDTH = 12 };

static void add_label(struct buffer *out, const char *label) {
    buffer_printf(out, "  %-*s", LABEL_WIDTH, label);
}

static void add_line(struct buffer *out, const char *label, const char *value) {
    if (value == NULL) {
        return;
    }
    add_label(out, label);
    visible_add(out, value, strlen(value));
    buffer_add_byte(out, '\n');
}

static void add_field(struct buffer *out, const char *label, const struct stage_event *event,
                      enum event_field field) {
    add_line(out, label, event_value(event->event, field));
}

// An image and its process ID, as far as they are known.
static void add_process(struct buffer *out, const char *label, const struct stage_event *event,
                        enum event_field image, enum event_field pid) {
    const char *path = event_value(event->event, image);
    const char *number = event_value(event->event, pid);
    if (path == NULL && number == NULL) {
        return;
    }
    add_label(out, label);
    visible_add(out, path == NULL ? "?" : path, path == NULL ? 1 : strlen(path));
    if (number != NULL) {
        buffer_add_text(out, " (pid ");
        visible_add(out, number, strlen(number));
        buffer_add_text(out, ")");
    }
    buffer_add_byte(out, '\n');
}

static void add_time(struct buffer *out, const char *label, const struct stage_event *event) {
    char time[TIMESTAMP_TEXT_SIZE];
    timestamp_format(event->time, time);
    add_line(out, label, time);
}

static void add_source(struct buffer *out, const struct stage_event *event) {
    add_label(out, "record");
    buffer_printf(out, "%" PRIu64 " in ", event->event->record_id);
    visible_add(out, event->path, strlen(event->path));
    buffer_printf(out, "%s\n", event->recovered ? " (recovered)" : "");
}

static void add_load(struct buffer *out, const struct stage_event *load) {
    add_time(out, "load", load);
    add_process(out, "script", load, FIELD_IMAGE, FIELD_PROCESS_ID);
    add_field(out, "library", load, FIELD_IMAGE_LOADED);
    add_source(out, load);
}

static void add_start(struct buffer *out, const struct stage_event *start,
                      const struct finding *finding) {
    char time[TIMESTAMP_TEXT_SIZE];
    timestamp_format(start->time, time);
    add_label(out, "start");
    buffer_add_text(out, time);
    if (finding->rule->stage_count > 1) {
        buffer_printf(out, ", %" PRId64 " ms later", finding->span);
    }
    buffer_add_byte(out, '\n');
    add_process(out, "parent", start, FIELD_PARENT_IMAGE, FIELD_PARENT_PROCESS_ID);
    add_process(out, "process", start, FIELD_IMAGE, FIELD_PROCESS_ID);
    add_field(out, "command", start, FIELD_COMMAND_LINE);
    add_field(out, "user", start, FIELD_USER);
    add_field(out, "integrity", start, FIELD_INTEGRITY_LEVEL);
    add_field(out, "original", start, FIELD_ORIGINAL_FILE_NAME);
    add_field(out, "hashes", start, FIELD_HASHES);
    add_field(out, "directory", start, FIELD_CURRENT_DIRECTORY);
    add_source(out, start);
}

static const char *basis_in_words(enum match_basis basis) {
    switch (basis) {
    case BASIS_EXACT:
        return "exact: Elastic's rule alerts on this pair";
    case BASIS_REPEAT:
        return "repeat: meets the rule, but an earlier start has used up this load";
    case BASIS_IMAGE_NAME:
        return "image-name: no OriginalFileName is logged; judged by the image's own name";
    }
    return "";
}

static void add_techniques(struct buffer *out, const struct rule *rule) {
    add_label(out, "ATT&CK");
    for (size_t i = 0; i < rule->technique_count; i++) {
        buffer_printf(out, "%s%s", i == 0 ? "" : ", ", rule->techniques[i]);
    }
    buffer_add_byte(out, '\n');
}

void text_add_finding(struct buffer *out, const struct finding *finding) {
    const struct stage_event *load = finding_event(finding, "load");
    const struct stage_event *start = finding_event(finding, "start");
    const struct rule *rule = finding->rule;
    buffer_printf(out, "%s\n", rule->name);
    add_label(out, "finding");
    buffer_printf(out, "%016" PRIx64 ", rule %s, %s, risk score %d\n", finding->id, rule->id,
                  rule->severity, rule->risk_score);
    add_field(out, "host", finding_last(finding), FIELD_COMPUTER);
    if (load != NULL) {
        add_load(out, load);
    }
    if (start != NULL) {
        add_start(out, start, finding);
    }
    add_line(out, "basis", basis_in_words(finding->basis));
    add_techniques(out, rule);
    buffer_add_byte(out, '\n');
}
