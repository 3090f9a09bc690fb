// SPDX-License-Identifier: GPL-3.0-or-later
// How a record's binary XML is laid out.
#include "evtx/layout.h"

#include <string.h>

#include "base/bytes.h"
#include "evtx/cursor.h"

enum { VALUES_MAX = 1024 };

// Template definitions

void layout_cache_clear(struct layout_cache *cache, const char *field) {
    cache->field = field;
    cache->count = 0;
    memset(cache->hints, 0, sizeof cache->hints);
    cache->has_definitions = false;
    cache->definition_count = 0;
}

// Apart from find_template(), which every record needs, and few need this.
__attribute__((noinline)) static const struct layout_body *add_template(struct layout_cache *cache,
                                                                        const uint8_t *chunk,
                                                                        uint32_t offset,
                                                                        struct layout_body *room) {
    if (cache->count < LAYOUT_TEMPLATES_MAX) {
        room = &cache->templates[cache->count++];
    }
    *room = layout_body_of_template(chunk, offset, cache->field);
    return room;
}

// The body of a definition, in the cache, or in `room` where the cache is full.
static const struct layout_body *find_template(struct layout_cache *cache, const uint8_t *chunk,
                                               uint32_t offset, struct layout_body *room) {
    uint8_t *hint = &cache->hints[offset / 4 % LAYOUT_HINTS];
    if (*hint < cache->count && cache->templates[*hint].offset == offset) {
        return &cache->templates[*hint];
    }
    for (size_t i = 0; i < cache->count; i++) {
        if (cache->templates[i].offset == offset) {
            *hint = (uint8_t)i;
            return &cache->templates[i];
        }
    }
    return add_template(cache, chunk, offset, room);
}

static struct layout_body read_bare(const struct layout_cache *cache, struct cursor cursor) {
    return layout_body_bare(cursor.chunk, (uint32_t)cursor.at, (uint32_t)(cursor.end - cursor.at),
                            cache->field);
}

static bool is_bare(struct cursor cursor) {
    return cursor_fragment_header(&cursor) &&
           (cursor_u8(&cursor) & ~TOKEN_MORE) == TOKEN_OPEN_ELEMENT;
}

// Instances

struct instance {
    struct layout_link link;
    const struct layout_body *body; // in the cache or in `room`
    struct layout_body room;    // not plain and without an event ID where the definition is gone
    const uint8_t *descriptors; // of `value_count` values: size (u16), type (u8), 0
    size_t value_count;
    struct cursor values; // at the first
    bool has_impossible_count;
};

// Token, version (u8), template ID (u32), the definition's offset (u32).
static bool take_link(struct cursor *cursor, struct layout_link *link, uint32_t *id) {
    const uint8_t *bytes = cursor_take(cursor, 10);
    *link = (struct layout_link){.offset = (uint32_t)cursor->at - 4,
                                 .definition = bytes_u32(bytes + 6)};
    *id = bytes_u32(bytes + 2);
    return cursor->ok && bytes[0] == TOKEN_TEMPLATE_INSTANCE;
}

static bool is_definition_of(const uint8_t *chunk, uint32_t definition, uint32_t id) {
    return definition <= CHUNK_SIZE - LAYOUT_TEMPLATE_HEADER &&
           bytes_u32(chunk + definition + 4) == id;
}

// Finds all definitions in the chunk that stand in the instance which brought them.
static void find_definitions(struct layout_cache *cache, const uint8_t *chunk) {
    const uint8_t *found = chunk + CHUNK_HEADER_SIZE;
    const uint8_t *end = chunk + CHUNK_SIZE;
    cache->has_definitions = true;
    // Text hardly ever has the token, and memchr() is several times as fast as memmem().
    while (cache->definition_count < LAYOUT_DEFINITIONS_MAX &&
           (found = memchr(found, TOKEN_TEMPLATE_INSTANCE, (size_t)(end - found))) != NULL) {
        struct layout_link link;
        uint32_t id = 0;
        struct cursor cursor = {chunk, (size_t)(found - chunk), CHUNK_SIZE, true};
        if (take_link(&cursor, &link, &id) && link.definition == cursor.at &&
            is_definition_of(chunk, link.definition, id)) {
            cache->definitions[cache->definition_count++] =
                (struct layout_definition){link.definition, id};
        }
        found++;
    }
}

