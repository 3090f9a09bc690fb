// SPDX-License-Identifier: GPL-3.0-or-later
#include "evtx/definition.h"

#include <string.h>

#include "evtx/binxml.h"
#include "evtx/chunk.h"

enum {
    ELEMENTS_NESTING_MAX = 32,
    ATTRIBUTES_MAX = 16,
    NAME_TEXT = 6,          // bytes of XML for a character: in the tags at both ends, UTF-8
    ATTRIBUTE_SIZE_MIN = 5, // bytes: its token, and where its name stands
};

// The elements that are told apart, by where they stand.
enum element_kind {
    ELEMENT_OTHER,
    ELEMENT_EVENT,
    ELEMENT_SYSTEM,
    ELEMENT_PROVIDER,
    ELEMENT_TIME_CREATED,
    ELEMENT_VALUE, // of System, by its text
    ELEMENT_EVENT_DATA,
    ELEMENT_DATA,
};

// An element that has been opened and not yet ended.
struct open_element {
    enum element_kind kind;
    struct source *source; // where its text goes; NULL for nowhere
    size_t end;            // as its size says
    bool has_text;
    bool has_substitution; // and it is part of that text
    bool has_child;
};

struct name {
    const uint8_t *characters;
    size_t length;
};

// Stretches that someone wants to have noted, as many as there is room for.
struct noted {
    struct piece *list;
    size_t room;
    size_t count;
};

struct walk {
    struct cursor cursor;
    struct definition *definition;
    const struct names *names;
    struct buffer *identity; // or NULL
    size_t identified;       // the run's bytes up to here have been seen to
    struct noted texts;
    struct noted name_places;
    struct definition_weight *weight; // or NULL
    size_t elements;
    size_t depth;
    struct open_element open[ELEMENTS_NESTING_MAX];
};

// The run is understood only where this is so.
static void require(struct walk *walk, bool is_so) {
    walk->definition->is_understood = walk->definition->is_understood && is_so;
}

static void note(struct noted *noted, struct piece piece) {
    if (noted->count < noted->room) {
        noted->list[noted->count++] = piece;
    }
}

// Identity

// Adds what has been read since, up to `at`.
static void identify(struct walk *walk, size_t at) {
    if (walk->identity != NULL && at > walk->identified) {
        buffer_add(walk->identity, walk->cursor.chunk + walk->identified, at - walk->identified);
    }
    walk->identified = at;
}

// Leaves out what depends on the place: the bytes from `from` to the cursor.
static void leave_out(struct walk *walk, size_t from) {
    identify(walk, from);
    walk->identified = walk->cursor.at;
}

// Takes a size that the tokens make superfluous. Returns where what it is of would end.
static size_t take_size(struct walk *walk) {
    size_t at = walk->cursor.at;
    uint32_t size = cursor_u32(&walk->cursor);
    leave_out(walk, at);
    return walk->cursor.at + size;
}

// Names

static bool is_name_character(uint16_t unit, bool is_first) {
    bool is_letter = (unit >= 'A' && unit <= 'Z') || (unit >= 'a' && unit <= 'z') || unit == '_';
    bool is_further = (unit >= '0' && unit <= '9') || unit == '.' || unit == '-';
    return is_letter || (is_further && !is_first);
}

// Whether it is a name to every reader, and no prefix is in it.
static bool is_plain_name(const struct name *name) {
    bool ok = name->length > 0 && bytes_u16(name->characters + 2 * name->length) == 0;
    for (size_t i = 0; ok && i < name->length; i++) {
        ok = is_name_character(bytes_u16(name->characters + 2 * i), i == 0);
    }
    return ok;
}

// libevtx ends a name at a NUL. One that has been overwritten, in remains, may have it anywhere.
static size_t shown_length(const struct name *name) {
    size_t length = 0;
    while (length < name->length && bytes_u16(name->characters + 2 * length) != 0) {
        length++;
    }
    return length;
}

