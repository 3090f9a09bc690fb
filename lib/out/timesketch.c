// SPDX-License-Identifier: GPL-3.0-or-later
// Findings as CSV for Timesketch.
#include "out/timesketch.h"

#include <string.h>

#include "base/timestamp.h"
#include "base/visible.h"
#include "out/csv.h"
#include "out/csv_cell.h"

void timesketch_add_header(struct buffer *out) {
    buffer_add_text(out, "message,datetime,timestamp_desc,");
    csv_add_columns(out);
    buffer_add_byte(out, '\n');
}

static void add_text(struct buffer *out, const char *text, const char *otherwise) {
    text = text == NULL ? otherwise : text;
    visible_add(out, text, strlen(text));
}

// An image's own name, or its path where that has none, and the process ID. A name runs to the end
// of the path, so it ends with NUL too.
static void add_process(struct buffer *out, const struct event *event, enum event_data image,
                        enum event_data pid) {
    struct event_text name = event_part(event, image, PART_NAME);
    add_text(out, name.data, event_value(event, image) == NULL ? "?" : event_value(event, image));
    if (event_value(event, pid) != NULL) {
        buffer_add_text(out, " (pid ");
        add_text(out, event_value(event, pid), "");
        buffer_add_text(out, ")");
    }
}

static void add_load(struct buffer *out, const struct event *load) {
    add_process(out, load, DATA_IMAGE, DATA_PROCESS_ID);
    buffer_add_text(out, " loaded ");
    add_text(out, event_value(load, DATA_IMAGE_LOADED), "?");
}

static void add_start(struct buffer *out, const struct event *start) {
    add_process(out, start, DATA_PARENT_IMAGE, DATA_PARENT_PROCESS_ID);
    buffer_add_text(out, " started ");
    add_process(out, start, DATA_IMAGE, DATA_PROCESS_ID);
    buffer_add_text(out, " as ");
    add_text(out, event_value(start, DATA_USER), "?");
    buffer_add_text(out, ": ");
    add_text(out, event_value(start, DATA_COMMAND_LINE), "no command line");
}

// What happened, in a line, after the rule's name.
static void add_message(struct buffer *message, const struct finding *finding,
                        const struct stage_event *event) {
    buffer_printf(message, "%s: ", finding->rule->text->name);
    if (event == finding_event(finding, "load")) {
        add_load(message, event->event);
    } else {
        add_start(message, event->event);
    }
    buffer_add_byte(message, '\0');
}

static void add_row(struct buffer *out, const struct finding *finding,
                    const struct stage_event *event, bool raw) {
    char time[TIMESTAMP_TEXT_SIZE];
    struct buffer message = {0};
    bool is_load = event == finding_event(finding, "load");
    add_message(&message, finding, event);
    if (message.failed) {
        out->failed = true;
    } else {
        csv_add_cell(out, message.data, raw);
    }
    buffer_free(&message);
    timestamp_format(event->time, time);
    buffer_printf(out, ",%s,%s,", time, is_load ? "Image Loaded" : "Process Created");
    csv_add_cells(out, finding, raw);
    buffer_add_byte(out, '\n');
}

void timesketch_add_finding(struct buffer *out, const struct finding *finding, bool raw) {
    for (size_t i = 0; i < finding->event_count; i++) {
        add_row(out, finding, finding->events[i], raw);
    }
}
