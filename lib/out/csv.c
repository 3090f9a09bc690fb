// SPDX-License-Identifier: GPL-3.0-or-later
// Findings as CSV.
#include "out/csv.h"

#include "out/cells.h"

static const struct cell_column columns[] = {
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
    cells_add_names(out, columns, COLUMN_COUNT);
    buffer_add_byte(out, '\n');
}

void csv_add_finding(struct buffer *out, const struct finding *finding, bool raw) {
    cells_add_row(out, columns, COLUMN_COUNT, finding, finding->event_count - 1, raw);
    buffer_add_byte(out, '\n');
}