// A name stands inline where its offset points to the very place that has been reached: offset of
// the next name (u32), hash (u16), count of characters (u16), the characters, NUL.
static struct name take_name(struct walk *walk) {
    struct cursor *cursor = &walk->cursor;
    size_t begin = cursor->at;
    uint32_t offset = cursor_u32(cursor);
    struct cursor at = {cursor->chunk, offset, CHUNK_SIZE, cursor->ok && offset < CHUNK_SIZE};
    struct name name = {0};
    (void)cursor_take(&at, 6);
    name.length = cursor_u16(&at);
    name.characters = cursor_take(&at, name.length * 2 + 2);
    if (!at.ok) {
        cursor->ok = false;
        return (struct name){0};
    }
    note(&walk->name_places, (struct piece){.offset = offset, .size = (uint32_t)(at.at - offset)});
    if (walk->weight != NULL) {
        walk->weight->text += NAME_TEXT * shown_length(&name);
    }
    if (offset == cursor->at) {
        (void)cursor_take(cursor, at.at - offset);
    }
    leave_out(walk, begin);
    if (walk->identity != NULL) {
        buffer_add(walk->identity, name.characters, name.length * 2 + 2);
    }
    require(walk, is_plain_name(&name));
    return name;
}

static bool is_named(const struct name *name, const char *wanted) {
    size_t length = strlen(wanted);
    bool is_same = name->length == length;
    for (size_t i = 0; is_same && i < length; i++) {
        is_same = bytes_u16(name->characters + 2 * i) == (unsigned char)wanted[i];
    }
    return is_same;
}

// Text

static void note_use(const struct walk *walk, uint16_t substitution) {
    struct definition_weight *weight = walk->weight;
    if (weight != NULL && substitution < INSTANCE_VALUES_MAX &&
        weight->uses[substitution] < UINT16_MAX) {
        weight->uses[substitution]++;
    }
}

static void note_in_attribute(struct definition *definition, uint16_t substitution) {
    if (substitution < INSTANCE_VALUES_MAX) {
        definition->in_attributes[substitution / 8] |= (uint8_t)(1U << substitution % 8);
    }
}

static bool take_own_text(struct walk *walk, bool is_in_attribute, struct piece *piece) {
    struct cursor *cursor = &walk->cursor;
    uint8_t type = cursor_u8(cursor);
    uint32_t size = (uint32_t)cursor_u16(cursor) * 2;
    *piece = (struct piece){
        .is_in_attribute = is_in_attribute, .offset = (uint32_t)cursor->at, .size = size};
    (void)cursor_take(cursor, size);
    if (!cursor->ok || type != TYPE_STRING) {
        return false;
    }
    note(&walk->texts, *piece);
    return true;
}

// Text or a substitution: one piece of an element's or attribute's content. False for any other
// token.
static bool take_piece(struct walk *walk, uint8_t token, bool is_in_attribute,
                       struct piece *piece) {
    struct cursor *cursor = &walk->cursor;
    if ((token & ~TOKEN_MORE) == TOKEN_TEXT) {
        return take_own_text(walk, is_in_attribute, piece);
    }
    if (!token_is_substitution(token)) {
        return false;
    }
    *piece = (struct piece){.is_in_attribute = is_in_attribute,
                            .is_substitution = true,
                            .is_optional = token == TOKEN_OPTIONAL_SUBSTITUTION,
                            .substitution = cursor_u16(cursor)};
    uint8_t type = cursor_u8(cursor);
    note_use(walk, piece->substitution);
    require(walk, type != TYPE_BINARY_XML);
    if (is_in_attribute) {
        note_in_attribute(walk->definition, piece->substitution);
    }
    return cursor->ok;
}

// Adds a piece to the text of a source, whose last one it is.
static void add_piece(struct walk *walk, struct source *source, const struct piece *piece) {
    struct definition *definition = walk->definition;
    if (source == NULL) {
        return;
    }
    if (definition->piece_count == DEFINITION_PIECES_MAX) {
        require(walk, false);
        return;
    }
    if (source->count++ == 0) {
        source->first = (uint8_t)definition->piece_count;
    }
    definition->pieces[definition->piece_count++] = *piece;
    if (piece->is_substitution && piece->substitution >= definition->substitution_count) {
        definition->substitution_count = piece->substitution + 1;
    }
}

// Attributes

