// SPDX-License-Identifier: GPL-3.0-or-later
// Fuzz target: how a record is laid out, and the view of it, without libevtx. What they give must
// lie in the chunk, and not depend on what was read before. The input is a chunk.
#include "evtx/layout.h"

#include "evtx/view.h"
#include "fuzz.h"
#include "rules/event_view.h"

struct target {
    uint8_t bytes[CHUNK_SIZE];
    struct chunk chunk;
    struct names *names;
    struct definitions *definitions;
    struct definitions *fresh; // started anew for each record
    struct layout layout;
    struct view view;
    struct event_draft draft;
};

static void check_texts(const struct target *target, const struct run *run) {
    static struct piece texts[64];
    size_t count = definition_texts(target->bytes, run, texts, sizeof texts / sizeof *texts);
    for (size_t i = 0; i < count; i++) {
        must(texts[i].offset <= CHUNK_SIZE && texts[i].size <= CHUNK_SIZE - texts[i].offset);
    }
}

static void check_layout(struct target *target, const struct record *record) {
    struct layout *layout = &target->layout;
    layout_read(layout, target->definitions, target->bytes, record);
    must(layout->run_count <= LAYOUT_NESTING_MAX && layout->link_count <= LAYOUT_NESTING_MAX);
    for (size_t i = 0; i < layout->run_count; i++) {
        must(layout->runs[i].size == 0 ||
             (layout->runs[i].offset <= CHUNK_SIZE &&
              layout->runs[i].size <= CHUNK_SIZE - layout->runs[i].offset));
        check_texts(target, &layout->runs[i]);
    }
    for (size_t i = 0; i < layout->string_count; i++) {
        must(layout->strings[i].offset + layout->strings[i].size <=
             record->offset + record->size - 4);
    }
}

// The event of the record by its view; NULL where that does not open.
static struct event *read_event(struct target *target, struct definitions *definitions,
                                const struct record *record) {
    const struct event_header header = {0};
    uint16_t id = 0;
    if (!view_open(&target->view, definitions, target->bytes, record) ||
        event_view_identify(&target->view, &id) != EVENT_OK ||
        !view_open_data(&target->view, definitions)) {
        return NULL;
    }
    struct event *event = event_from_view(&target->view, id, &header, &target->draft);
    must(event != NULL && event_is_valid(event, event->size));
    return event;
}

static void check_view(struct target *target, const struct record *record) {
    struct event *event = read_event(target, target->definitions, record);
    definitions_start(target->fresh, target->bytes);
    struct event *again = read_event(target, target->fresh, record);
    must((event == NULL) == (again == NULL));
    must(event == NULL || (event->size == again->size && memcmp(event, again, event->size) == 0));
    free(event);
    free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct target target;
    if (target.names == NULL) {
        target.names = event_view_names();
        target.definitions = definitions_new(target.names);
        target.fresh = definitions_new(target.names);
        must(target.definitions != NULL && target.fresh != NULL);
    }
    fill_chunk(target.bytes, data, size);
    chunk_survey(&target.chunk, target.bytes, 0);
    definitions_start(target.definitions, target.bytes);
    for (size_t i = 0; i < target.chunk.record_count; i++) {
        check_layout(&target, &target.chunk.records[i]);
        check_view(&target, &target.chunk.records[i]);
    }
    return 0;
}
