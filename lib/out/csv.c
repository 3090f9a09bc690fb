// SPDX-License-Identifier: GPL-3.0-or-later
// Findings as CSV.
#include "out/csv.h"

#include <inttypes.h>
#include <string.h>

#include "base/timestamp.h"
#include "match/context.h"
#include "out/csv_cell.h"

enum source {
    FROM_FIELD,  // a field of a stage's event
    FROM_STAGE,  // the event itself: time, record, file
    FROM_FINDING // neither
};

enum stage_cell { CELL_TIME, CELL_RECORD, CELL_FILE };

enum finding_cell {
    CELL_ID,
    CELL_RULE,
    CELL_SEVERITY,
    CELL_RISK_SCORE,
    CELL_BASIS,
    CELL_HOST,
    CELL_SPAN,
    CELL_SCRIPT_COMMAND_LINE,
    CELL_SCRIPT_USER,
    CELL_RECOVERED,
    CELL_TECHNIQUES,
};

struct column {
    const char *name;
    const char *stage; // for FROM_FIELD and FROM_STAGE
    enum source source;
    int what; // event_field, stage_cell or finding_cell
};

static const struct column columns[] = {
    {"id", NULL, FROM_FINDING, CELL_ID},
    {"rule", NULL, FROM_FINDING, CELL_RULE},
    {"severity", NULL, FROM_FINDING, CELL_SEVERITY},
    {"risk_score", NULL, FROM_FINDING, CELL_RISK_SCORE},
    {"basis", NULL, FROM_FINDING, CELL_BASIS},
    {"host", NULL, FROM_FINDING, CELL_HOST},
    {"load_time", "load", FROM_STAGE, CELL_TIME},
    {"start_time", "start", FROM_STAGE, CELL_TIME},
    {"span_ms", NULL, FROM_FINDING, CELL_SPAN},
    {"script_image", "load", FROM_FIELD, DATA_IMAGE},
    {"script_pid", "load", FROM_FIELD, DATA_PROCESS_ID},
    {"script_guid", "load", FROM_FIELD, DATA_PROCESS_GUID},
    {"script_command_line", NULL, FROM_FINDING, CELL_SCRIPT_COMMAND_LINE},
    {"script_user", NULL, FROM_FINDING, CELL_SCRIPT_USER},
    {"library", "load", FROM_FIELD, DATA_IMAGE_LOADED},
    {"library_hashes", "load", FROM_FIELD, DATA_HASHES},
    {"parent_image", "start", FROM_FIELD, DATA_PARENT_IMAGE},
    {"parent_pid", "start", FROM_FIELD, DATA_PARENT_PROCESS_ID},
    {"parent_guid", "start", FROM_FIELD, DATA_PARENT_PROCESS_GUID},
    {"process_image", "start", FROM_FIELD, DATA_IMAGE},
    {"process_pid", "start", FROM_FIELD, DATA_PROCESS_ID},
    {"process_guid", "start", FROM_FIELD, DATA_PROCESS_GUID},
    {"process_command_line", "start", FROM_FIELD, DATA_COMMAND_LINE},
    {"process_user", "start", FROM_FIELD, DATA_USER},
    {"original_file_name", "start", FROM_FIELD, DATA_ORIGINAL_FILE_NAME},
    {"integrity_level", "start", FROM_FIELD, DATA_INTEGRITY_LEVEL},
    {"process_hashes", "start", FROM_FIELD, DATA_HASHES},
    {"current_directory", "start", FROM_FIELD, DATA_CURRENT_DIRECTORY},
    {"load_record", "load", FROM_STAGE, CELL_RECORD},
    {"start_record", "start", FROM_STAGE, CELL_RECORD},
    {"load_file", "load", FROM_STAGE, CELL_FILE},
    {"start_file", "start", FROM_STAGE, CELL_FILE},
    {"recovered", NULL, FROM_FINDING, CELL_RECOVERED},
    {"techniques", NULL, FROM_FINDING, CELL_TECHNIQUES},
};

enum { COLUMN_COUNT = sizeof columns / sizeof *columns };

