// SPDX-License-Identifier: GPL-3.0-or-later
// The cells that tables of findings are made of, as csv_cell.h has them. A value that is missing is
// an empty cell; several are joined by semicolons.
#ifndef EVTXSEQ_CELLS_H
#define EVTXSEQ_CELLS_H

#include <stdbool.h>

#include "base/buffer.h"
#include "match/findings.h"

// The tables: each finding is a row, or each event of one.
enum cell_table { TABLE_CSV = 1, TABLE_TIMESKETCH = 2 };

// The names of the table's columns, and the cells of its row about an event of a finding, by its
// number. Commas stand between them.
void cells_add_names(struct buffer *out, enum cell_table table);
void cells_add_row(struct buffer *out, enum cell_table table, const struct finding *finding,
                   size_t event, bool raw);

#endif
