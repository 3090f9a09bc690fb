// SPDX-License-Identifier: GPL-3.0-or-later
// Fuzz target: a chunk's survey, and the layout of its records. The input is a chunk.
#include "evtx/layout.h"

#include "fuzz.h"

static const char field[] = "OriginalFileName";

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
    size_t count = layout_body_texts(chunk, body, texts, sizeof texts / sizeof *texts);
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

static void check_source(const uint8_t *chunk, const struct record *record,
                         const struct layout_head *head, const struct layout_source *source) {
    struct layout_value value;
    must(!layout_find(chunk, record, head, source, &value) || value.type == 0 ||
         (value.offset <= CHUNK_SIZE && value.size <= CHUNK_SIZE - value.offset));
}

static void check_system(struct layout_cache *cache, const uint8_t *chunk,
                         const struct record *record, const struct layout_head *head) {
    struct layout_body room;
    const struct layout_body *body = layout_body_of(cache, chunk, record, head, &room);
    if (body != NULL) {
        check_source(chunk, record, head, &body->provider_name);
        check_source(chunk, record, head, &body->provider_guid);
        check_source(chunk, record, head, &body->computer);
    }
}

// What has been remembered of other records must not change what is read of this one.
static void check_cache(const uint8_t *chunk, const struct record *record,
                        const struct layout_head *head, const struct layout *layout,
                        enum layout_answer answer) {
    static struct layout_cache cache;
    static struct layout again;
    struct layout_head head_again;
    layout_cache_clear(&cache, field);
    layout_read_head(&cache, chunk, record, &head_again);
    must(head_again.has_event_id == head->has_event_id && head_again.event_id == head->event_id &&
         head_again.definition == head->definition && head_again.descriptors == head->descriptors &&
         head_again.value_count == head->value_count);
    must(layout_has_field(&cache, chunk, record, &head_again) == answer);
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
    layout_cache_clear(&cache, field);
    for (size_t i = 0; i < chunk.record_count; i++) {
        const struct record *record = &chunk.records[i];
        struct layout_head head;
        layout_read_head(&cache, bytes, record, &head);
        check_system(&cache, bytes, record, &head);
        enum layout_answer answer = layout_has_field(&cache, bytes, record, &head);
        layout_read_content(&cache, bytes, record, &layout);
        check_layout(bytes, &layout, record);
        check_cache(bytes, record, &head, &layout, answer);
    }
    return 0;
}
