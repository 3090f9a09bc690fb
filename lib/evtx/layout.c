// SPDX-License-Identifier: GPL-3.0-or-later
#include "evtx/layout.h"

#include <string.h>

struct reader {
    struct layout *layout;
    struct definitions *definitions;
    const struct record *record;
    size_t times; // that what is read is shown
};

enum {
    VALUE_TEXT = 3,     // bytes of XML for one of a value, markup and all
    SHOWN_SIZE_MIN = 4, // bytes of a definition that it takes to show a value
    FLOAT_SIZE = 4,     // bytes of the smaller
};

#define XML_SIZE_MAX ((size_t)1 << 32)

static size_t times(size_t a, size_t b) {
    return b == 0 || a <= XML_SIZE_MAX / b ? a * b : XML_SIZE_MAX;
}

static void add(const struct reader *reader, size_t *sum, size_t count) {
    size_t more = *sum + times(count, reader->times);
    *sum = more < XML_SIZE_MAX ? more : XML_SIZE_MAX;
}

static void add_xml(const struct reader *reader, size_t size) {
    add(reader, &reader->layout->xml_size, size);
}

static void add_definition(const struct reader *reader, const struct definition_weight *weight) {
    add_xml(reader, weight->text);
    add(reader, &reader->layout->tags, weight->tags);
    add(reader, &reader->layout->attributes, weight->attributes);
}

// Texts

static void add_string(struct layout *layout, size_t at, size_t size, bool is_in_attribute) {
    if (layout->string_count < LAYOUT_STRINGS_MAX) {
        layout->strings[layout->string_count++] =
            (struct layout_string){(uint32_t)at, (uint32_t)size, is_in_attribute};
    }
}

// Whether a reader of XML would find more than text in it. UTF-16 counts by its bytes too.
static bool has_markup(const uint8_t *bytes, size_t size, bool is_in_attribute) {
    return memchr(bytes, '<', size) != NULL || memchr(bytes, '&', size) != NULL ||
           (is_in_attribute && memchr(bytes, '"', size) != NULL);
}

static void read_text(struct layout *layout, uint8_t type, const uint8_t *bytes, size_t at,
                      size_t size, bool is_in_attribute) {
    bool is_ansi = (type & ~TYPE_ARRAY) == TYPE_ANSI_STRING;
    if (type == TYPE_STRING) {
        add_string(layout, at, size, is_in_attribute);
    } else if (is_ansi || (type == (TYPE_ARRAY | TYPE_STRING) && is_in_attribute)) {
        layout->has_markup = layout->has_markup || has_markup(bytes, size, is_in_attribute);
    }
}

// Values up to one that reaches beyond the instance.
static void read_texts(struct layout *layout, const struct instance *instance,
                       const struct definition *definition) {
    const uint8_t *chunk = instance->values.chunk;
    size_t at = instance->values.at;
    for (size_t i = 0; i < instance->value_count; i++) {
        const struct descriptor value = descriptor_at(chunk + instance->descriptors, i);
        if (value.size > instance->values.end - at) {
            layout->is_contained = false;
            return;
        }
        read_text(layout, value.type, chunk + at, at, value.size,
                  definition != NULL && definition_is_in_attribute(definition, i));
        at += value.size;
    }
}

// How many items an array has, at most.
static size_t count_items(uint8_t type, const uint8_t *bytes, size_t size) {
    size_t count = 1;
    if (type != (TYPE_ARRAY | TYPE_STRING)) {
        return size;
    }
    for (size_t at = 0; at + 2 <= size; at += 2) {
        count += bytes_u16(bytes + at) == 0;
    }
    return count;
}

// A value, shown so many times: an array with an element for each item.
static void add_value(const struct reader *reader, uint8_t type, const uint8_t *bytes, size_t size,
                      size_t uses, size_t attributes) {
    uint8_t item = type & (uint8_t)~TYPE_ARRAY;
    add_xml(reader, times(VALUE_TEXT * size, uses));
    if (item == TYPE_FLOAT || item == TYPE_DOUBLE) {
        add(reader, &reader->layout->floats, times((size + FLOAT_SIZE - 1) / FLOAT_SIZE, uses));
    }
    if ((type & TYPE_ARRAY) != 0) {
        size_t items = times(count_items(type, bytes, size), uses);
        add(reader, &reader->layout->tags, times(items, ELEMENT_TAGS));
        add(reader, &reader->layout->attributes, times(items, attributes));
    }
}

