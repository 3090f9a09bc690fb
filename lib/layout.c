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

// Value types beside those of the header. All others that Windows knows hold no text, or hold it
// only as UTF-16LE.
enum {
    TYPE_ANSI_STRING = 0x02,
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

// The elements that are told apart, by where they stand. EventID is one anywhere.
enum element_kind {
    ELEMENT_OTHER,
    ELEMENT_EVENT,
    ELEMENT_SYSTEM,
    ELEMENT_PROVIDER,
    ELEMENT_COMPUTER,
    ELEMENT_EVENT_ID,
    ELEMENT_EVENT_DATA,
    ELEMENT_DATA,
};

// An element that has been opened and not yet ended.
struct open_element {
    enum element_kind kind;
    bool has_text;
    bool has_hole; // and it is that text
    bool has_child;
};

struct element_walk {
    struct cursor cursor;
    struct layout_body *body;
    const char *field;           // of EventData, to be looked out for; or NULL
    struct layout_string *texts; // room for text_room of them, in which text_count are
    size_t text_room;
    size_t text_count;
    size_t event_ids; // elements named EventID
    size_t systems;   // elements that are System, and so on
    size_t providers;
    size_t computers;
    size_t xml_holes; // holes for further elements
    size_t depth;
    struct open_element open[ELEMENTS_NESTING_MAX];
};

struct name {
    const uint8_t *characters;
    size_t length;
};

// A name stands inline where its offset points to the very place that has been reached: offset of
// the next name (u32), hash (u16), count of characters (u16), the characters, NUL.
static struct name take_name(struct cursor *cursor) {
    uint32_t offset = take_u32(cursor);
    struct cursor at = {cursor->chunk, offset, CHUNK_SIZE, cursor->ok && offset < CHUNK_SIZE};
    struct name name = {0};
    (void)take(&at, 6);
    name.length = take_u16(&at);
    name.characters = take(&at, name.length * 2);
    (void)take(&at, 2);
    if (!at.ok) {
        cursor->ok = false;
        return (struct name){0};
    }
    if (offset == cursor->at) {
        (void)take(cursor, at.at - offset);
    }
    return name;
}

static bool is_text(const uint8_t *characters, size_t length, const char *wanted) {
    if (length != strlen(wanted)) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        if (bytes_u16(characters + 2 * i) != (unsigned char)wanted[i]) {
            return false;
        }
    }
    return true;
}

static bool is_named(const struct name *name, const char *wanted) {
    return is_text(name->characters, name->length, wanted);
}

static bool is_hole(uint8_t token) {
    return token == TOKEN_HOLE || token == TOKEN_OPTIONAL_HOLE;
}

// Text or a hole: one piece of an element's or attribute's content. False for any other token.
static bool take_piece(struct element_walk *walk, uint8_t token, struct layout_source *piece) {
    struct cursor *cursor = &walk->cursor;
    if ((token & ~TOKEN_MORE) == TOKEN_TEXT) {
        uint8_t type = take_u8(cursor);
        uint32_t size = (uint32_t)take_u16(cursor) * 2;
        *piece = (struct layout_source){
            .kind = LAYOUT_TEXT, .offset = (uint32_t)cursor->at, .size = size};
        (void)take(cursor, size);
        if (!cursor->ok || type != LAYOUT_STRING) {
            return false;
        }
        if (walk->text_count < walk->text_room) {
            walk->texts[walk->text_count++] = (struct layout_string){piece->offset, size};
        }
        return true;
    }
    if (is_hole(token)) {
        *piece = (struct layout_source){.kind = LAYOUT_HOLE, .hole = take_u16(cursor)};
        (void)take_u8(cursor);
        return cursor->ok;
    }
    return false;
}

// Takes over what the one element EventID holds. False for text that is no such number.
static bool set_event_id(struct layout_body *body, const uint8_t *chunk,
                         const struct layout_source *piece) {
    body->id_is_hole = piece->kind == LAYOUT_HOLE;
    body->event_id = piece->hole;
    body->has_event_id = body->id_is_hole || piece->size > 0;
    unsigned number = 0;
    for (size_t i = 0; i < piece->size; i += 2) {
        unsigned digit = bytes_u16(chunk + piece->offset + i) - (unsigned)'0';
        if (digit > 9 || (number = number * 10 + digit) > UINT16_MAX) {
            return false;
        }
        body->event_id = (uint16_t)number;
    }
    return true;
}

// What an element's text, or an attribute's, says of the event.
static bool set_text(struct element_walk *walk, enum element_kind kind,
                     const struct layout_source *piece) {
    struct layout_body *body = walk->body;
    if (kind == ELEMENT_EVENT_ID) {
        return set_event_id(body, walk->cursor.chunk, piece);
    }
    if (kind == ELEMENT_COMPUTER) {
        body->computer = *piece;
    }
    return true;
}