// Of a Data, by the text of its attribute Name. Text that a reader of XML would change is not
// understood.
static void begin_item(struct walk *walk, const struct piece *name) {
    struct definition *definition = walk->definition;
    const uint8_t *text = walk->cursor.chunk + name->offset;
    bool is_plain = !name->is_substitution && definition->item_count < DEFINITION_ITEMS_MAX;
    for (size_t i = 0; is_plain && i < name->size; i += 2) {
        is_plain = bytes_u16(text + i) >= ' ';
    }
    require(walk, is_plain);
    if (!is_plain || name->size == 0) {
        return;
    }
    int number = names_find(walk->names, text, name->size);
    struct definition_item *item = &definition->items[definition->item_count++];
    *item = (struct definition_item){number, name->offset, name->size, {.is_there = true}};
    if (number != NAMES_OTHER && definition->by_number[number] == 0) {
        definition->by_number[number] = (uint8_t)definition->item_count;
    }
}

static void set_attribute(struct walk *walk, enum element_kind kind, const struct name *name,
                          const struct piece *piece) {
    struct source *system = walk->definition->system;
    struct source *source = NULL;
    if (kind == ELEMENT_PROVIDER && is_named(name, "Name")) {
        source = &system[SYSTEM_PROVIDER_NAME];
    } else if (kind == ELEMENT_PROVIDER && is_named(name, "Guid")) {
        source = &system[SYSTEM_PROVIDER_GUID];
    } else if (kind == ELEMENT_TIME_CREATED && is_named(name, "SystemTime")) {
        source = &system[SYSTEM_TIME_CREATED];
    } else if (kind == ELEMENT_DATA && is_named(name, "Name")) {
        begin_item(walk, piece);
    }
    if (source != NULL) {
        source->is_there = true;
        add_piece(walk, source, piece);
    }
}

// A reader of XML refuses an element with two attributes of one name.
static bool is_new(const struct name *names, size_t count, const struct name *name) {
    for (size_t i = 0; i < count; i++) {
        if (names[i].length == name->length &&
            memcmp(names[i].characters, name->characters, name->length * 2) == 0) {
            return false;
        }
    }
    return true;
}

static void weigh_attributes(struct definition_weight *weight, size_t count) {
    if (weight != NULL) {
        weight->attributes += count;
        weight->attributes_most = count > weight->attributes_most ? count : weight->attributes_most;
    }
}

// Attributes up to the end of the start tag. Each has one piece at most.
static bool take_attributes(struct walk *walk, enum element_kind kind, uint8_t *closing) {
    struct cursor *cursor = &walk->cursor;
    struct name names[ATTRIBUTES_MAX];
    size_t count = 0; // of those that are understood
    size_t read = 0;
    struct piece piece;
    struct name name = {0};
    bool has_piece = true;
    for (;;) {
        uint8_t token = cursor_u8(cursor);
        if (!cursor->ok) {
            return false;
        }
        if ((token & ~TOKEN_MORE) == TOKEN_ATTRIBUTE) {
            name = take_name(walk);
            if (!cursor->ok) {
                return false;
            }
            bool is_one_more = count < ATTRIBUTES_MAX && is_new(names, count, &name);
            require(walk, is_one_more);
            if (is_one_more) {
                names[count++] = name;
            }
            has_piece = false;
            read++;
        } else if (token == TOKEN_CLOSE_START_TAG || token == TOKEN_CLOSE_EMPTY_TAG) {
            *closing = token;
            weigh_attributes(walk->weight, read);
            return cursor->ok;
        } else if (has_piece || !take_piece(walk, token, true, &piece)) {
            return false;
        } else {
            set_attribute(walk, kind, &name, &piece);
            has_piece = true;
        }
    }
}

// Elements

