// SPDX-License-Identifier: GPL-3.0-or-later
// Reads CSV as RFC 4180 has it, with LF or CRLF line ends.
#ifndef EVTXSEQ_TESTS_CSV_TABLE_H
#define EVTXSEQ_TESTS_CSV_TABLE_H

#include <stddef.h>

struct csv_row {
    char **cells;
    size_t count;
};

struct csv_table {
    struct csv_row *rows; // the header first
    size_t count;
};

// NULL, with *problem set to a text, if it is not well-formed. csv_table_free releases the result.
struct csv_table *csv_table_read(const char *text, size_t size, const char **problem);
void csv_table_free(struct csv_table *csv);

#endif
