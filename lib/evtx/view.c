// SPDX-License-Identifier: GPL-3.0-or-later
#include "evtx/view.h"

#include <string.h>

// Values

static bool piece_value(const struct view *view, const struct view_part *part,
                        const struct piece *piece, struct value *value) {
    if (!piece->is_substitution) {
        *value = (struct value){TYPE_STRING, true, piece->size, view->chunk + piece->offset};
        return true;
    }
    if (piece->substitution >= part->value_count) {
        return false;
    }
    const struct descriptor filled = descriptor_at(part->descriptors, piece->substitution);
    *value = (struct value){filled.type, false, filled.size,
                            view->chunk + part->places[piece->substitution]};
    return true;
}

static bool source_value(const struct view *view, const struct view_part *part,
                         const struct source *source, struct value *value) {
    return source->count == 1 &&
           piece_value(view, part, &part->definition->pieces[source->first], value);
}

static bool add_source(const struct view *view, const struct view_part *part,
                       const struct source *source, struct buffer *out) {
    const struct piece *pieces = &part->definition->pieces[source->first];
    struct value value;
    for (size_t i = 0; i < source->count; i++) {
        if (!piece_value(view, part, &pieces[i], &value) || !value_is_known(&value)) {
            return false;
        }
        value_add_text(out, &value);
    }
    return source->is_there;
}

// Opening

// Finds where the values of an instance stand. False where they reach beyond it.
static bool place_values(const struct instance *instance, struct view_part *part) {
    const uint8_t *descriptors = instance->values.chunk + instance->descriptors;
    size_t at = instance->values.at;
    if (instance->value_count > VIEW_VALUES_MAX) {
        return false;
    }
    part->descriptors = descriptors;
    part->value_count = instance->value_count;
    part->knows_all = true;
    for (size_t i = 0; i < instance->value_count; i++) {
        const struct descriptor descriptor = descriptor_at(descriptors, i);
        const struct value value = {descriptor.type, false, descriptor.size, NULL};
        part->places[i] = (uint32_t)at;
        part->knows_all &= value_is_known(&value) && value.type != TYPE_NULL;
        at += value.size;
    }
    part->end = (uint32_t)at;
    return at <= instance->values.end;
}

static bool open_instance(const struct view *view, struct definitions *definitions,
                          struct cursor cursor, struct view_part *part) {
    struct instance instance;
    if (!instance_open(&cursor, &instance)) {
        return false;
    }
    struct definition_place place =
        definitions_place(definitions, &instance, view->record->recovered);
    if (place.is_gone) {
        return false;
    }
    part->definition = definitions_read(definitions, place.offset);
    return part->definition->is_understood && place_values(&instance, part);
}

static bool open_inline(struct definitions *definitions, struct cursor cursor,
                        struct definition *room, struct view_part *part) {
    definitions_read_inline(definitions, room, (uint32_t)cursor.at,
                            (uint32_t)(cursor.end - cursor.at));
    part->definition = room;
    part->descriptors = NULL;
    part->value_count = 0;
    part->knows_all = true;
    return room->is_understood;
}

// Whether the values that make up an element's text are all there and known. An element whose
// optional value is null is itself not there, which is left to libevtx.
static bool knows_values(const struct view *view, const struct view_part *part,
                         const struct source *source) {
    struct value value;
    for (size_t i = 0; i < source->count; i++) {
        const struct piece *piece = &part->definition->pieces[source->first + i];
        if (!piece_value(view, part, piece, &value) || !value_is_known(&value) ||
            (piece->is_optional && value.type == TYPE_NULL)) {
            return false;
        }
    }
    return true;
}

static bool knows_attribute(const struct view *view, enum system_value which) {
    struct value value;
    return view->system.definition->system[which].count == 0 ||
           (view_system(view, which, &value) &&
            (value_is_known(&value) ||
             (which == SYSTEM_TIME_CREATED && value.type == TYPE_FILETIME && value.size == 8)));
}

// A number is one piece.
static bool knows_number(const struct view *view, enum system_value which) {
    const struct source *source = &view->system.definition->system[which];
    return source->count <= 1 && knows_values(view, &view->system, source);
}

static bool knows_system(const struct view *view) {
    const struct source *system = view->system.definition->system;
    return knows_attribute(view, SYSTEM_PROVIDER_NAME) &&
           knows_attribute(view, SYSTEM_PROVIDER_GUID) &&
           knows_attribute(view, SYSTEM_TIME_CREATED) && knows_number(view, SYSTEM_EVENT_ID) &&
           knows_number(view, SYSTEM_RECORD_ID) &&
           knows_values(view, &view->system, &system[SYSTEM_COMPUTER]) &&
           knows_values(view, &view->system, &system[SYSTEM_CHANNEL]);
}

static bool open_system(struct view *view, struct definitions *definitions) {
    struct cursor cursor = instance_record_cursor(view->chunk, view->record);
    if (instance_is_inline(cursor)) {
        return open_inline(definitions, cursor, &view->inline_system, &view->system);
    }
    // In a second fragment libevtx would read on.
    return cursor_fragment_header(&cursor) &&
           open_instance(view, definitions, cursor, &view->system) &&
           view->chunk[view->system.end] != TOKEN_FRAGMENT;
}

bool view_open(struct view *view, struct definitions *definitions, const uint8_t *chunk,
               const struct record *record) {
    view->chunk = chunk;
    view->record = record;
    view->data.definition = NULL;
    view->event_data = NULL;
    view->data_fits = true;
    return open_system(view, definitions) && view->system.definition->root == ROOT_EVENT &&
           view->system.definition->has_system && knows_system(view);
}

