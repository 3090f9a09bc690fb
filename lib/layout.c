// SPDX-License-Identifier: GPL-3.0-or-later
// How a record's binary XML is laid out.
#include "layout.h"

#include <string.h>

#include "bytes.h"

// Binary XML tokens; MORE marks one that is followed by attributes, or by more text.
enum {
    TOKEN_END_OF_FRAGMENT = 0x00,
    TOKEN_OPEN_ELEMENT = 0x01,
    TOKEN_CLOSE_START_TAG = 0x02,
    TOKEN_CLOSE_EMPTY_TAG = 0x03,
    TOKEN_END_ELEMENT = 0x04,
    TOKEN_TEXT = 0x05,
    TOKEN_ATTRIBUTE = 0x06,
    TOKEN_TEMPLATE_INSTANCE = 0x0c,
    TOKEN_HOLE = 0x0d,
    TOKEN_OPTIONAL_HOLE = 0x0e,
    TOKEN_FRAGMENT = 0x0f,
    TOKEN_MORE = 0x40,
};

// Value types. All others that Windows knows hold no text, or hold it only as UTF-16LE.
enum {
    TYPE_STRING = 0x01,
    TYPE_ANSI_STRING = 0x02,
    TYPE_UINT16 = 0x06,
    TYPE_BINARY_XML = 0x21,
    TYPE_ARRAY = 0x80,
};

enum { ELEMENTS_NESTING_MAX = 32, VALUES_MAX = 1024, TEMPLATE_HEADER_SIZE = 24 };

// A place in the chunk that reading moves forward; ok turns false where `end` is in the way, and
// reading goes no further.
struct cursor {
    const uint8_t *chunk;
    size_t at;
    size_t end;
    bool ok;
};

static const uint8_t *take(struct cursor *cursor, size_t size) {
    static const uint8_t nothing[16] = {0};
    if (!cursor->ok || size > cursor->end - cursor->at) {
        cursor->ok = false;
        return nothing; // enough for every number below
    }
    const uint8_t *bytes = cursor->chunk + cursor->at;
    cursor->at += size;
    return bytes;
}

static uint8_t take_u8(struct cursor *cursor) {
    return *take(cursor, 1);
}

static uint16_t take_u16(struct cursor *cursor) {
    return bytes_u16(take(cursor, 2));
}

static uint32_t take_u32(struct cursor *cursor) {
    return bytes_u32(take(cursor, 4));
}

static bool take_fragment_header(struct cursor *cursor) {
    const uint8_t *bytes = take(cursor, 4);
    return cursor->ok && bytes[0] == TOKEN_FRAGMENT;
}

// Elements

// An element that has been opened and not yet ended.
struct open_element {
    bool is_event_id;
    bool has_text;
    bool has_hole; // and it is that text
    bool has_child;
};

struct element_walk {
    struct cursor cursor;
    struct layout_body *body;
    struct layout_string *texts; // room for text_room of them, in which text_count are
    size_t text_room;
    size_t text_count;
    size_t event_ids; // elements named EventID
    size_t xml_holes; // holes for further elements
    size_t depth;
    struct open_element open[ELEMENTS_NESTING_MAX];
};

// A name stands inline where its offset points to the very place that has been reached: offset of
// the next name (u32), hash (u16), count of characters (u16), the characters, NUL.
static bool take_name(struct cursor *cursor, const char *wanted) {
    uint32_t offset = take_u32(cursor);
    struct cursor name = {cursor->chunk, offset, CHUNK_SIZE, cursor->ok && offset < CHUNK_SIZE};
    (void)take(&name, 6);
    size_t length = take_u16(&name);
    const uint8_t *characters = take(&name, length * 2);
    (void)take(&name, 2);
    if (!name.ok) {
        cursor->ok = false;
        return false;
    }
    if (offset == cursor->at) {
        (void)take(cursor, name.at - offset);
    }
    if (length != strlen(wanted)) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        if (bytes_u16(characters + 2 * i) != (unsigned char)wanted[i]) {
            return false;
        }
    }
    return cursor->ok;
}

static bool is_hole(uint8_t token) {
    return token == TOKEN_HOLE || token == TOKEN_OPTIONAL_HOLE;
}

