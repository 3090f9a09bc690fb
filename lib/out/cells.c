// SPDX-License-Identifier: GPL-3.0-or-later
#include "out/cells.h"

#include <stdlib.h>
#include <string.h>

#include "base/timestamp.h"
#include "out/csv_cell.h"
#include "out/summary.h"

enum finding_cell {
    CELL_ID,
    CELL_RULE_ID,
    CELL_RULE,
    CELL_SEVERITY,
    CELL_RISK_SCORE,
    CELL_BASIS,
    CELL_HOST,
    CELL_FIRST_TIME, // empty for a finding of one event, and so is the span
    CELL_LAST_TIME,
    CELL_SPAN,
    CELL_EVENTS,    // how many
    CELL_RECORDS,   // one an event, in their order
    CELL_FILES,     // each once, sorted
    CELL_RECOVERED, // "yes" or "no"
    CELL_TACTICS,
    CELL_TECHNIQUES,
};

// What an event's cell holds: a summary_item, or one of these.
enum event_cell {
    CELL_EVENT_ID = SUMMARY_ITEM_COUNT,
    CELL_ACTION,
    CELL_TARGET,
    CELL_RECORD,
    CELL_FILE,
    CELL_EVENT_RECOVERED,
};

enum cell_source {
    OF_FINDING, // a finding_cell
    OF_EVENT,   // an event_cell or summary_item of the row's event
    OF_FIRST,   // the same of the finding's first event; empty where that is the only one
    OF_ROW,     // the number of the row's event in the finding, from 1
};

struct cell_column {
    const char *name;
    enum cell_source source;
    int cell;
    int tables; // that have it
};

enum { TABLE_BOTH = TABLE_CSV | TABLE_TIMESKETCH };

static void add_text(struct buffer *out, const char *text, bool raw) {
    if (text != NULL) {
        csv_add_cell(out, text, raw);
    }
}

static void add_time(struct buffer *out, int64_t time) {
    char text[TIMESTAMP_TEXT_SIZE];
    timestamp_format(time, text);
    buffer_add_text(out, text);
}

// Lists

static void add_records(struct buffer *out, const struct finding *finding) {
    for (size_t i = 0; i < finding->event_count; i++) {
        buffer_add_text(out, i == 0 ? "" : ";");
        buffer_add_number(out, finding->events[i]->event->record_id);
    }
}

// Every input in which one of the events was seen.
static void add_files(struct buffer *out, const struct finding *finding, bool raw) {
    struct sightings *all = NULL;
    struct buffer text = {0};
    for (size_t i = 0; i < finding->event_count && !text.failed; i++) {
        const struct stage_event *event = finding->events[i];
        text.failed = !sightings_add(&all, event->path) || !sightings_merge(&all, event->sightings);
    }
    sightings_sort(all);
    for (size_t i = 0; i < sightings_count(all); i++) {
        buffer_add_text(&text, i == 0 ? "" : ";");
        buffer_add_text(&text, all->paths[i]);
    }
    free(all);
    csv_add_buffer(out, &text, raw);
}

// The ID that an ATT&CK entry has for the cell; NULL for none.
static const char *attack_id(const struct rule_attack *attack, enum finding_cell cell) {
    if (cell == CELL_TACTICS) {
        return attack->tactic.id;
    }
    return attack->subtechnique.id != NULL ? attack->subtechnique.id : attack->technique.id;
}

static bool is_repeated(const struct rule_text *rule, size_t attack, enum finding_cell cell) {
    const char *id = attack_id(&rule->attacks[attack], cell);
    for (size_t i = 0; i < attack; i++) {
        const char *other = attack_id(&rule->attacks[i], cell);
        if (other != NULL && strcmp(other, id) == 0) {
            return true;
        }
    }
    return false;
}

static void add_attacks(struct buffer *out, const struct rule_text *rule, enum finding_cell cell,
                        bool raw) {
    struct buffer text = {0};
    for (size_t i = 0; i < rule->attack_count; i++) {
        const char *id = attack_id(&rule->attacks[i], cell);
        if (id != NULL && !is_repeated(rule, i, cell)) {
            buffer_add_text(&text, text.size == 0 ? "" : ";");
            buffer_add_text(&text, id);
        }
    }
    csv_add_buffer(out, &text, raw);
}

// Findings

