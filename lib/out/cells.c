// SPDX-License-Identifier: GPL-3.0-or-later
// The cells that tables of findings are made of.
#include "out/cells.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/timestamp.h"
#include "out/csv_cell.h"

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
        buffer_printf(out, "%s%" PRIu64, i == 0 ? "" : ";", finding->events[i]->event->record_id);
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
        buffer_printf(out, "%" PRId64, finding->span);
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
        buffer_printf(out, "%d", rule->risk_score);
        break;
    default:
        add_attacks(out, rule, cell, raw);
        break;
    }
}

static void add_finding_cell(struct buffer *out, const struct finding *finding,
                             enum finding_cell cell, bool raw) {
    const struct stage_event *last = finding_last(finding);
    switch (cell) {
    case CELL_ID:
        buffer_printf(out, "%016" PRIx64, finding->id);
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
        buffer_printf(out, "%zu", finding->event_count);
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
        buffer_printf(out, "%u", event->event->id);
        break;
    case CELL_ACTION:
        add_text(out, summary_action(event->event->id, summary->kind), raw);
        break;
    case CELL_TARGET:
        summary_add_target(&target, event->event);
        csv_add_buffer(out, &target, raw);
        break;
    case CELL_RECORD:
        buffer_printf(out, "%" PRIu64, event->event->record_id);
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

void cells_add_names(struct buffer *out, const struct cell_column *columns, size_t count) {
    for (size_t i = 0; i < count; i++) {
        buffer_add_text(out, i == 0 ? "" : ",");
        buffer_add_text(out, columns[i].name);
    }
}

void cells_add_row(struct buffer *out, const struct cell_column *columns, size_t count,
                   const struct finding *finding, size_t event, bool raw) {
    const struct summary first = summary_of(finding, 0);
    const struct summary asked = summary_of(finding, event);
    for (size_t i = 0; i < count; i++) {
        int cell = columns[i].cell;
        buffer_add_text(out, i == 0 ? "" : ",");
        switch (columns[i].source) {
        case OF_FINDING:
            add_finding_cell(out, finding, (enum finding_cell)cell, raw);
            break;
        case OF_EVENT:
            add_event_cell(out, &asked, cell, raw);
            break;
        case OF_FIRST:
            if (finding->event_count > 1) {
                add_event_cell(out, &first, cell, raw);
            }
            break;
        case OF_ROW:
            buffer_printf(out, "%zu", event + 1);
            break;
        }
    }
}
