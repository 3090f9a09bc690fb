// SPDX-License-Identifier: GPL-3.0-or-later
// The cells that tables of findings are made of, as csv_cell.h has them. A value that is missing is
// an empty cell; several are joined by semicolons.
#ifndef EVTXSEQ_CELLS_H
#define EVTXSEQ_CELLS_H

#include <stdbool.h>

#include "base/buffer.h"
#include "match/findings.h"
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

void cells_add_finding(struct buffer *out, const struct finding *finding, enum finding_cell cell,
                       bool raw);

// What an event's cell holds: a summary_item, or one of these.
enum event_cell {
    CELL_EVENT_ID = SUMMARY_ITEM_COUNT,
    CELL_ACTION,
    CELL_TARGET,
    CELL_RECORD,
    CELL_FILE,
    CELL_EVENT_RECOVERED,
};

void cells_add_event(struct buffer *out, const struct summary *summary, int cell, bool raw);

#endif