// Finds another definition for a link whose own is gone. libevtx takes only those that stand before
// the instance.
static void replace_definition(struct layout_cache *cache, const uint8_t *chunk, uint32_t id,
                               struct layout_link *link) {
    if (!cache->has_definitions) {
        find_definitions(cache, chunk);
    }
    for (size_t i = 0; i < cache->definition_count; i++) {
        const struct layout_definition *definition = &cache->definitions[i];
        if (definition->id == id && definition->offset < link->offset) {
            link->definition = definition->offset;
            link->is_replaced = true;
            return;
        }
    }
    link->is_gone = true;
}

// Looks, from behind the link, for the count of values where libevtx does: whatever the definition,
// if it is inline, and not only up to the end of the record.
static bool counts_impossibly_many(const uint8_t *chunk, size_t at,
                                   const struct layout_link *link) {
    if (link->definition == at) {
        if (CHUNK_SIZE - at < LAYOUT_TEMPLATE_HEADER) {
            return false;
        }
        size_t size = bytes_u32(chunk + at + LAYOUT_TEMPLATE_HEADER - 4);
        at += LAYOUT_TEMPLATE_HEADER;
        if (size > CHUNK_SIZE - at) {
            return false;
        }
        at += size;
    }
    return CHUNK_SIZE - at >= 4 && bytes_u32(chunk + at) > (CHUNK_SIZE - at - 4) / 4;
}

// Reads an instance up to its values, from the cursor behind a fragment header: the link, the
// definition itself if that is here, the count of values (u32), their descriptors.
static bool open_instance(struct layout_cache *cache, struct cursor *cursor,
                          struct instance *instance) {
    uint32_t id = 0;
    struct layout_link *link = &instance->link;
    instance->has_impossible_count = false;
    if (!take_link(cursor, link, &id)) {
        return false;
    }
    instance->has_impossible_count = counts_impossibly_many(cursor->chunk, cursor->at, link);
    if (instance->has_impossible_count) {
        return false;
    }
    bool is_inline = link->definition == cursor->at;
    instance->body = &instance->room;
    if (!is_definition_of(cursor->chunk, link->definition, id)) {
        if (is_inline) {
            return false; // there is no saying where the values start
        }
        replace_definition(cache, cursor->chunk, id, link);
    }
    if (!link->is_gone) {
        instance->body = find_template(cache, cursor->chunk, link->definition, &instance->room);
    } else {
        instance->room = (struct layout_body){.offset = link->definition};
    }
    if (is_inline) {
        if (instance->body->size == 0) {
            return false;
        }
        (void)cursor_take(cursor, instance->body->size);
    }
    instance->value_count = cursor_u32(cursor);
    if (!cursor->ok || instance->value_count > VALUES_MAX) {
        return false;
    }
    instance->descriptors = cursor_take(cursor, instance->value_count * 4);
    instance->values = *cursor;
    return cursor->ok;
}

// The bytes that the first `count` of the values take. This is asked of every record, and so adds
// up four at once.
static uint32_t sum_of_sizes(const uint8_t *descriptors, size_t count) {
    const uint8_t *end = descriptors + 4 * count;
    uint32_t sum = 0; // of at most VALUES_MAX times 64 KiB
    for (; end - descriptors >= 16; descriptors += 16) {
        sum += (uint32_t)bytes_u16(descriptors) + bytes_u16(descriptors + 4) +
               bytes_u16(descriptors + 8) + bytes_u16(descriptors + 12);
    }
    for (; descriptors < end; descriptors += 4) {
        sum += bytes_u16(descriptors);
    }
    return sum;
}

// Where value `number` stands; false when there is none.
static bool find_value(const struct instance *instance, size_t number, size_t *at, size_t *size,
                       uint8_t *type) {
    if (number >= instance->value_count) {
        return false;
    }
    struct cursor cursor = instance->values;
    (void)cursor_take(&cursor, sum_of_sizes(instance->descriptors, number));
    *size = bytes_u16(instance->descriptors + 4 * number);
    *type = instance->descriptors[4 * number + 2];
    *at = cursor.at;
    (void)cursor_take(&cursor, *size);
    return cursor.ok;
}

static void read_event_id(const struct instance *instance, struct layout_head *head) {
    const struct layout_body *body = instance->body;
    size_t at = 0;
    size_t size = 0;
    uint8_t type = 0;
    if (!body->has_event_id) {
        return;
    }
    if (!body->id_is_hole) {
        head->event_id = body->event_id;
        head->has_event_id = true;
    } else if (find_value(instance, body->event_id, &at, &size, &type) && type == LAYOUT_U16 &&
               size == 2) {
        head->event_id = bytes_u16(instance->values.chunk + at);
        head->has_event_id = true;
    }
}

