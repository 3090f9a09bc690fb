// SPDX-License-Identifier: GPL-3.0-or-later
// What a run of elements in binary XML says.
#include "evtx/layout_body.h"

#include <string.h>

#include "evtx/chunk.h"
#include "evtx/cursor.h"

enum { ELEMENTS_NESTING_MAX = 32 };

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
    uint32_t offset = cursor_u32(cursor);
    struct cursor at = {cursor->chunk, offset, CHUNK_SIZE, cursor->ok && offset < CHUNK_SIZE};
    struct name name = {0};
    (void)cursor_take(&at, 6);
    name.length = cursor_u16(&at);
    name.characters = cursor_take(&at, name.length * 2);
    (void)cursor_take(&at, 2);
    if (!at.ok) {
        cursor->ok = false;
        return (struct name){0};
    }
    if (offset == cursor->at) {
        (void)cursor_take(cursor, at.at - offset);
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
        uint8_t type = cursor_u8(cursor);
        uint32_t size = (uint32_t)cursor_u16(cursor) * 2;
        *piece = (struct layout_source){
            .kind = LAYOUT_TEXT, .offset = (uint32_t)cursor->at, .size = size};
        (void)cursor_take(cursor, size);
        if (!cursor->ok || type != LAYOUT_STRING) {
            return false;
        }
        if (walk->text_count < walk->text_room) {
            walk->texts[walk->text_count++] = (struct layout_string){piece->offset, size};
        }
        return true;
    }
    if (is_hole(token)) {
        *piece = (struct layout_source){.kind = LAYOUT_HOLE, .hole = cursor_u16(cursor)};
        (void)cursor_u8(cursor);
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
        uint8_t token = cursor_u8(cursor);
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
        (void)cursor_u16(&walk->cursor);
    }
    (void)cursor_u32(&walk->cursor); // the element's size; the tokens tell
    struct name name = take_name(&walk->cursor);
    if (!walk->cursor.ok) {
        return false;
    }
    enum element_kind kind = kind_of(walk, &name);
    if (has_attributes) {
        (void)cursor_u32(&walk->cursor); // the attributes' size
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
    uint16_t number = cursor_u16(&walk->cursor);
    (void)cursor_u8(&walk->cursor);
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
    size_t start = body->offset + (body->is_bare ? 0U : LAYOUT_TEMPLATE_HEADER);
    size_t end = (size_t)body->offset + body->size;
    return (struct element_walk){.cursor = {chunk, start, end, start <= end}, .body = body};
}

// Walks one element with all that is in it.
static void walk_elements(struct element_walk *walk) {
    struct layout_body *body = walk->body;
    if (!cursor_fragment_header(&walk->cursor) ||
        (cursor_u8(&walk->cursor) & ~TOKEN_MORE) != TOKEN_OPEN_ELEMENT) {
        return;
    }
    walk->cursor.at--;
    do {
        uint8_t token = cursor_u8(&walk->cursor);
        if (!walk->cursor.ok || !walk_token(walk, token)) {
            body->has_event_id = false;
            return;
        }
    } while (walk->depth > 0);
    body->plain = walk->cursor.ok;
    body->has_event_id = body->has_event_id && body->plain && walk->event_ids == 1;
}

static void read_elements(const uint8_t *chunk, const char *field, struct layout_body *body) {
    struct element_walk walk = new_walk(chunk, body);
    walk.field = field;
    walk_elements(&walk);
}

struct layout_body layout_body_of_template(const uint8_t *chunk, uint32_t offset,
                                           const char *field) {
    struct layout_body body = {.offset = offset, .has_dependency_ids = true};
    struct cursor cursor = {chunk, offset, CHUNK_SIZE, offset < CHUNK_SIZE};
    (void)cursor_take(&cursor, 4);
    (void)cursor_take(&cursor, 16);
    uint32_t size = cursor_u32(&cursor);
    if (!cursor.ok || size > CHUNK_SIZE - cursor.at) {
        return body;
    }
    body.size = LAYOUT_TEMPLATE_HEADER + size;
    read_elements(chunk, field, &body);
    return body;
}

struct layout_body layout_body_bare(const uint8_t *chunk, uint32_t offset, uint32_t size,
                                    const char *field) {
    struct layout_body body = {0};
    for (int form = 0; form < 2 && !body.plain; form++) {
        body = (struct layout_body){
            .offset = offset, .size = size, .is_bare = true, .has_dependency_ids = form == 1};
        read_elements(chunk, field, &body);
    }
    return body;
}

size_t layout_body_texts(const uint8_t *chunk, const struct layout_body *body,
                         struct layout_string *texts, size_t room) {
    struct layout_body scratch = *body;
    struct element_walk walk = new_walk(chunk, &scratch);
    walk.texts = texts;
    walk.text_room = room;
    walk_elements(&walk);
    return walk.text_count;
}