static bool read_literal_id(const uint8_t *text, size_t length, struct layout_body *body) {
    unsigned number = 0;
    for (size_t i = 0; i < length; i++) {
        unsigned digit = bytes_u16(text + 2 * i) - (unsigned)'0';
        if (digit > 9 || (number = number * 10 + digit) > UINT16_MAX) {
            return false;
        }
    }
    body->has_event_id = length > 0;
    body->event_id = (uint16_t)number;
    return true;
}

static bool take_text(struct element_walk *walk, bool is_event_id) {
    struct cursor *cursor = &walk->cursor;
    uint8_t type = take_u8(cursor);
    size_t length = take_u16(cursor);
    const uint8_t *text = take(cursor, length * 2);
    if (!cursor->ok || type != TYPE_STRING) {
        return false;
    }
    if (walk->text_count < walk->text_room) {
        walk->texts[walk->text_count++] =
            (struct layout_string){(uint32_t)(text - cursor->chunk), (uint32_t)(length * 2)};
    }
    return !is_event_id || read_literal_id(text, length, walk->body);
}

// Text or a hole: one piece of an element's or attribute's content. False for any other token.
static bool take_piece(struct element_walk *walk, uint8_t token, bool is_event_id) {
    struct cursor *cursor = &walk->cursor;
    if ((token & ~TOKEN_MORE) == TOKEN_TEXT) {
        return take_text(walk, is_event_id);
    }
    if (is_hole(token)) {
        uint16_t number = take_u16(cursor);
        (void)take_u8(cursor);
        if (is_event_id) {
            walk->body->has_event_id = true;
            walk->body->id_is_hole = true;
            walk->body->event_id = number;
        }
        return cursor->ok;
    }
    return false;
}

// Attributes up to the end of the start tag. Each has one piece at most.
static bool take_attributes(struct element_walk *walk, uint8_t *closing) {
    struct cursor *cursor = &walk->cursor;
    bool has_piece = true;
    for (;;) {
        uint8_t token = take_u8(cursor);
        if (!cursor->ok) {
            return false;
        }
        if ((token & ~TOKEN_MORE) == TOKEN_ATTRIBUTE) {
            (void)take_name(cursor, "");
            has_piece = false;
        } else if (token == TOKEN_CLOSE_START_TAG || token == TOKEN_CLOSE_EMPTY_TAG) {
            *closing = token;
            return cursor->ok;
        } else if (has_piece || !take_piece(walk, token, false)) {
            return false;
        } else {
            has_piece = true;
        }
    }
}

static bool open_element(struct element_walk *walk, bool has_attributes) {
    if (walk->body->has_dependency_ids) {
        (void)take_u16(&walk->cursor);
    }
    (void)take_u32(&walk->cursor); // the element's size; the tokens tell
    bool is_event_id = take_name(&walk->cursor, "EventID");
    if (has_attributes) {
        (void)take_u32(&walk->cursor); // the attributes' size
    }
    if (walk->depth > 0) {
        struct open_element *parent = &walk->open[walk->depth - 1];
        if (parent->has_text) {
            return false; // its text might go on behind this child
        }
        parent->has_child = true;
    }
    uint8_t closing = 0;
    if (!take_attributes(walk, &closing) || walk->depth == ELEMENTS_NESTING_MAX) {
        return false;
    }
    walk->event_ids += is_event_id;
    if (closing == TOKEN_CLOSE_START_TAG) {
        walk->open[walk->depth++] = (struct open_element){.is_event_id = is_event_id};
    }
    return true;
}

// A hole for binary XML takes elements: EventData stands in one, behind System. Were there several
// in one body, they could be filled with text that only together makes sense.
static bool take_xml_hole(struct element_walk *walk, uint8_t token) {
    const struct cursor *cursor = &walk->cursor;
    if (!is_hole(token) || cursor->end - cursor->at < 3 ||
        cursor->chunk[cursor->at + 2] != TYPE_BINARY_XML) {
        return false;
    }
    (void)take(&walk->cursor, 3);
    walk->xml_holes++;
    return true;
}