static bool read_values(struct layout_cache *cache, const struct instance *instance,
                        struct layout *layout);

// In a value the fragment header may be missing, as it is in logs that the event log service wrote
// itself.
static struct cursor *skip_fragment_header(struct cursor *cursor) {
    struct cursor behind = *cursor;
    if (cursor_fragment_header(&behind)) {
        *cursor = behind;
    }
    return cursor;
}

// An instance in a value, or one that a record starts with: all that it holds.
static bool read_instance(struct layout_cache *cache, struct cursor cursor, struct layout *layout) {
    struct instance instance;
    if (layout->body_count == LAYOUT_NESTING_MAX) {
        layout->is_contained = false;
        return false;
    }
    if (!open_instance(cache, skip_fragment_header(&cursor), &instance)) {
        layout->is_contained = false;
        layout->has_impossible_count =
            layout->has_impossible_count || instance.has_impossible_count;
        return false;
    }
    layout->links[layout->link_count++] = instance.link;
    layout->bodies[layout->body_count++] = *instance.body;
    return read_values(cache, &instance, layout) && instance.body->plain;
}

static bool read_nested(struct layout_cache *cache, struct cursor cursor, struct layout *layout) {
    if (!is_bare(cursor)) {
        return read_instance(cache, cursor, layout);
    }
    if (layout->body_count == LAYOUT_NESTING_MAX) {
        layout->is_contained = false;
        return false;
    }
    struct layout_body body = read_bare(cache, cursor);
    layout->bodies[layout->body_count++] = body;
    layout->is_contained = layout->is_contained && body.plain;
    return body.plain;
}

static bool is_without_text(uint8_t type) {
    return type != TYPE_ANSI_STRING && type != (TYPE_ANSI_STRING | TYPE_ARRAY) &&
           (type & ~TYPE_ARRAY) < TYPE_BINARY_XML;
}

static bool list_string(struct layout *layout, size_t at, size_t size) {
    if (layout->string_count == LAYOUT_STRINGS_MAX) {
        return false;
    }
    layout->strings[layout->string_count++] = (struct layout_string){(uint32_t)at, (uint32_t)size};
    return true;
}

static bool read_values(struct layout_cache *cache, const struct instance *instance,
                        struct layout *layout) {
    const uint8_t *descriptor = instance->descriptors;
    const uint8_t *descriptors_end = descriptor + 4 * instance->value_count;
    size_t at = instance->values.at;
    size_t end = instance->values.end;
    bool plain = true;
    for (; descriptor < descriptors_end; descriptor += 4) {
        size_t size = bytes_u16(descriptor);
        uint8_t type = descriptor[2];
        if (size > end - at) {
            layout->is_contained = false;
            return false;
        }
        if (type == LAYOUT_STRING) {
            plain = list_string(layout, at, size) && plain;
        } else if (type == TYPE_BINARY_XML && size > 0) {
            struct cursor value = {instance->values.chunk, at, at + size, true};
            plain = read_nested(cache, value, layout) && plain;
        } else {
            plain = plain && (type == TYPE_BINARY_XML || is_without_text(type));
        }
        at += size;
    }
    return plain;
}

// Records

static struct cursor record_cursor(const uint8_t *chunk, const struct record *record) {
    return (struct cursor){chunk, record->offset + RECORD_HEADER_SIZE,
                           record->offset + record->size - 4, true};
}

size_t layout_own_end(const uint8_t *chunk, const struct record *record) {
    // The end of the fragment, and what makes the size a multiple of eight.
    enum { PADDING_MAX = 16 };
    struct cursor cursor = record_cursor(chunk, record);
    struct layout_cache cache;
    struct instance instance;
    layout_cache_clear(&cache, NULL);
    if (!cursor_fragment_header(&cursor) || !open_instance(&cache, &cursor, &instance)) {
        return record->offset;
    }
    for (size_t i = 0; i < instance.value_count; i++) {
        (void)cursor_take(&cursor, bytes_u16(instance.descriptors + 4 * i));
    }
    return cursor.ok && cursor.end - cursor.at < PADDING_MAX ? cursor.at : record->offset;
}