static void add_sequence_cell(struct buffer *out, const struct finding *finding,
                              enum finding_cell cell) {
    if (finding->event_count == 1) {
        return;
    }
    if (cell == CELL_FIRST_TIME) {
        add_time(out, finding->events[0]->time);
    } else {
        buffer_add_number(out, (uint64_t)finding->span);
    }
}

static void add_rule_cell(struct buffer *out, const struct rule_text *rule, enum finding_cell cell,
                          bool raw) {
    switch (cell) {
    case CELL_RULE_ID:
        add_text(out, rule->id, raw);
        break;
    case CELL_RULE:
        add_text(out, rule->name, raw);
        break;
    case CELL_SEVERITY:
        buffer_add_text(out, rule_severity_name(rule->severity));
        break;
    case CELL_RISK_SCORE:
        buffer_add_number(out, (uint64_t)rule->risk_score);
        break;
    default:
        add_attacks(out, rule, cell, raw);
        break;
    }
}

static void add_finding_cell(struct buffer *out, const struct finding *finding,
                             enum finding_cell cell, bool raw) {
    const struct stage_event *last = finding_last(finding);
    char id[FINDING_ID_SIZE];
    switch (cell) {
    case CELL_ID:
        finding_write_id(finding, id);
        buffer_add_text(out, id);
        break;
    case CELL_BASIS:
        buffer_add_text(out, match_basis_name(finding->basis));
        break;
    case CELL_HOST:
        add_text(out, event_value(last->event, DATA_COMPUTER), raw);
        break;
    case CELL_FIRST_TIME:
    case CELL_SPAN:
        add_sequence_cell(out, finding, cell);
        break;
    case CELL_LAST_TIME:
        add_time(out, last->time);
        break;
    case CELL_EVENTS:
        buffer_add_number(out, finding->event_count);
        break;
    case CELL_RECORDS:
        add_records(out, finding);
        break;
    case CELL_FILES:
        add_files(out, finding, raw);
        break;
    case CELL_RECOVERED:
        buffer_add_text(out, finding_is_recovered(finding) ? "yes" : "no");
        break;
    default:
        add_rule_cell(out, finding->rule->text, cell, raw);
        break;
    }
}

// Events

static void add_event_cell(struct buffer *out, const struct summary *summary, int cell, bool raw) {
    const struct stage_event *event = summary->event;
    struct buffer target = {0};
    switch (cell) {
    case CELL_EVENT_ID:
        buffer_add_number(out, event->event->id);
        break;
    case CELL_ACTION:
        add_text(out, summary_action(event->event->id, summary->kind), raw);
        break;
    case CELL_TARGET:
        summary_add_target(&target, event->event);
        csv_add_buffer(out, &target, raw);
        break;
    case CELL_RECORD:
        buffer_add_number(out, event->event->record_id);
        break;
    case CELL_FILE:
        add_text(out, event->path, raw);
        break;
    case CELL_EVENT_RECOVERED:
        buffer_add_text(out, event->recovered ? "yes" : "no");
        break;
    default:
        add_text(out, summary_value(summary, (enum summary_item)cell), raw);
        break;
    }
}

// Rows

