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

// Each body that is a template's has its link, in the same order.
static void check_bodies(const struct layout *layout, const struct record *record) {
    size_t end = record->offset + record->size;
    size_t links = 0;
    must(layout->body_count <= LAYOUT_NESTING_MAX);
    for (size_t i = 0; i < layout->body_count; i++) {
        const struct layout_body *body = &layout->bodies[i];
        if (body->is_bare) {
            must(body->offset > record->offset && body->size <= end - body->offset);
            continue;
        }
        const struct layout_link *link = &layout->links[links++];
        must(link->offset > record->offset && link->offset + 4 <= end);
        must(link->is_gone ||
             (link->definition == body->offset && link->definition <= CHUNK_SIZE - 24));
        must(link->is_gone || body->size <= CHUNK_SIZE - link->definition);
    }
    must(links == layout->link_count);
}

static void check_texts(const uint8_t *chunk, const struct layout_body *body) {
    static struct layout_string texts[64];
    size_t count = layout_read_texts(chunk, body, texts, sizeof texts / sizeof *texts);
    must(count <= sizeof texts / sizeof *texts);
    for (size_t i = 0; i < count; i++) {
        must(texts[i].offset > body->offset &&
             texts[i].offset + texts[i].size <= body->offset + body->size);
    }
}

static void check_layout(const uint8_t *chunk, const struct layout *layout,
                         const struct record *record) {
    size_t end = record->offset + record->size;
    check_bodies(layout, record);
    for (size_t i = 0; i < layout->body_count; i++) {
        check_texts(chunk, &layout->bodies[i]);
    }
    must(layout->string_count <= LAYOUT_STRINGS_MAX);
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
        check_layout(bytes, &layout, record);
        check_cache(bytes, record, &layout);
    }
    return 0;
}