static void set_attribute(struct element_walk *walk, enum element_kind kind,
                          const struct name *name, const struct layout_source *piece) {
    struct layout_body *body = walk->body;
    if (kind == ELEMENT_PROVIDER && is_named(name, "Name")) {
        body->provider_name = *piece;
    } else if (kind == ELEMENT_PROVIDER && is_named(name, "Guid")) {
        body->provider_guid = *piece;
    } else if (kind == ELEMENT_DATA && is_named(name, "Name") && walk->field != NULL) {
        body->names_field = body->names_field || is_text(walk->cursor.chunk + piece->offset,
                                                         piece->size / 2, walk->field);
    }
}

// Attributes up to the end of the start tag. Each has one piece at most.
static bool take_attributes(struct element_walk *walk, enum element_kind kind, uint8_t *closing) {
    struct cursor *cursor = &walk->cursor;
    struct layout_source piece;
    struct name name = {0};
    bool has_piece = true;
    for (;;) {
        uint8_t token = take_u8(cursor);
        if (!cursor->ok) {
            return false;
        }
        if ((token & ~TOKEN_MORE) == TOKEN_ATTRIBUTE) {
            name = take_name(cursor);
            has_piece = false;
        } else if (token == TOKEN_CLOSE_START_TAG || token == TOKEN_CLOSE_EMPTY_TAG) {
            *closing = token;
            return cursor->ok;
        } else if (has_piece || !take_piece(walk, token, &piece)) {
            return false;
        } else {
            set_attribute(walk, kind, &name, &piece);
            has_piece = true;
        }
    }
}

// Of several elements of one name the first counts.
static enum element_kind first_of(size_t *count, enum element_kind kind) {
    return (*count)++ == 0 ? kind : ELEMENT_OTHER;
}

static enum element_kind kind_of(struct element_walk *walk, const struct name *name) {
    enum element_kind parent = walk->depth > 0 ? walk->open[walk->depth - 1].kind : ELEMENT_OTHER;
    if (is_named(name, "EventID")) {
        walk->event_ids++;
        return ELEMENT_EVENT_ID;
    }
    if (walk->depth == 0 && is_named(name, "Event")) {
        return ELEMENT_EVENT;
    }
    if (parent == ELEMENT_EVENT && is_named(name, "System")) {
        return first_of(&walk->systems, ELEMENT_SYSTEM);
    }
    if (parent == ELEMENT_SYSTEM && is_named(name, "Provider")) {
        return first_of(&walk->providers, ELEMENT_PROVIDER);
    }
    if (parent == ELEMENT_SYSTEM && is_named(name, "Computer")) {
        return first_of(&walk->computers, ELEMENT_COMPUTER);
    }
    if ((parent == ELEMENT_EVENT || walk->depth == 0) && is_named(name, "EventData")) {
        bool is_first = !walk->body->has_event_data;
        walk->body->has_event_data = true;
        return is_first ? ELEMENT_EVENT_DATA : ELEMENT_OTHER;
    }
    return parent == ELEMENT_EVENT_DATA && is_named(name, "Data") ? ELEMENT_DATA : ELEMENT_OTHER;
}

static void end_element(struct element_walk *walk, enum element_kind kind) {
    walk->body->has_system = walk->body->has_system || kind == ELEMENT_SYSTEM;
}