// Reads one token of content. False where the element run stops being plain.
static bool walk_token(struct element_walk *walk, uint8_t token) {
    if ((token & ~TOKEN_MORE) == TOKEN_OPEN_ELEMENT) {
        return open_element(walk, (token & TOKEN_MORE) != 0);
    }
    struct open_element *element = &walk->open[walk->depth - 1];
    if (token == TOKEN_END_ELEMENT) {
        walk->depth--;
        return true;
    }
    if (take_xml_hole(walk, token)) {
        element->has_child = true;
        return !element->has_text && walk->xml_holes == 1;
    }
    if (element->has_text || element->has_child) {
        walk->body->is_joined = is_hole(token) || element->has_hole;
        return false;
    }
    element->has_text = true;
    element->has_hole = is_hole(token);
    return take_piece(walk, token, element->is_event_id);
}

// Ready to walk a body, and to note what it finds in it.
static struct element_walk new_walk(const uint8_t *chunk, struct layout_body *body) {
    size_t start = body->offset + (body->is_bare ? 0U : TEMPLATE_HEADER_SIZE);
    size_t end = (size_t)body->offset + body->size;
    return (struct element_walk){.cursor = {chunk, start, end, start <= end}, .body = body};
}

// Walks one element with all that is in it.
static void walk_elements(struct element_walk *walk) {
    struct layout_body *body = walk->body;
    if (!take_fragment_header(&walk->cursor) ||
        (take_u8(&walk->cursor) & ~TOKEN_MORE) != TOKEN_OPEN_ELEMENT) {
        return;
    }
    walk->cursor.at--;
    do {
        uint8_t token = take_u8(&walk->cursor);
        if (!walk->cursor.ok || !walk_token(walk, token)) {
            body->has_event_id = false;
            return;
        }
    } while (walk->depth > 0);
    body->plain = walk->cursor.ok;
    body->has_event_id = body->has_event_id && body->plain && walk->event_ids == 1;
}

size_t layout_read_texts(const uint8_t *chunk, const struct layout_body *body,
                         struct layout_string *texts, size_t room) {
    struct layout_body scratch = *body;
    struct element_walk walk = new_walk(chunk, &scratch);
    walk.texts = texts;
    walk.text_room = room;
    walk_elements(&walk);
    return walk.text_count;
}

// Template definitions

void layout_cache_clear(struct layout_cache *cache) {
    cache->count = 0;
    cache->has_definitions = false;
    cache->definition_count = 0;
}

// A definition: offset of the next (u32), GUID, size of its data (u32), the data.
static struct layout_body read_template(const uint8_t *chunk, uint32_t offset) {
    struct layout_body body = {.offset = offset, .has_dependency_ids = true};
    struct cursor cursor = {chunk, offset, CHUNK_SIZE, offset < CHUNK_SIZE};
    (void)take(&cursor, 4);
    (void)take(&cursor, 16);
    uint32_t size = take_u32(&cursor);
    if (!cursor.ok || size > CHUNK_SIZE - cursor.at) {
        return body;
    }
    body.size = TEMPLATE_HEADER_SIZE + size;
    struct element_walk walk = new_walk(chunk, &body);
    walk_elements(&walk);
    return body;
}

static struct layout_body find_template(struct layout_cache *cache, const uint8_t *chunk,
                                        uint32_t offset) {
    for (size_t i = 0; i < cache->count; i++) {
        if (cache->templates[i].offset == offset) {
            return cache->templates[i];
        }
    }
    struct layout_body body = read_template(chunk, offset);
    if (cache->count < LAYOUT_TEMPLATES_MAX) {
        cache->templates[cache->count++] = body;
    }
    return body;
}

// Elements without a template: they stand in the record, or in a value, themselves. Windows gives
// them no dependency IDs there, but libevtx looks for some and reads only those that have them.
static struct layout_body read_bare(struct cursor cursor) {
    struct layout_body body = {0};
    for (int form = 0; form < 2 && !body.plain; form++) {
        body = (struct layout_body){.offset = (uint32_t)cursor.at,
                                    .size = (uint32_t)(cursor.end - cursor.at),
                                    .is_bare = true,
                                    .has_dependency_ids = form == 1};
        struct element_walk walk = new_walk(cursor.chunk, &body);
        walk_elements(&walk);
    }
    return body;
}

static bool is_bare(struct cursor cursor) {
    return take_fragment_header(&cursor) && (take_u8(&cursor) & ~TOKEN_MORE) == TOKEN_OPEN_ELEMENT;
}

