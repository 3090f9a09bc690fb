// SPDX-License-Identifier: GPL-3.0-or-later
#include "evtx/instance.h"

enum { DEFINITION_GAP_MAX = 8 };

// Token, version (u8), template ID (u32), the definition's offset (u32).
static bool take_link(struct cursor *cursor, struct instance *instance) {
    const uint8_t *bytes = cursor_take(cursor, 10);
    instance->link = (uint32_t)cursor->at - 4;
    instance->template_id = bytes_u32(bytes + 2);
    instance->definition = bytes_u32(bytes + 6);
    // A few bytes may lie before it: too few for values, which would stand there otherwise.
    instance->is_inline = instance->definition >= cursor->at &&
                          instance->definition - cursor->at <= DEFINITION_GAP_MAX;
    return cursor->ok && bytes[0] == TOKEN_TEMPLATE_INSTANCE;
}

// The size of the definition at `at`, or 0 where it does not fit the chunk.
static size_t definition_size(const uint8_t *chunk, size_t at) {
    if (at > CHUNK_SIZE - DEFINITION_HEADER_SIZE) {
        return 0;
    }
    size_t size = bytes_u32(chunk + at + DEFINITION_HEADER_SIZE - 4);
    return size > CHUNK_SIZE - at - DEFINITION_HEADER_SIZE ? 0 : DEFINITION_HEADER_SIZE + size;
}

// Looks for the count of values where libevtx does: not only up to the end of the record.
static bool counts_impossibly_many(const uint8_t *chunk, size_t at) {
    return CHUNK_SIZE - at >= 4 && bytes_u32(chunk + at) > (CHUNK_SIZE - at - 4) / 4;
}

bool instance_open(struct cursor *cursor, struct instance *instance) {
    instance->has_impossible_count = false;
    if (!take_link(cursor, instance)) {
        return false;
    }
    size_t size = instance->is_inline ? definition_size(cursor->chunk, instance->definition) : 0;
    size_t gap = instance->is_inline ? instance->definition - cursor->at : 0;
    if (instance->is_inline && size == 0) {
        return false;
    }
    instance->has_impossible_count =
        counts_impossibly_many(cursor->chunk, cursor->at + gap + size) ||
        (gap > 0 && counts_impossibly_many(cursor->chunk, cursor->at));
    if (instance->has_impossible_count) {
        return false;
    }
    (void)cursor_take(cursor, gap + size);
    uint32_t count = cursor_u32(cursor);
    if (!cursor->ok || count > INSTANCE_VALUES_MAX) {
        return false;
    }
    instance->value_count = (uint16_t)count;
    instance->descriptors = (uint32_t)cursor->at;
    (void)cursor_take(cursor, (size_t)count * DESCRIPTOR_SIZE);
    instance->values = *cursor;
    return cursor->ok;
}

struct cursor instance_record_cursor(const uint8_t *chunk, const struct record *record) {
    return (struct cursor){chunk, record->offset + RECORD_HEADER_SIZE,
                           record->offset + record->size - 4, true};
}

size_t instance_own_end(const uint8_t *chunk, const struct record *record) {
    // The end of the fragment, and what makes the size a multiple of eight.
    enum { PADDING_MAX = 16 };
    struct cursor cursor = instance_record_cursor(chunk, record);
    struct instance instance;
    if (!cursor_fragment_header(&cursor) || !instance_open(&cursor, &instance)) {
        return record->offset;
    }
    for (size_t i = 0; i < instance.value_count; i++) {
        (void)cursor_take(&cursor, descriptor_at(chunk + instance.descriptors, i).size);
    }
    return cursor.ok && cursor.end - cursor.at < PADDING_MAX ? cursor.at : record->offset;
}

uint16_t instance_event_id(const uint8_t *chunk, const struct record *record) {
    enum { SYSTEM_VALUES = 18, EVENT_ID = 3 };
    struct cursor cursor = instance_record_cursor(chunk, record);
    struct instance instance;
    if (instance_own_end(chunk, record) == record->offset || !cursor_fragment_header(&cursor) ||
        !instance_open(&cursor, &instance) || instance.value_count < SYSTEM_VALUES) {
        return 0;
    }
    const uint8_t *descriptors = chunk + instance.descriptors;
    for (size_t i = 0; i < EVENT_ID; i++) {
        (void)cursor_take(&cursor, descriptor_at(descriptors, i).size);
    }
    const struct descriptor id = descriptor_at(descriptors, EVENT_ID);
    bool is_number = id.size == 2 && id.type == TYPE_U16;
    return is_number ? bytes_u16(cursor_take(&cursor, 2)) : 0;
}

bool instance_is_definition_of(const uint8_t *chunk, uint32_t definition, uint32_t template_id) {
    return definition <= CHUNK_SIZE - DEFINITION_HEADER_SIZE &&
           bytes_u32(chunk + definition + 4) == template_id;
}

bool instance_is_inline(struct cursor cursor) {
    return cursor_fragment_header(&cursor) &&
           (cursor_u8(&cursor) & ~TOKEN_MORE) == TOKEN_OPEN_ELEMENT;
}

void instance_skip_fragment_header(struct cursor *cursor) {
    struct cursor after = *cursor;
    if (cursor_fragment_header(&after)) {
        *cursor = after;
    }
}