// An element of System whose text counts: the first of its name.
static enum element_kind system_element(struct walk *walk, const struct name *name,
                                        struct source **source) {
    static const struct {
        const char *name;
        enum system_value value;
        enum element_kind kind;
    } elements[] = {
        {"Provider", SYSTEM_PROVIDER_NAME, ELEMENT_PROVIDER},
        {"EventID", SYSTEM_EVENT_ID, ELEMENT_VALUE},
        {"TimeCreated", SYSTEM_TIME_CREATED, ELEMENT_TIME_CREATED},
        {"EventRecordID", SYSTEM_RECORD_ID, ELEMENT_VALUE},
        {"Computer", SYSTEM_COMPUTER, ELEMENT_VALUE},
        {"Channel", SYSTEM_CHANNEL, ELEMENT_VALUE},
    };
    for (size_t i = 0; i < sizeof elements / sizeof *elements; i++) {
        if (!is_named(name, elements[i].name)) {
            continue;
        }
        struct source *value = &walk->definition->system[elements[i].value];
        if (value->is_there) {
            // Another Provider could bring what the first one lacks.
            require(walk, elements[i].kind == ELEMENT_VALUE);
            return ELEMENT_OTHER;
        }
        if (elements[i].kind == ELEMENT_VALUE) {
            value->is_there = true;
            *source = value;
        }
        return elements[i].kind;
    }
    return ELEMENT_OTHER;
}

// Of several elements of one name the first counts.
static enum element_kind first_of(bool *is_there, enum element_kind kind) {
    bool is_first = !*is_there;
    *is_there = true;
    return is_first ? kind : ELEMENT_OTHER;
}

static enum element_kind root_of(struct walk *walk, const struct name *name) {
    struct definition *definition = walk->definition;
    if (is_named(name, "Event")) {
        definition->root = ROOT_EVENT;
        return ELEMENT_EVENT;
    }
    if (is_named(name, "EventData")) {
        definition->root = ROOT_EVENT_DATA;
        definition->has_event_data = true;
        return ELEMENT_EVENT_DATA;
    }
    // Filled into an event, it could be its first System.
    require(walk, !is_named(name, "System"));
    return ELEMENT_OTHER;
}

static enum element_kind part_of_event(struct walk *walk, const struct name *name) {
    struct definition *definition = walk->definition;
    if (is_named(name, "System")) {
        return first_of(&definition->has_system, ELEMENT_SYSTEM);
    }
    if (is_named(name, "EventData")) {
        // What is filled in before it may be the first.
        require(walk, !definition->has_xml_substitution);
        return first_of(&definition->has_event_data, ELEMENT_EVENT_DATA);
    }
    return ELEMENT_OTHER;
}

static enum element_kind kind_of(struct walk *walk, const struct name *name,
                                 struct source **source) {
    if (walk->depth == 0) {
        return root_of(walk, name);
    }
    switch (walk->open[walk->depth - 1].kind) {
    case ELEMENT_EVENT:
        return part_of_event(walk, name);
    case ELEMENT_SYSTEM:
        return system_element(walk, name, source);
    case ELEMENT_EVENT_DATA:
        return is_named(name, "Data") ? ELEMENT_DATA : ELEMENT_OTHER;
    case ELEMENT_VALUE:
    case ELEMENT_DATA:
        require(walk, false); // text within its text
        return ELEMENT_OTHER;
    default:
        return ELEMENT_OTHER;
    }
}

// Enters an element whose start tag has been read.
static bool enter(struct walk *walk, const struct open_element *element) {
    if (walk->depth == ELEMENTS_NESTING_MAX) {
        return false;
    }
    walk->open[walk->depth++] = *element;
    return true;
}

// An element ends here.
static void end_element(struct walk *walk, size_t end) {
    walk->definition->has_false_sizes = walk->definition->has_false_sizes || walk->cursor.at != end;
}