void layout_read_head(struct layout_cache *cache, const uint8_t *chunk, const struct record *record,
                      struct layout_head *head) {
    struct cursor cursor = record_cursor(chunk, record);
    struct instance instance;
    *head = (struct layout_head){.body = LAYOUT_TEMPLATES_MAX};
    if (is_bare(cursor)) {
        struct layout_body body = read_bare(cache, cursor);
        head->is_bare = true;
        head->has_event_id = body.has_event_id && !body.id_is_hole;
        head->event_id = body.event_id;
    } else if (cursor_fragment_header(&cursor) && open_instance(cache, &cursor, &instance)) {
        head->definition = instance.link.is_gone ? 0 : instance.link.definition;
        if (instance.body != &instance.room) {
            head->body = (uint16_t)(instance.body - cache->templates);
        }
        head->value_count = (uint16_t)instance.value_count;
        head->descriptors = (uint32_t)(instance.descriptors - chunk);
        read_event_id(&instance, head);
    }
}

const struct layout_body *layout_body_of(struct layout_cache *cache, const uint8_t *chunk,
                                         const struct record *record,
                                         const struct layout_head *head, struct layout_body *room) {
    if (head->body < LAYOUT_TEMPLATES_MAX) {
        return &cache->templates[head->body];
    }
    if (head->is_bare) {
        *room = read_bare(cache, record_cursor(chunk, record));
        return room;
    }
    return head->definition == 0 ? NULL : find_template(cache, chunk, head->definition, room);
}

// The value that fills in a hole, which there is, and stands at `offset`.
static bool take_value(const uint8_t *chunk, const struct record *record,
                       const struct layout_head *head, uint16_t hole, uint32_t offset,
                       struct layout_value *value) {
    const uint8_t *descriptor = chunk + head->descriptors + (size_t)4 * hole;
    *value = (struct layout_value){descriptor[2], offset, bytes_u16(descriptor)};
    return offset + value->size <= record->offset + record->size - 4;
}

bool layout_find(const uint8_t *chunk, const struct record *record, const struct layout_head *head,
                 const struct layout_source *source, struct layout_value *value) {
    *value = (struct layout_value){0};
    if (source->kind != LAYOUT_HOLE) {
        if (source->kind == LAYOUT_TEXT) {
            *value = (struct layout_value){LAYOUT_STRING, source->offset, source->size};
        }
        return true;
    }
    if (source->hole >= head->value_count) {
        return false;
    }
    uint32_t offset = head->descriptors + (uint32_t)4 * head->value_count +
                      sum_of_sizes(chunk + head->descriptors, source->hole);
    return take_value(chunk, record, head, source->hole, offset, value);
}

bool layout_find_behind(const uint8_t *chunk, const struct record *record,
                        const struct layout_head *head, const struct layout_source *first,
                        const struct layout_value *found, const struct layout_source *source,
                        struct layout_value *value) {
    bool is_next = first->kind == LAYOUT_HOLE && source->kind == LAYOUT_HOLE &&
                   source->hole == first->hole + 1 && source->hole < head->value_count;
    return is_next
               ? take_value(chunk, record, head, source->hole, found->offset + found->size, value)
               : layout_find(chunk, record, head, source, value);
}

enum layout_answer layout_has_field(struct layout_cache *cache, const uint8_t *chunk,
                                    const struct record *record, const struct layout_head *head) {
    struct layout_body room;
    struct layout_value data;
    struct instance nested;
    const struct layout_body *body = layout_body_of(cache, chunk, record, head, &room);
    if (body == NULL || !body->plain) {
        return LAYOUT_UNKNOWN;
    }
    if (body->has_event_data || !body->has_data_hole) {
        return body->names_field ? LAYOUT_YES : LAYOUT_NO;
    }
    const struct layout_source hole = {.kind = LAYOUT_HOLE, .hole = body->data_hole};
    if (!layout_find(chunk, record, head, &hole, &data)) {
        return LAYOUT_UNKNOWN;
    }
    if (data.type != TYPE_BINARY_XML || data.size == 0) {
        return LAYOUT_NO;
    }
    struct cursor cursor = {chunk, data.offset, (size_t)data.offset + data.size, true};
    if (is_bare(cursor)) {
        room = read_bare(cache, cursor);
    } else if (open_instance(cache, skip_fragment_header(&cursor), &nested)) {
        room = *nested.body;
    } else {
        return LAYOUT_UNKNOWN;
    }
    return room.names_field ? LAYOUT_YES : room.plain ? LAYOUT_NO : LAYOUT_UNKNOWN;
}

void layout_read_content(struct layout_cache *cache, const uint8_t *chunk,
                         const struct record *record, struct layout *layout) {
    layout->has_impossible_count = false;
    layout->is_contained = true;
    layout->body_count = 0;
    layout->link_count = 0;
    layout->string_count = 0;
    layout->plain = read_nested(cache, record_cursor(chunk, record), layout);
}
