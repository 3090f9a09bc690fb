// SPDX-License-Identifier: GPL-3.0-or-later
// Findings as CSV.
#include "out/csv.h"

#include "out/cells.h"

enum source {
    OF_FINDING, // a finding_cell
    OF_LAST,    // an event_cell or summary_item of the last event
    OF_FIRST,   // the same of the first; empty where there is but one
};

static const struct column {
    const char *name;
    enum source source;
    int cell;
} columns[] = {
    {"id", OF_FINDING, CELL_ID},
    {"rule_id", OF_FINDING, CELL_RULE_ID},
    {"rule", OF_FINDING, CELL_RULE},
    {"severity", OF_FINDING, CELL_SEVERITY},
    {"risk_score", OF_FINDING, CELL_RISK_SCORE},
    {"basis", OF_FINDING, CELL_BASIS},
    {"host", OF_FINDING, CELL_HOST},
    {"first_time", OF_FINDING, CELL_FIRST_TIME},
    {"last_time", OF_FINDING, CELL_LAST_TIME},
    {"span_ms", OF_FINDING, CELL_SPAN},
    {"events", OF_FINDING, CELL_EVENTS},
    {"event_id", OF_LAST, CELL_EVENT_ID},
    {"action", OF_LAST, CELL_ACTION},
    {"user", OF_LAST, SUMMARY_USER},
    {"process", OF_LAST, SUMMARY_PROCESS},
    {"pid", OF_LAST, SUMMARY_PID},
    {"process_guid", OF_LAST, SUMMARY_GUID},
    {"command_line", OF_LAST, SUMMARY_COMMAND_LINE},
    {"parent", OF_LAST, SUMMARY_PARENT},
    {"parent_pid", OF_LAST, SUMMARY_PARENT_PID},
    {"parent_guid", OF_LAST, SUMMARY_PARENT_GUID},
    {"parent_command_line", OF_LAST, SUMMARY_PARENT_COMMAND_LINE},
    {"target", OF_LAST, CELL_TARGET},
    {"original_file_name", OF_LAST, SUMMARY_ORIGINAL_FILE_NAME},
    {"integrity_level", OF_LAST, SUMMARY_INTEGRITY_LEVEL},
    {"logon_id", OF_LAST, SUMMARY_LOGON_ID},
    {"hashes", OF_LAST, SUMMARY_HASHES},
    {"current_directory", OF_LAST, SUMMARY_CURRENT_DIRECTORY},
    {"sysmon_rule", OF_LAST, SUMMARY_SYSMON_RULE},
    {"first_event_id", OF_FIRST, CELL_EVENT_ID},
    {"first_action", OF_FIRST, CELL_ACTION},
    {"first_user", OF_FIRST, SUMMARY_USER},
    {"first_process", OF_FIRST, SUMMARY_PROCESS},
    {"first_pid", OF_FIRST, SUMMARY_PID},
    {"first_guid", OF_FIRST, SUMMARY_GUID},
    {"first_command_line", OF_FIRST, SUMMARY_COMMAND_LINE},
    {"first_target", OF_FIRST, CELL_TARGET},
    {"records", OF_FINDING, CELL_RECORDS},
    {"files", OF_FINDING, CELL_FILES},
    {"recovered", OF_FINDING, CELL_RECOVERED},
    {"tactics", OF_FINDING, CELL_TACTICS},
    {"techniques", OF_FINDING, CELL_TECHNIQUES},
};

enum { COLUMN_COUNT = sizeof columns / sizeof *columns };

void csv_add_header(struct buffer *out) {
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        buffer_add_text(out, i == 0 ? "" : ",");
        buffer_add_text(out, columns[i].name);
    }
    buffer_add_byte(out, '\n');
}

void csv_add_finding(struct buffer *out, const struct finding *finding, bool raw) {
    const struct summary first = summary_of(finding, 0);
    const struct summary last = summary_of(finding, finding->event_count - 1);
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        const struct column *column = &columns[i];
        buffer_add_text(out, i == 0 ? "" : ",");
        switch (column->source) {
        case OF_FINDING:
            cells_add_finding(out, finding, (enum finding_cell)column->cell, raw);
            break;
        case OF_LAST:
            cells_add_event(out, &last, column->cell, raw);
            break;
        case OF_FIRST:
            if (finding->event_count > 1) {
                cells_add_event(out, &first, column->cell, raw);
            }
            break;
        }
    }
    buffer_add_byte(out, '\n');
}