static bool open_element(struct walk *walk, bool has_attributes) {
    if (walk->definition->run.has_dependency_ids) {
        (void)cursor_u16(&walk->cursor);
    }
    struct open_element element = {.end = take_size(walk)};
    struct name name = take_name(walk);
    if (!walk->cursor.ok || ++walk->elements > DEFINITION_ELEMENTS_MAX) {
        return false;
    }
    element.kind = kind_of(walk, &name, &element.source);
    if (walk->weight != NULL) {
        walk->weight->tags += ELEMENT_TAGS;
    }
    if (has_attributes) {
        (void)take_size(walk);
    }
    if (walk->depth > 0) {
        struct open_element *parent = &walk->open[walk->depth - 1];
        if (parent->has_text) {
            return false; // its text might go on after this child
        }
        parent->has_child = true;
    }
    uint8_t closing = 0;
    size_t item_count = walk->definition->item_count;
    if (!take_attributes(walk, element.kind, &closing)) {
        return false;
    }
    if (closing != TOKEN_CLOSE_START_TAG) {
        end_element(walk, element.end);
        return true;
    }
    if (element.kind == ELEMENT_DATA && walk->definition->item_count > item_count) {
        element.source = &walk->definition->items[item_count].source;
    }
    return enter(walk, &element);
}

// A substitution for binary XML takes elements: EventData stands in one, after System. In an
// element that is not told apart, such as UserData, what it takes says nothing of the event.
static bool take_xml_substitution(struct walk *walk, uint8_t token) {
    const struct cursor *cursor = &walk->cursor;
    if (!token_is_substitution(token) || cursor->end - cursor->at < 3 ||
        cursor->chunk[cursor->at + 2] != TYPE_BINARY_XML) {
        return false;
    }
    struct definition *definition = walk->definition;
    uint16_t number = cursor_u16(&walk->cursor);
    (void)cursor_u8(&walk->cursor);
    note_use(walk, number);
    enum element_kind kind = walk->open[walk->depth - 1].kind;
    if (kind == ELEMENT_EVENT) {
        // Of two, or of one and an EventData, either could be the first EventData.
        require(walk, !definition->has_xml_substitution && !definition->has_event_data);
        definition->has_xml_substitution = true;
        definition->xml_substitution = number;
    } else {
        require(walk, kind == ELEMENT_OTHER);
    }
    return true;
}

// Elements that count by what is in them or by their attributes, not by their text: whether a value
// of a record leaves them out is not looked at.
static bool is_structure(enum element_kind kind) {
    return kind != ELEMENT_OTHER && kind != ELEMENT_VALUE && kind != ELEMENT_DATA;
}

static bool take_text(struct walk *walk, struct open_element *element, uint8_t token) {
    struct piece piece;
    if (element->has_child || !take_piece(walk, token, false, &piece)) {
        return false;
    }
    if (element->has_text && (piece.is_substitution || element->has_substitution)) {
        walk->definition->is_joined = true;
    }
    require(walk, !piece.is_optional || !is_structure(element->kind));
    element->has_text = true;
    element->has_substitution = element->has_substitution || piece.is_substitution;
    add_piece(walk, element->source, &piece);
    return true;
}

// Reads one token of content. False where the run stops being plain.
static bool walk_token(struct walk *walk, uint8_t token) {
    if ((token & ~TOKEN_MORE) == TOKEN_OPEN_ELEMENT) {
        return open_element(walk, (token & TOKEN_MORE) != 0);
    }
    struct open_element *element = &walk->open[walk->depth - 1];
    if (token == TOKEN_END_ELEMENT) {
        end_element(walk, element->end);
        walk->depth--;
        return true;
    }
    if (take_xml_substitution(walk, token)) {
        element->has_child = true;
        return !element->has_text;
    }
    return take_text(walk, element, token);
}

// Whether nothing follows the root.
static bool is_at_end(const struct cursor *cursor) {
    return cursor->at == cursor->end || cursor->chunk[cursor->at] == TOKEN_END_OF_FRAGMENT;
}

// Walks one element with all that is in it.
static void walk_elements(struct walk *walk) {
    struct definition *definition = walk->definition;
    definition->is_understood = true;
    if (!cursor_fragment_header(&walk->cursor) ||
        (cursor_u8(&walk->cursor) & ~TOKEN_MORE) != TOKEN_OPEN_ELEMENT) {
        definition->is_understood = false;
        return;
    }
    walk->cursor.at--;
    do {
        uint8_t token = cursor_u8(&walk->cursor);
        if (!walk->cursor.ok || !walk_token(walk, token)) {
            definition->is_understood = false;
            return;
        }
    } while (walk->depth > 0);
    definition->is_plain = walk->cursor.ok;
    require(walk, definition->is_plain && is_at_end(&walk->cursor));
}

