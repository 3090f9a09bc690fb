// SPDX-License-Identifier: GPL-3.0-or-later
#include "out/csv.h"

#include "out/cells.h"

void csv_add_header(struct buffer *out) {
    cells_add_names(out, TABLE_CSV);
    buffer_add_byte(out, '\n');
}

void csv_add_finding(struct buffer *out, const struct finding *finding, bool raw) {
    cells_add_row(out, TABLE_CSV, finding, finding->event_count - 1, raw);
    buffer_add_byte(out, '\n');
}