// Opens what the value of a substitution brings to the event, if there is something in it.
static bool open_nested(struct view *view, struct definitions *definitions) {
    const struct view_part *system = &view->system;
    size_t number = system->definition->xml_substitution;
    if (number >= system->value_count) {
        return false;
    }
    const struct descriptor nested = descriptor_at(system->descriptors, number);
    if (nested.type == TYPE_NULL) {
        return true;
    }
    // libevtx reads XML without regard to its size, even a size of nothing.
    if (nested.type != TYPE_BINARY_XML || nested.size == 0) {
        return false;
    }
    struct cursor cursor = {view->chunk, system->places[number],
                            system->places[number] + nested.size, true};
    bool is_open;
    if (instance_is_inline(cursor)) {
        is_open = open_inline(definitions, cursor, &view->inline_data, &view->data);
    } else {
        instance_skip_fragment_header(&cursor);
        is_open = open_instance(view, definitions, cursor, &view->data);
        view->data_fits = is_open && view->data.end + 1 == cursor.end;
    }
    return is_open && !view->data.definition->has_xml_substitution;
}

static bool knows_all_values(const struct view *view) {
    const struct view_part *part = view->event_data;
    if (part != NULL && part->knows_all &&
        part->definition->substitution_count <= part->value_count) {
        return true; // nearly always
    }
    for (size_t i = 0; i < view_item_count(view); i++) {
        if (!knows_values(view, view->event_data, &view_item(view, i)->source)) {
            return false;
        }
    }
    return true;
}

bool view_open_data(struct view *view, struct definitions *definitions) {
    const struct definition *system = view->system.definition;
    if (system->has_event_data) {
        view->event_data = &view->system;
    } else if (system->has_xml_substitution) {
        if (!open_nested(view, definitions)) {
            return false;
        }
        if (view->data.definition != NULL && view->data.definition->root == ROOT_EVENT_DATA) {
            view->event_data = &view->data;
        }
    }
    return knows_all_values(view);
}

// Whether what follows the values may be there: zeros, or the definition of a template.
static bool may_follow(const uint8_t *data, size_t size) {
    static const uint8_t fragment_header[4] = {TOKEN_FRAGMENT, 1, 1, 0};
    return (data[0] == 0 && memcmp(data, data + 1, size - 1) == 0) ||
           memmem(data, size, fragment_header, sizeof fragment_header) != NULL;
}

// After the values come the token that ends the event, zeros up to a multiple of eight bytes, and
// the record's size.
bool view_fits(const struct view *view) {
    const struct record *record = view->record;
    const struct view_part *system = &view->system;
    if (system->definition->run.is_inline) {
        return view->data_fits;
    }
    size_t end = record->offset + record->size - 4;
    size_t rest = end > system->end ? end - system->end : 0;
    return view->data_fits && rest > 0 &&
           (rest <= 8 || may_follow(view->chunk + system->end, rest));
}

// Checks

static bool is_checked_by_content(const struct definition *definition) {
    return definition != NULL && !definition->run.is_inline;
}

enum definition_check view_check(const struct view *view, const struct definitions *definitions) {
    enum definition_check check = DEFINITION_EQUAL;
    const struct definition *parts[] = {view->system.definition, view->data.definition};
    for (size_t i = 0; i < 2; i++) {
        if (parts[i] == NULL) {
            continue;
        }
        enum definition_check part = is_checked_by_content(parts[i])
                                         ? definitions_check(definitions, parts[i])
                                     : parts[i]->run.has_dependency_ids ? DEFINITION_UNCHECKED
                                                                        : DEFINITION_EQUAL;
        if (part == DEFINITION_DIFFERENT) {
            return part;
        }
        check = part == DEFINITION_UNCHECKED ? part : check;
    }
    return check;
}

void view_note(const struct view *view, struct definitions *definitions,
               enum definition_check check) {
    const struct definition *parts[] = {view->system.definition, view->data.definition};
    for (size_t i = 0; i < 2; i++) {
        if (is_checked_by_content(parts[i]) &&
            definitions_check(definitions, parts[i]) == DEFINITION_UNCHECKED) {
            definitions_note(definitions, parts[i], check);
        }
    }
}

static bool is_left_to_libevtx(const struct definition *definition) {
    return definition != NULL && definition->run.is_inline && definition->run.has_dependency_ids;
}

bool view_can_be_checked(const struct view *view) {
    return !is_left_to_libevtx(view->system.definition) &&
           !is_left_to_libevtx(view->data.definition);
}

// System

bool view_system(const struct view *view, enum system_value which, struct value *value) {
    const struct definition *definition = view->system.definition;
    return source_value(view, &view->system, &definition->system[which], value);
}

bool view_add_system(const struct view *view, enum system_value which, struct buffer *out) {
    return add_source(view, &view->system, &view->system.definition->system[which], out);
}

// EventData

size_t view_item_count(const struct view *view) {
    return view->event_data == NULL ? 0 : view->event_data->definition->item_count;
}

const struct definition_item *view_item(const struct view *view, size_t index) {
    return &view->event_data->definition->items[index];
}

const struct definition_item *view_find(const struct view *view, int number) {
    const struct definition *definition =
        view->event_data == NULL ? NULL : view->event_data->definition;
    if (definition == NULL || definition->by_number[number] == 0) {
        return NULL;
    }
    return &definition->items[definition->by_number[number] - 1];
}

bool view_value(const struct view *view, const struct definition_item *item, struct value *value) {
    return source_value(view, view->event_data, &item->source, value);
}

void view_add_text(const struct view *view, const struct definition_item *item,
                   struct buffer *out) {
    (void)add_source(view, view->event_data, &item->source, out);
}

void view_add_name(const struct view *view, const struct definition_item *item,
                   struct buffer *out) {
    const struct value name = {TYPE_STRING, true, item->name_size, view->chunk + item->name_offset};
    value_add_text(out, &name);
}