static bool open_element(struct element_walk *walk, bool has_attributes) {
    if (walk->body->has_dependency_ids) {
        (void)take_u16(&walk->cursor);
    }
    (void)take_u32(&walk->cursor); // the element's size; the tokens tell
    struct name name = take_name(&walk->cursor);
    if (!walk->cursor.ok) {
        return false;
    }
    enum element_kind kind = kind_of(walk, &name);
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
    if (!take_attributes(walk, kind, &closing) || walk->depth == ELEMENTS_NESTING_MAX) {
        return false;
    }
    if (closing == TOKEN_CLOSE_START_TAG) {
        walk->open[walk->depth++] = (struct open_element){.kind = kind};
    } else {
        end_element(walk, kind);
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
    uint16_t number = take_u16(&walk->cursor);
    (void)take_u8(&walk->cursor);
    walk->xml_holes++;
    if (walk->open[walk->depth - 1].kind == ELEMENT_EVENT) {
        walk->body->has_data_hole = true;
        walk->body->data_hole = number;
    }
    return true;
}

// Reads one token of content. False where the element run stops being plain.
static bool walk_token(struct element_walk *walk, uint8_t token) {
    if ((token & ~TOKEN_MORE) == TOKEN_OPEN_ELEMENT) {
        return open_element(walk, (token & TOKEN_MORE) != 0);
    }
    struct open_element *element = &walk->open[walk->depth - 1];
    if (token == TOKEN_END_ELEMENT) {
        end_element(walk, element->kind);
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
    struct layout_source piece;
    return take_piece(walk, token, &piece) && set_text(walk, element->kind, &piece);
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

// Looks out for the cache's field.
static void read_body(const struct layout_cache *cache, const uint8_t *chunk,
                      struct layout_body *body) {
    struct element_walk walk = new_walk(chunk, body);
    walk.field = cache->field;
    walk_elements(&walk);
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

void layout_cache_clear(struct layout_cache *cache, const char *field) {
    cache->field = field;
    cache->count = 0;
    memset(cache->hints, 0, sizeof cache->hints);
    cache->has_definitions = false;
    cache->definition_count = 0;
}

// A definition: offset of the next (u32), GUID, size of its data (u32), the data.
static struct layout_body read_template(const struct layout_cache *cache, const uint8_t *chunk,
                                        uint32_t offset) {
    struct layout_body body = {.offset = offset, .has_dependency_ids = true};
    struct cursor cursor = {chunk, offset, CHUNK_SIZE, offset < CHUNK_SIZE};
    (void)take(&cursor, 4);
    (void)take(&cursor, 16);
    uint32_t size = take_u32(&cursor);
    if (!cursor.ok || size > CHUNK_SIZE - cursor.at) {
        return body;
    }
    body.size = TEMPLATE_HEADER_SIZE + size;
    read_body(cache, chunk, &body);
    return body;
}

// Apart from find_template(), which every record needs, and few need this.
__attribute__((noinline)) static const struct layout_body *add_template(struct layout_cache *cache,
                                                                        const uint8_t *chunk,
                                                                        uint32_t offset,
                                                                        struct layout_body *room) {
    if (cache->count < LAYOUT_TEMPLATES_MAX) {
        room = &cache->templates[cache->count++];
    }
    *room = read_template(cache, chunk, offset);
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

// Elements without a template: they stand in the record, or in a value, themselves. Windows gives
// them no dependency IDs there, but libevtx looks for some and reads only those that have them.
static struct layout_body read_bare(const struct layout_cache *cache, struct cursor cursor) {
    struct layout_body body = {0};
    for (int form = 0; form < 2 && !body.plain; form++) {
        body = (struct layout_body){.offset = (uint32_t)cursor.at,
                                    .size = (uint32_t)(cursor.end - cursor.at),
                                    .is_bare = true,
                                    .has_dependency_ids = form == 1};
        read_body(cache, cursor.chunk, &body);
    }
    return body;
}

static bool is_bare(struct cursor cursor) {
    return take_fragment_header(&cursor) && (take_u8(&cursor) & ~TOKEN_MORE) == TOKEN_OPEN_ELEMENT;
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
    const uint8_t *bytes = take(cursor, 10);
    *link = (struct layout_link){.offset = (uint32_t)cursor->at - 4,
                                 .definition = bytes_u32(bytes + 6)};
    *id = bytes_u32(bytes + 2);
    return cursor->ok && bytes[0] == TOKEN_TEMPLATE_INSTANCE;
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
static bool counts_impossibly_many(const uint8_t *chunk, size_t at,
                                   const struct layout_link *link) {
    if (link->definition == at) {
        if (CHUNK_SIZE - at < TEMPLATE_HEADER_SIZE) {
            return false;
        }
        size_t size = bytes_u32(chunk + at + TEMPLATE_HEADER_SIZE - 4);
        at += TEMPLATE_HEADER_SIZE;
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
        (void)take(cursor, instance->body->size);
    }
    instance->value_count = take_u32(cursor);
    if (!cursor->ok || instance->value_count > VALUES_MAX) {
        return false;
    }
    instance->descriptors = take(cursor, instance->value_count * 4);
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
    (void)take(&cursor, sum_of_sizes(instance->descriptors, number));
    *size = bytes_u16(instance->descriptors + 4 * number);
    *type = instance->descriptors[4 * number + 2];
    *at = cursor.at;
    (void)take(&cursor, *size);
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
    if (take_fragment_header(&behind)) {
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
    if (!take_fragment_header(&cursor) || !open_instance(&cache, &cursor, &instance)) {
        return record->offset;
    }
    for (size_t i = 0; i < instance.value_count; i++) {
        (void)take(&cursor, bytes_u16(instance.descriptors + 4 * i));
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
    } else if (take_fragment_header(&cursor) && open_instance(cache, &cursor, &instance)) {
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