// Nothing is known of the run yet. What has a count is not cleared.
static void begin_run(struct definition *definition, const struct run *run) {
    memset(definition, 0, offsetof(struct definition, items));
    definition->run = *run;
}

// Ready to walk the definition's run, and to note what it finds in it.
static struct walk new_walk(const uint8_t *chunk, struct definition *definition) {
    const struct run *run = &definition->run;
    size_t start = run->offset + (run->is_inline ? 0U : DEFINITION_HEADER_SIZE);
    size_t end = (size_t)run->offset + run->size;
    return (struct walk){
        .cursor = {chunk, start, end, start <= end}, .definition = definition, .identified = start};
}

void definition_read(struct definition *definition, const uint8_t *chunk, uint32_t offset,
                     const struct names *names, struct buffer *identity) {
    begin_run(definition, &(struct run){.offset = offset, .has_dependency_ids = true});
    struct cursor cursor = {chunk, offset, CHUNK_SIZE, offset < CHUNK_SIZE};
    (void)cursor_take(&cursor, 4);
    const uint8_t *guid = cursor_take(&cursor, 16);
    uint32_t size = cursor_u32(&cursor);
    if (!cursor.ok || size > CHUNK_SIZE - cursor.at) {
        return;
    }
    definition->run.size = DEFINITION_HEADER_SIZE + size;
    struct walk walk = new_walk(chunk, definition);
    walk.names = names;
    walk.identity = identity;
    if (identity != NULL) {
        buffer_add(identity, guid, 16);
    }
    walk_elements(&walk);
    identify(&walk, walk.cursor.at);
}

void definition_read_inline(struct definition *definition, const uint8_t *chunk, uint32_t offset,
                            uint32_t size, const struct names *names) {
    definition->is_plain = false;
    for (int form = 0; form < 2 && !definition->is_plain; form++) {
        begin_run(definition, &(struct run){.offset = offset,
                                            .size = size,
                                            .is_inline = true,
                                            .has_dependency_ids = form == 1});
        struct walk walk = new_walk(chunk, definition);
        walk.names = names;
        walk_elements(&walk);
    }
    // Of elements without a template, libevtx reads as many as the sizes say.
    definition->is_understood = definition->is_understood && !definition->has_false_sizes;
}

size_t definition_texts(const uint8_t *chunk, const struct run *run, struct piece *texts,
                        size_t room) {
    struct definition scratch;
    begin_run(&scratch, run);
    struct walk walk = new_walk(chunk, &scratch);
    walk.texts = (struct noted){.list = texts, .room = room};
    walk_elements(&walk);
    return walk.texts.count;
}

size_t definition_names(const uint8_t *chunk, const struct run *run, struct piece *names,
                        size_t room) {
    struct definition scratch;
    begin_run(&scratch, run);
    struct walk walk = new_walk(chunk, &scratch);
    walk.name_places = (struct noted){.list = names, .room = room};
    walk_elements(&walk);
    return walk.name_places.count;
}

// What cannot be walked is looked through for what may be a substitution. It may be all attributes:
// nothing of its size takes libevtx longer.
static void weigh_rest(const struct walk *walk) {
    const struct cursor *cursor = &walk->cursor;
    walk->weight->text += (cursor->end - cursor->at) * NAME_TEXT;
    walk->weight->attributes += (cursor->end - cursor->at) / ATTRIBUTE_SIZE_MIN;
    for (size_t at = cursor->at; at + 3 <= cursor->end; at++) {
        if (token_is_substitution(cursor->chunk[at])) {
            note_use(walk, bytes_u16(cursor->chunk + at + 1));
        }
    }
}

void definition_weigh(const uint8_t *chunk, const struct run *run,
                      struct definition_weight *weight) {
    struct definition scratch;
    begin_run(&scratch, run);
    *weight = (struct definition_weight){.text = run->size};
    struct walk walk = new_walk(chunk, &scratch);
    walk.weight = weight;
    walk_elements(&walk);
    if (!scratch.is_plain && walk.cursor.at < walk.cursor.end) {
        weigh_rest(&walk);
    }
}