// Instances

static void read_nested_values(const struct reader *reader, const struct instance *instance,
                               const struct definition_weight *weight);

static void add_run(struct layout *layout, const struct definition *definition) {
    layout->is_joined = layout->is_joined || definition->is_joined;
    layout->runs[layout->run_count++] = definition->run;
}

// Opens an instance. False where it is not whole, or reaches beyond the record.
static bool open_instance(struct layout *layout, struct cursor cursor, struct instance *instance) {
    size_t end = cursor.end;
    cursor.end = CHUNK_SIZE; // libevtx reads on there
    instance_skip_fragment_header(&cursor);
    bool is_open = instance_open(&cursor, instance);
    layout->has_impossible_count = layout->has_impossible_count || instance->has_impossible_count;
    instance->values.end = end;
    return is_open && cursor.at <= end;
}

// An instance in a value, or one that a record starts with: all that it holds.
static void read_instance(const struct reader *reader, struct cursor cursor) {
    struct layout *layout = reader->layout;
    struct instance instance;
    if (!open_instance(layout, cursor, &instance)) {
        layout->is_contained = false;
        return;
    }
    struct definition_place place =
        definitions_place(reader->definitions, &instance, reader->record->recovered);
    layout->links[layout->link_count++] = (struct layout_link){instance.link, place};
    layout->has_later_definition =
        layout->has_later_definition || (place.offset > instance.link && !instance.is_inline);
    const struct definition *definition = NULL;
    struct definition_weight weight = {0};
    if (place.is_gone) {
        layout->runs[layout->run_count++] = (struct run){.offset = place.offset};
    } else {
        definition = definitions_read(reader->definitions, place.offset);
        add_run(layout, definition);
        weight = *definitions_weigh(reader->definitions, definition);
        add_definition(reader, &weight);
    }
    read_texts(layout, &instance, definition);
    read_nested_values(reader, &instance, &weight);
}

static void read_inline(const struct reader *reader, struct cursor cursor) {
    struct definition definition;
    definitions_read_inline(reader->definitions, &definition, (uint32_t)cursor.at,
                            (uint32_t)(cursor.end - cursor.at));
    reader->layout->is_contained = reader->layout->is_contained && definition.is_plain;
    add_run(reader->layout, &definition);
    struct definition_weight weight;
    definition_weigh(cursor.chunk, &definition.run, &weight);
    add_definition(reader, &weight);
}

static void read_nested(const struct reader *reader, struct cursor cursor) {
    if (reader->layout->run_count == LAYOUT_NESTING_MAX) {
        size_t size = cursor.end - cursor.at;
        reader->layout->is_contained = false;
        add_xml(reader, times(VALUE_TEXT * size, size / SHOWN_SIZE_MIN));
    } else if (instance_is_inline(cursor)) {
        read_inline(reader, cursor);
    } else {
        read_instance(reader, cursor);
    }
}

// libevtx reads XML without regard to the value's size.
static void read_nested_values(const struct reader *reader, const struct instance *instance,
                               const struct definition_weight *weight) {
    const uint8_t *chunk = instance->values.chunk;
    size_t at = instance->values.at;
    for (size_t i = 0; i < instance->value_count; i++) {
        const struct descriptor value = descriptor_at(chunk + instance->descriptors, i);
        size_t uses = weight->uses[i];
        if (value.size > instance->values.end - at) {
            return;
        }
        if (value.type == TYPE_BINARY_XML) {
            struct reader nested = *reader;
            nested.times = times(reader->times, uses > 0 ? uses : 1);
            read_nested(&nested, (struct cursor){chunk, at, instance->values.end, true});
        } else {
            add_value(reader, value.type, chunk + at, value.size, uses, weight->attributes_most);
        }
        at += value.size;
    }
}

void layout_read(struct layout *layout, struct definitions *definitions, const uint8_t *chunk,
                 const struct record *record) {
    const struct reader reader = {layout, definitions, record, 1};
    layout->is_contained = true;
    layout->has_impossible_count = false;
    layout->has_later_definition = false;
    layout->is_joined = false;
    layout->has_markup = false;
    layout->xml_size = 0;
    layout->tags = 0;
    layout->attributes = 0;
    layout->floats = 0;
    layout->run_count = 0;
    layout->link_count = 0;
    layout->string_count = 0;
    read_nested(&reader, instance_record_cursor(chunk, record));
}