static const struct cell_column columns[] = {
    {"id", OF_FINDING, CELL_ID, TABLE_BOTH},
    {"rule_id", OF_FINDING, CELL_RULE_ID, TABLE_BOTH},
    {"rule", OF_FINDING, CELL_RULE, TABLE_BOTH},
    {"severity", OF_FINDING, CELL_SEVERITY, TABLE_BOTH},
    {"risk_score", OF_FINDING, CELL_RISK_SCORE, TABLE_BOTH},
    {"basis", OF_FINDING, CELL_BASIS, TABLE_BOTH},
    {"host", OF_FINDING, CELL_HOST, TABLE_BOTH},
    {"first_time", OF_FINDING, CELL_FIRST_TIME, TABLE_CSV},
    {"last_time", OF_FINDING, CELL_LAST_TIME, TABLE_CSV},
    {"span_ms", OF_FINDING, CELL_SPAN, TABLE_BOTH},
    {"event", OF_ROW, 0, TABLE_TIMESKETCH},
    {"events", OF_FINDING, CELL_EVENTS, TABLE_BOTH},
    {"event_id", OF_EVENT, CELL_EVENT_ID, TABLE_BOTH},
    {"action", OF_EVENT, CELL_ACTION, TABLE_BOTH},
    {"user", OF_EVENT, SUMMARY_USER, TABLE_BOTH},
    {"process", OF_EVENT, SUMMARY_PROCESS, TABLE_BOTH},
    {"pid", OF_EVENT, SUMMARY_PID, TABLE_BOTH},
    {"process_guid", OF_EVENT, SUMMARY_GUID, TABLE_BOTH},
    {"command_line", OF_EVENT, SUMMARY_COMMAND_LINE, TABLE_BOTH},
    {"parent", OF_EVENT, SUMMARY_PARENT, TABLE_BOTH},
    {"parent_pid", OF_EVENT, SUMMARY_PARENT_PID, TABLE_BOTH},
    {"parent_guid", OF_EVENT, SUMMARY_PARENT_GUID, TABLE_BOTH},
    {"parent_command_line", OF_EVENT, SUMMARY_PARENT_COMMAND_LINE, TABLE_BOTH},
    {"target", OF_EVENT, CELL_TARGET, TABLE_BOTH},
    {"original_file_name", OF_EVENT, SUMMARY_ORIGINAL_FILE_NAME, TABLE_BOTH},
    {"integrity_level", OF_EVENT, SUMMARY_INTEGRITY_LEVEL, TABLE_BOTH},
    {"logon_id", OF_EVENT, SUMMARY_LOGON_ID, TABLE_BOTH},
    {"hashes", OF_EVENT, SUMMARY_HASHES, TABLE_BOTH},
    {"current_directory", OF_EVENT, SUMMARY_CURRENT_DIRECTORY, TABLE_BOTH},
    {"sysmon_rule", OF_EVENT, SUMMARY_SYSMON_RULE, TABLE_BOTH},
    {"first_event_id", OF_FIRST, CELL_EVENT_ID, TABLE_CSV},
    {"first_action", OF_FIRST, CELL_ACTION, TABLE_CSV},
    {"first_user", OF_FIRST, SUMMARY_USER, TABLE_CSV},
    {"first_process", OF_FIRST, SUMMARY_PROCESS, TABLE_CSV},
    {"first_pid", OF_FIRST, SUMMARY_PID, TABLE_CSV},
    {"first_guid", OF_FIRST, SUMMARY_GUID, TABLE_CSV},
    {"first_command_line", OF_FIRST, SUMMARY_COMMAND_LINE, TABLE_CSV},
    {"first_target", OF_FIRST, CELL_TARGET, TABLE_CSV},
    {"records", OF_FINDING, CELL_RECORDS, TABLE_CSV},
    {"files", OF_FINDING, CELL_FILES, TABLE_CSV},
    {"recovered", OF_FINDING, CELL_RECOVERED, TABLE_CSV},
    {"record", OF_EVENT, CELL_RECORD, TABLE_TIMESKETCH},
    {"file", OF_EVENT, CELL_FILE, TABLE_TIMESKETCH},
    {"recovered", OF_EVENT, CELL_EVENT_RECOVERED, TABLE_TIMESKETCH},
    {"tactics", OF_FINDING, CELL_TACTICS, TABLE_BOTH},
    {"techniques", OF_FINDING, CELL_TECHNIQUES, TABLE_BOTH},
};

enum { COLUMN_COUNT = sizeof columns / sizeof *columns };

void cells_add_names(struct buffer *out, enum cell_table table) {
    const char *comma = "";
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        if ((columns[i].tables & (int)table) != 0) {
            buffer_add_text(out, comma);
            buffer_add_text(out, columns[i].name);
            comma = ",";
        }
    }
}

static void add_cell(struct buffer *out, const struct cell_column *column,
                     const struct finding *finding, size_t event, bool raw) {
    struct summary summary;
    switch (column->source) {
    case OF_FINDING:
        add_finding_cell(out, finding, (enum finding_cell)column->cell, raw);
        break;
    case OF_EVENT:
        summary = summary_of(finding, event);
        add_event_cell(out, &summary, column->cell, raw);
        break;
    case OF_FIRST:
        if (finding->event_count > 1) {
            summary = summary_of(finding, 0);
            add_event_cell(out, &summary, column->cell, raw);
        }
        break;
    case OF_ROW:
        buffer_add_number(out, event + 1);
        break;
    }
}

void cells_add_row(struct buffer *out, enum cell_table table, const struct finding *finding,
                   size_t event, bool raw) {
    const char *comma = "";
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        if ((columns[i].tables & (int)table) != 0) {
            buffer_add_text(out, comma);
            add_cell(out, &columns[i], finding, event, raw);
            comma = ",";
        }
    }
}
