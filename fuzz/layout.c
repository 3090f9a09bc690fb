// SPDX-License-Identifier: GPL-3.0-or-later
// Fuzz target: a chunk's survey, and the layout of its records. The input is a chunk.
#include "layout.h"

#include "fuzz.h"

static void check_records(const struct chunk *chunk) {
    uint64_t end = CHUNK_HEADER_SIZE;
    must(chunk->record_count <= CHUNK_RECORDS_MAX);
    for (size_t i = 0; i < chunk->record_count; i++) {
        const struct record *record = &chunk->records[i];
        must(record_in_range(record->offset, record->size) && record->offset >= end);
        end = record->offset + record->size;
    }
}

static void check_layout(const struct layout *layout, const struct record *record) {
    size_t end = record->offset + record->size;
    must(layout->body_count <= LAYOUT_NESTING_MAX && layout->link_count == layout->body_count &&
         layout->string_count <= LAYOUT_STRINGS_MAX);
    for (size_t i = 0; i < layout->body_count; i++) {
        const struct layout_link *link = &layout->links[i];
        must(link->offset > record->offset && link->offset + 4 <= end);
        must(link->is_gone ||
             (link->definition == layout->bodies[i].offset && link->definition <= CHUNK_SIZE - 24));
        must(link->is_gone || layout->bodies[i].size <= CHUNK_SIZE - link->definition);
    }
    for (size_t i = 0; i < layout->string_count; i++) {
        const struct layout_string *string = &layout->strings[i];
        must(string->offset > record->offset && string->size <= end - string->offset);
    }
}

// What has been remembered of other records must not change what is read of this one.
static void check_cache(const uint8_t *chunk, const struct record *record,
                        const struct layout *layout) {
    static struct layout_cache cache;
    static struct layout again;
    layout_cache_clear(&cache);
    layout_read_id(&cache, chunk, record, &again);
    must(again.has_event_id == layout->has_event_id &&
         (!again.has_event_id || again.event_id == layout->event_id));
    layout_read_content(&cache, chunk, record, &again);
    must(again.plain == layout->plain && again.body_count == layout->body_count &&
         again.string_count == layout->string_count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static uint8_t bytes[CHUNK_SIZE];
    static struct chunk chunk;
    static struct layout_cache cache;
    static struct layout layout;
    fill_chunk(bytes, data, size);
    chunk_survey(&chunk, bytes, 0);
    check_records(&chunk);
    layout_cache_clear(&cache);
    for (size_t i = 0; i < chunk.record_count; i++) {
        const struct record *record = &chunk.records[i];
        layout_read_id(&cache, bytes, record, &layout);
        layout_read_content(&cache, bytes, record, &layout);
        check_layout(&layout, record);
        check_cache(bytes, record, &layout);
    }
    return 0;
}
