// SPDX-License-Identifier: GPL-3.0-or-later
#include "csv_table.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "xmem.h"

struct cursor {
    const char *at;
    const char *end;
};

static void add_row(struct csv_table *csv) {
    csv->rows = xgrow(csv->rows, csv->count, sizeof *csv->rows);
    memset(&csv->rows[csv->count++], 0, sizeof *csv->rows);
}

static void add_cell(struct csv_table *csv, char *cell) {
    struct csv_row *row = &csv->rows[csv->count - 1];
    row->cells = xgrow(row->cells, row->count, sizeof *row->cells);
    row->cells[row->count++] = cell;
}

// A cell in quotes; NULL if they are not closed. Doubled quotes mean one.
static char *read_quoted(struct cursor *cursor) {
    char *cell = xmalloc((size_t)(cursor->end - cursor->at));
    char *out = cell;
    cursor->at++;
    while (cursor->at < cursor->end) {
        if (*cursor->at == '"') {
            cursor->at++;
            if (cursor->at == cursor->end || *cursor->at != '"') {
                *out = '\0';
                return cell;
            }
        }
        *out++ = *cursor->at++;
    }
    free(cell);
    return NULL;
}

static char *read_plain(struct cursor *cursor) {
    const char *begun = cursor->at;
    while (cursor->at < cursor->end && !strchr(",\r\n\"", *cursor->at)) {
        cursor->at++;
    }
    return xstrndup(begun, (size_t)(cursor->at - begun));
}

// Moves past a separator. True if another cell of the row follows.
static bool more_cells(struct cursor *cursor, const char **problem) {
    if (cursor->at < cursor->end && *cursor->at == ',') {
        cursor->at++;
        return true;
    }
    if (cursor->at < cursor->end && *cursor->at == '\r') {
        cursor->at++;
    }
    if (cursor->at == cursor->end || *cursor->at != '\n') {
        *problem = "a cell is not followed by a comma or the line's end";
    } else {
        cursor->at++;
    }
    return false;
}

static void read_row(struct csv_table *csv, struct cursor *cursor, const char **problem) {
    add_row(csv);
    do {
        bool quoted = cursor->at < cursor->end && *cursor->at == '"';
        char *cell = quoted ? read_quoted(cursor) : read_plain(cursor);
        if (!cell) {
            *problem = "a quotation mark is not closed";
            return;
        }
        add_cell(csv, cell);
    } while (more_cells(cursor, problem));
    if (!*problem && csv->rows[csv->count - 1].count != csv->rows[0].count) {
        *problem = "a row has another number of cells than the header";
    }
}

struct csv_table *csv_table_read(const char *text, size_t size, const char **problem) {
    struct csv_table *csv = xcalloc(1, sizeof *csv);
    struct cursor cursor = {text, text + size};
    *problem = NULL;
    while (cursor.at < cursor.end && !*problem) {
        read_row(csv, &cursor, problem);
    }
    if (!*problem && csv->count == 0) {
        *problem = "there is no header";
    }
    if (!*problem) {
        return csv;
    }
    csv_table_free(csv);
    return NULL;
}

void csv_table_free(struct csv_table *csv) {
    for (size_t i = 0; i < csv->count; i++) {
        for (size_t j = 0; j < csv->rows[i].count; j++) {
            free(csv->rows[i].cells[j]);
        }
        free(csv->rows[i].cells);
    }
    free(csv->rows);
    free(csv);
}
