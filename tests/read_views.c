// SPDX-License-Identifier: GPL-3.0-or-later
// read-views LOG: opens the view of every record and looks at every character of its string values,
// and does nothing else, as tools/bench.py measures it.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/bytes.h"
#include "evtx/binxml.h"
#include "evtx/chunk.h"
#include "evtx/view.h"
#include "rules/event_view.h"
#include "xmem.h"

enum { LOG_HEADER = 4096 };

struct tally {
    size_t records, opened;
    uint64_t sum; // of all characters, so that they are looked at
};

static uint64_t sum_of(const struct value *value) {
    uint64_t sum = 0;
    for (size_t i = 0; i + 2 <= value->size; i += 2) {
        sum += bytes_u16(value->bytes + i);
    }
    return sum;
}

static void read_record(struct view *view, struct definitions *definitions,
                        const struct chunk *chunk, const struct record *record,
                        struct tally *tally) {
    struct value value;
    tally->records++;
    if (!view_open(view, definitions, chunk->data, record) || !view_open_data(view, definitions)) {
        return;
    }
    tally->opened++;
    for (size_t i = 0; i < view_item_count(view); i++) {
        if (view_value(view, view_item(view, i), &value) && value.type == TYPE_STRING) {
            tally->sum += sum_of(&value);
        }
    }
}

static void read_log(int log, struct definitions *definitions, struct tally *tally) {
    static uint8_t bytes[CHUNK_SIZE];
    static struct chunk chunk;
    static struct view view;
    off_t at = LOG_HEADER;
    for (; pread(log, bytes, sizeof bytes, at) == (ssize_t)sizeof bytes; at += CHUNK_SIZE) {
        chunk_survey(&chunk, bytes, (uint64_t)at);
        definitions_start(definitions, chunk.data);
        for (size_t i = 0; i < chunk.record_count; i++) {
            read_record(&view, definitions, &chunk, &chunk.records[i], tally);
        }
    }
}

int main(int argc, char **argv) {
    struct tally tally = {0};
    struct names *names = event_view_names();
    struct definitions *definitions = names == NULL ? NULL : definitions_new(names);
    int log = argc == 2 ? open(argv[1], O_RDONLY) : -1;
    if (definitions == NULL || log < 0) {
        die("usage: read-views LOG");
    }
    read_log(log, definitions, &tally);
    printf("%zu records, %zu opened, sum %llu\n", tally.records, tally.opened,
           (unsigned long long)tally.sum);
    (void)close(log);
    definitions_free(definitions);
    names_free(names);
    return tally.opened == tally.records ? EXIT_SUCCESS : EXIT_FAILURE;
}