// Instances

struct instance {
    struct layout_link link;
    struct layout_body body;    // not plain and without an event ID where the definition is gone
    const uint8_t *descriptors; // of `value_count` values: size (u16), type (u8), 0
    size_t value_count;
    struct cursor values; // at the first
    bool has_impossible_count;
};

// Token, version (u8), template ID (u32), the definition's offset (u32).
static bool take_link(struct cursor *cursor, struct layout_link *link, uint32_t *id) {
    *link = (struct layout_link){0};
    if (take_u8(cursor) != TOKEN_TEMPLATE_INSTANCE) {
        return false;
    }
    (void)take_u8(cursor);
    *id = take_u32(cursor);
    link->offset = (uint32_t)cursor->at;
    link->definition = take_u32(cursor);
    return cursor->ok;
}

static bool is_definition_of(const uint8_t *chunk, uint32_t definition, uint32_t id) {
    return definition <= CHUNK_SIZE - TEMPLATE_HEADER_SIZE &&
           bytes_u32(chunk + definition + 4) == id;
}

// Finds all definitions in the chunk that stand in the instance which brought them.
static void find_definitions(struct layout_cache *cache, const uint8_t *chunk) {
    static const uint8_t start[] = {TOKEN_TEMPLATE_INSTANCE, 1};
    size_t at = CHUNK_HEADER_SIZE;
    cache->has_definitions = true;
    while (cache->definition_count < LAYOUT_DEFINITIONS_MAX) {
        const uint8_t *found = memmem(chunk + at, CHUNK_SIZE - at, start, sizeof start);
        struct layout_link link;
        uint32_t id = 0;
        if (found == NULL) {
            return;
        }
        at = (size_t)(found - chunk);
        struct cursor cursor = {chunk, at, CHUNK_SIZE, true};
        if (take_link(&cursor, &link, &id) && link.definition == cursor.at &&
            is_definition_of(chunk, link.definition, id)) {
            cache->definitions[cache->definition_count++] =
                (struct layout_definition){link.definition, id};
        }
        at++;
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
static bool counts_impossibly_many(struct cursor cursor, const struct layout_link *link) {
    cursor.end = CHUNK_SIZE;
    if (link->definition == cursor.at) {
        (void)take(&cursor, TEMPLATE_HEADER_SIZE - 4);
        (void)take(&cursor, take_u32(&cursor));
    }
    uint32_t count = take_u32(&cursor);
    return cursor.ok && count > (cursor.end - cursor.at) / 4;
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
    instance->has_impossible_count = counts_impossibly_many(*cursor, link);
    if (instance->has_impossible_count) {
        return false;
    }
    bool is_inline = link->definition == cursor->at;
    instance->body = (struct layout_body){.offset = link->definition};
    if (!is_definition_of(cursor->chunk, link->definition, id)) {
        if (is_inline) {
            return false; // there is no saying where the values start
        }
        replace_definition(cache, cursor->chunk, id, link);
    }
    if (!link->is_gone) {
        instance->body = find_template(cache, cursor->chunk, link->definition);
    }
    if (is_inline) {
        if (instance->body.size == 0) {
            return false;
        }
        (void)take(cursor, instance->body.size);
    }
    instance->value_count = take_u32(cursor);
    if (!cursor->ok || instance->value_count > VALUES_MAX) {
        return false;
    }
    instance->descriptors = take(cursor, instance->value_count * 4);
    instance->values = *cursor;
    return cursor->ok;
}

// Where value `number` stands; false when there is none.
static bool find_value(const struct instance *instance, size_t number, size_t *at, size_t *size,
                       uint8_t *type) {
    if (number >= instance->value_count) {
        return false;
    }
    struct cursor cursor = instance->values;
    for (size_t i = 0; i < number; i++) {
        (void)take(&cursor, bytes_u16(instance->descriptors + 4 * i));
    }
    *size = bytes_u16(instance->descriptors + 4 * number);
    *type = instance->descriptors[4 * number + 2];
    *at = cursor.at;
    (void)take(&cursor, *size);
    return cursor.ok;
}

static void read_event_id(const struct instance *instance, struct layout *layout) {
    const struct layout_body *body = &instance->body;
    size_t at = 0;
    size_t size = 0;
    uint8_t type = 0;
    if (!body->has_event_id) {
        return;
    }
    if (!body->id_is_hole) {
        layout->event_id = body->event_id;
        layout->has_event_id = true;
    } else if (find_value(instance, body->event_id, &at, &size, &type) && type == TYPE_UINT16 &&
               size == 2) {
        layout->event_id = bytes_u16(instance->values.chunk + at);
        layout->has_event_id = true;
    }
}

static bool read_values(struct layout_cache *cache, const struct instance *instance,
                        struct layout *layout);

// An instance in a value, or one that a record starts with: all that it holds. In a value the
// fragment header may be missing, as it is in logs that the event log service wrote itself.
static bool read_instance(struct layout_cache *cache, struct cursor cursor, struct layout *layout) {
    struct instance instance;
    struct cursor header = cursor;
    if (take_fragment_header(&header)) {
        cursor = header;
    }
    if (layout->body_count == LAYOUT_NESTING_MAX) {
        layout->is_contained = false;
        return false;
    }
    if (!open_instance(cache, &cursor, &instance)) {
        layout->is_contained = false;
        layout->has_impossible_count =
            layout->has_impossible_count || instance.has_impossible_count;
        return false;
    }
    layout->links[layout->link_count++] = instance.link;
    layout->bodies[layout->body_count++] = instance.body;
    return read_values(cache, &instance, layout) && instance.body.plain;
}

static bool read_nested(struct layout_cache *cache, struct cursor cursor, struct layout *layout) {
    if (!is_bare(cursor)) {
        return read_instance(cache, cursor, layout);
    }
    if (layout->body_count == LAYOUT_NESTING_MAX) {
        layout->is_contained = false;
        return false;
    }
    struct layout_body body = read_bare(cursor);
    layout->bodies[layout->body_count++] = body;
    layout->is_contained = layout->is_contained && body.plain;
    return body.plain;
}

static bool is_without_text(uint8_t type) {
    return type != TYPE_ANSI_STRING && type != (TYPE_ANSI_STRING | TYPE_ARRAY) &&
           (type & ~TYPE_ARRAY) < TYPE_BINARY_XML;
}

static bool read_values(struct layout_cache *cache, const struct instance *instance,
                        struct layout *layout) {
    struct cursor cursor = instance->values;
    bool plain = true;
    for (size_t i = 0; i < instance->value_count; i++) {
        size_t size = bytes_u16(instance->descriptors + 4 * i);
        uint8_t type = instance->descriptors[4 * i + 2];
        struct cursor value = {cursor.chunk, cursor.at, cursor.at + size, true};
        (void)take(&cursor, size);
        if (!cursor.ok) {
            layout->is_contained = false;
            return false;
        }
        if (type == TYPE_STRING) {
            if (layout->string_count < LAYOUT_STRINGS_MAX) {
                layout->strings[layout->string_count++] =
                    (struct layout_string){(uint32_t)value.at, (uint32_t)size};
            } else {
                plain = false;
            }
        } else if (type == TYPE_BINARY_XML) {
            plain = (size == 0 || read_nested(cache, value, layout)) && plain;
        } else {
            plain = plain && is_without_text(type);
        }
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
    layout_cache_clear(&cache);
    if (!take_fragment_header(&cursor) || !open_instance(&cache, &cursor, &instance)) {
        return record->offset;
    }
    for (size_t i = 0; i < instance.value_count; i++) {
        (void)take(&cursor, bytes_u16(instance.descriptors + 4 * i));
    }
    return cursor.ok && cursor.end - cursor.at < PADDING_MAX ? cursor.at : record->offset;
}

void layout_read_id(struct layout_cache *cache, const uint8_t *chunk, const struct record *record,
                    struct layout *layout) {
    struct cursor cursor = record_cursor(chunk, record);
    struct instance instance;
    layout->has_event_id = false;
    layout->event_id = 0;
    if (is_bare(cursor)) {
        struct layout_body body = read_bare(cursor);
        layout->has_event_id = body.has_event_id && !body.id_is_hole;
        layout->event_id = body.event_id;
    } else if (take_fragment_header(&cursor) && open_instance(cache, &cursor, &instance)) {
        read_event_id(&instance, layout);
    }
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
