// SPDX-License-Identifier: GPL-3.0-or-later
// One cell of CSV, quoted as RFC 4180 has it.
#ifndef EVTXSEQ_CSV_CELL_H
#define EVTXSEQ_CSV_CELL_H

#include <stdbool.h>

#include "base/buffer.h"

// Adds a cell: the text, in quotation marks where it needs them; bytes that are not UTF-8 as \xHH.
// Unless `raw`, one that a spreadsheet would run as a formula gets a leading apostrophe.
void csv_add_cell(struct buffer *out, const char *text, bool raw);

// The same of what a buffer holds, which is freed.
void csv_add_buffer(struct buffer *out, struct buffer *text, bool raw);

#endif