static void add_value(struct buffer *out, const struct stage_event *event, enum event_data field,
                      bool raw) {
    const char *value = event == NULL ? NULL : event_value(event->event, field);
    if (value != NULL) {
        csv_add_cell(out, value, raw);
    }
}

static void add_stage_cell(struct buffer *out, const struct stage_event *event,
                           enum stage_cell cell, bool raw) {
    char time[TIMESTAMP_TEXT_SIZE];
    if (event == NULL) {
        return;
    }
    switch (cell) {
    case CELL_TIME:
        timestamp_format(event->time, time);
        buffer_add_text(out, time);
        break;
    case CELL_RECORD:
        buffer_printf(out, "%" PRIu64, event->event->record_id);
        break;
    case CELL_FILE:
        csv_add_cell(out, event->path, raw);
        break;
    }
}

static const struct stage_event *script_creation(const struct finding *finding) {
    const struct context_chain *chain = context_chain_of(finding, finding_event(finding, "load"));
    return chain == NULL ? NULL : chain->creation;
}

// Older versions of Sysmon log no user with the load.
static const struct stage_event *script_user_event(const struct finding *finding) {
    const struct stage_event *creation = script_creation(finding);
    return creation != NULL && event_value(creation->event, DATA_USER) != NULL
               ? creation
               : finding_event(finding, "load");
}

static void add_techniques(struct buffer *out, const struct rule *rule) {
    for (size_t i = 0; i < rule->text->attack_count; i++) {
        buffer_printf(out, "%s%s", i == 0 ? "" : ";", rule_attack_id(&rule->text->attacks[i]));
    }
}

static void add_finding_cell(struct buffer *out, const struct finding *finding,
                             enum finding_cell cell, bool raw) {
    const struct rule *rule = finding->rule;
    switch (cell) {
    case CELL_ID:
        buffer_printf(out, "%016" PRIx64, finding->id);
        break;
    case CELL_RULE:
        csv_add_cell(out, rule->text->id, raw);
        break;
    case CELL_SEVERITY:
        csv_add_cell(out, rule_severity_name(rule->text->severity), raw);
        break;
    case CELL_RISK_SCORE:
        buffer_printf(out, "%d", rule->text->risk_score);
        break;
    case CELL_BASIS:
        buffer_add_text(out, match_basis_name(finding->basis));
        break;
    case CELL_HOST:
        add_value(out, finding_last(finding), DATA_COMPUTER, raw);
        break;
    case CELL_SPAN:
        if (finding->event_count > 1) {
            buffer_printf(out, "%" PRId64, finding->span);
        }
        break;
    case CELL_SCRIPT_COMMAND_LINE:
        add_value(out, script_creation(finding), DATA_COMMAND_LINE, raw);
        break;
    case CELL_SCRIPT_USER:
        add_value(out, script_user_event(finding), DATA_USER, raw);
        break;
    case CELL_RECOVERED:
        buffer_add_text(out, finding_recovered(finding));
        break;
    case CELL_TECHNIQUES:
        add_techniques(out, rule);
        break;
    }
}

void csv_add_columns(struct buffer *out) {
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        buffer_printf(out, "%s%s", i == 0 ? "" : ",", columns[i].name);
    }
}

void csv_add_header(struct buffer *out) {
    csv_add_columns(out);
    buffer_add_byte(out, '\n');
}

void csv_add_cells(struct buffer *out, const struct finding *finding, bool raw) {
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        const struct column *column = &columns[i];
        if (i > 0) {
            buffer_add_byte(out, ',');
        }
        switch (column->source) {
        case FROM_FIELD:
            add_value(out, finding_event(finding, column->stage), (enum event_data)column->what,
                      raw);
            break;
        case FROM_STAGE:
            add_stage_cell(out, finding_event(finding, column->stage),
                           (enum stage_cell)column->what, raw);
            break;
        case FROM_FINDING:
            add_finding_cell(out, finding, (enum finding_cell)column->what, raw);
            break;
        }
    }
}

void csv_add_finding(struct buffer *out, const struct finding *finding, bool raw) {
    csv_add_cells(out, finding, raw);
    buffer_add_byte(out, '\n');
}
