// SPDX-License-Identifier: GPL-3.0-or-later
#include "out/timesketch.h"

#include "base/timestamp.h"
#include "base/visible.h"
#include "out/cells.h"
#include "out/csv_cell.h"
#include "out/sentence.h"

void timesketch_add_header(struct buffer *out) {
    buffer_add_text(out, "message,datetime,timestamp_desc,");
    cells_add_names(out, TABLE_TIMESKETCH);
    buffer_add_byte(out, '\n');
}

// What happened, in a line, after the rule's name.
static void add_message(struct buffer *out, const struct finding *finding,
                        const struct summary *summary, bool raw) {
    struct buffer text = {0};
    struct buffer message = {0};
    buffer_add_text(&text, finding->rule->text->name);
    buffer_add_text(&text, ": ");
    sentence_add(&text, summary);
    visible_add(&message, text.data, text.size);
    out->failed = out->failed || text.failed;
    csv_add_buffer(out, &message, raw);
    buffer_free(&text);
}

static void add_row(struct buffer *out, const struct finding *finding, size_t event, bool raw) {
    char time[TIMESTAMP_TEXT_SIZE];
    const struct summary summary = summary_of(finding, event);
    const char *action = summary_action(summary.event->event->id, 0);
    add_message(out, finding, &summary, raw);
    timestamp_format(summary.event->time, time);
    buffer_printf(out, ",%s,%s,", time, action == NULL ? "" : action);
    cells_add_row(out, TABLE_TIMESKETCH, finding, event, raw);
    buffer_add_byte(out, '\n');
}

void timesketch_add_finding(struct buffer *out, const struct finding *finding, bool raw) {
    for (size_t i = 0; i < finding->event_count; i++) {
        add_row(out, finding, i, raw);
    }
}
