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
};

// The names of columns, and the cells of a row about an event of a finding, by its number. Commas
// stand between them.
void cells_add_names(struct buffer *out, const struct cell_column *columns, size_t count);
void cells_add_row(struct buffer *out, const struct cell_column *columns, size_t count,
                   const struct finding *finding, size_t event, bool raw);

#endif
