// SPDX-License-Identifier: GPL-3.0-or-later
#include "scan/counter.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/utf8.h"
#include "scan/message.h"

struct counter {
    const struct chunk *chunk;
    struct coverage_rows rows;
    // The row of the last record's host, and Computer as it stands there: most records are of one
    // host, and often the very text is, which the template holds.
    struct coverage_row *row;
    struct value computer;
    struct buffer name;
};

struct counter *counter_new(void) {
    return calloc(1, sizeof(struct counter));
}

void counter_free(struct counter *counter) {
    if (counter != NULL) {
        buffer_free(&counter->name);
        free(counter);
    }
}

static void forget_rows(struct counter *counter) {
    counter->rows.count = 0;
    counter->row = NULL;
}

void counter_start(struct counter *counter, const struct chunk *chunk) {
    counter->chunk = chunk;
    forget_rows(counter);
}

bool counter_asks_values(uint16_t event_id) {
    return event_id == 1;
}

// Hosts

void counter_send(struct coverage_rows *rows, struct buffer *out) {
    // They may have been left by a process that a log had taken over.
    for (uint32_t i = 0; i < rows->count && i < COVERAGE_ROWS_MAX; i++) {
        message_add(out, MESSAGE_COVERAGE, &rows->rows[i], sizeof rows->rows[i]);
    }
    rows->count = 0;
}

// The name of a host, cut after the last character that there is room for.
static void cut_name(struct text name, char host[COVERAGE_HOST_SIZE]) {
    size_t size = 0;
    uint32_t character = 0;
    while (size < name.size) {
        size_t taken = utf8_read(name.data + size, name.size - size, &character);
        if (taken == 0 || size + taken >= COVERAGE_HOST_SIZE) {
            break;
        }
        size += taken;
    }
    memcpy(host, name.data == NULL ? "" : name.data, size);
    host[size] = '\0';
}

static struct coverage_row *row_of(struct counter *counter, struct text name, struct buffer *out) {
    char host[COVERAGE_HOST_SIZE];
    cut_name(name, host);
    struct coverage_row *row = coverage_rows_find(&counter->rows, host);
    if (row == NULL) {
        counter_send(&counter->rows, out);
        forget_rows(counter);
        row = coverage_rows_find(&counter->rows, host);
    }
    return row;
}

static bool is_last_computer(const struct counter *counter, const struct value *value) {
    const struct value *last = &counter->computer;
    return counter->row != NULL && last->type == value->type && last->size == value->size &&
           last->is_literal == value->is_literal &&
           (last->bytes == value->bytes || memcmp(last->bytes, value->bytes, value->size) == 0);
}

static struct coverage_row *row_of_view(struct counter *counter, const struct view *view,
                                        struct buffer *out) {
    struct value value;
    bool is_one = view_system(view, SYSTEM_COMPUTER, &value);
    if (is_one && is_last_computer(counter, &value)) {
        return counter->row;
    }
    struct buffer *name = &counter->name;
    buffer_clear(name);
    bool is_there = view_add_system(view, SYSTEM_COMPUTER, name) && !name->failed &&
                    !event_is_missing(name->data, name->size);
    const struct text text = {name->data, name->size};
    struct coverage_row *row = row_of(counter, is_there ? text : (struct text){0}, out);
    counter->computer = value;
    counter->row = is_one ? row : NULL;
    return row;
}

static struct coverage_row *find_row(struct counter *counter, const struct counted *counted,
                                     struct buffer *out) {
    const struct event *event = counted->subject == NULL ? NULL : counted->subject->event;
    if (event != NULL) {
        return row_of(counter, event_part(event, DATA_COMPUTER, PART_WHOLE), out);
    }
    return counted->view != NULL ? row_of_view(counter, counted->view, out)
                                 : row_of(counter, (struct text){0}, out);
}

// Records

static bool is_nameless(const struct counted *counted) {
    return counted->id == 1 && counted->subject != NULL &&
           !subject_has(counted->subject, DATA_ORIGINAL_FILE_NAME);
}

void counter_add(struct counter *counter, const struct record *record,
                 const struct counted *counted, struct buffer *out) {
    struct coverage_counts *counts = &find_row(counter, counted, out)->counts;
    counts->recovered += record->recovered;
    counts->records += !record->recovered;
    uint64_t written = bytes_u64(counter->chunk->data + record->offset + 16);
    if (!record->damaged && written > 0) { // remains may have lost it
        counts->first = written < counts->first ? written : counts->first;
        counts->last = written > counts->last ? written : counts->last;
    }
    if (counted->is_sysmon) {
        counts->has_sysmon = 1;
        counts->events[coverage_event(counted->id)]++;
        counts->nameless += is_nameless(counted);
        counts->machine = coverage_same_machine(counts->machine, counted->machine);
        counts->libraries |= counted->libraries;
    }
}

void counter_finish(struct counter *counter, struct coverage_rows *rows, struct buffer *out) {
    for (uint32_t i = 0; i < counter->rows.count; i++) {
        if (!coverage_rows_add(rows, &counter->rows.rows[i])) {
            counter_send(rows, out);
            (void)coverage_rows_add(rows, &counter->rows.rows[i]);
        }
    }
    forget_rows(counter);
}
