// SPDX-License-Identifier: GPL-3.0-or-later
// Findings as CSV for Timesketch.
#include "out/timesketch.h"

#include "base/timestamp.h"
#include "base/visible.h"
#include "out/cells.h"
#include "out/csv_cell.h"
#include "out/sentence.h"

// What follows the importer's own.
static const struct cell_column columns[] = {
    {"id", OF_FINDING, CELL_ID},
    {"rule_id", OF_FINDING, CELL_RULE_ID},
    {"rule", OF_FINDING, CELL_RULE},
    {"severity", OF_FINDING, CELL_SEVERITY},
    {"risk_score", OF_FINDING, CELL_RISK_SCORE},
    {"basis", OF_FINDING, CELL_BASIS},
    {"host", OF_FINDING, CELL_HOST},
    {"span_ms", OF_FINDING, CELL_SPAN},
    {"event", OF_ROW, 0},
    {"events", OF_FINDING, CELL_EVENTS},
    {"event_id", OF_EVENT, CELL_EVENT_ID},
    {"action", OF_EVENT, CELL_ACTION},
    {"user", OF_EVENT, SUMMARY_USER},
    {"process", OF_EVENT, SUMMARY_PROCESS},
    {"pid", OF_EVENT, SUMMARY_PID},
    {"process_guid", OF_EVENT, SUMMARY_GUID},
    {"command_line", OF_EVENT, SUMMARY_COMMAND_LINE},
    {"parent", OF_EVENT, SUMMARY_PARENT},
    {"parent_pid", OF_EVENT, SUMMARY_PARENT_PID},
    {"parent_guid", OF_EVENT, SUMMARY_PARENT_GUID},
    {"parent_command_line", OF_EVENT, SUMMARY_PARENT_COMMAND_LINE},
    {"target", OF_EVENT, CELL_TARGET},
    {"original_file_name", OF_EVENT, SUMMARY_ORIGINAL_FILE_NAME},
    {"integrity_level", OF_EVENT, SUMMARY_INTEGRITY_LEVEL},
    {"logon_id", OF_EVENT, SUMMARY_LOGON_ID},
    {"hashes", OF_EVENT, SUMMARY_HASHES},
    {"current_directory", OF_EVENT, SUMMARY_CURRENT_DIRECTORY},
    {"sysmon_rule", OF_EVENT, SUMMARY_SYSMON_RULE},
    {"record", OF_EVENT, CELL_RECORD},
    {"file", OF_EVENT, CELL_FILE},
    {"recovered", OF_EVENT, CELL_EVENT_RECOVERED},
    {"tactics", OF_FINDING, CELL_TACTICS},
    {"techniques", OF_FINDING, CELL_TECHNIQUES},
};

enum { COLUMN_COUNT = sizeof columns / sizeof *columns };

void timesketch_add_header(struct buffer *out) {
    buffer_add_text(out, "message,datetime,timestamp_desc,");
    cells_add_names(out, columns, COLUMN_COUNT);
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
    cells_add_row(out, columns, COLUMN_COUNT, finding, event, raw);
    buffer_add_byte(out, '\n');
}

void timesketch_add_finding(struct buffer *out, const struct finding *finding, bool raw) {
    for (size_t i = 0; i < finding->event_count; i++) {
        add_row(out, finding, i, raw);
    }
}
