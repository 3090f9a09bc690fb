// SPDX-License-Identifier: GPL-3.0-or-later
#include "rules/toml.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "rules/toml_scan.h"

// How far a table, or an array of tables, may still be added to. Inline tables, and arrays that are
// values, are not on the list of these: they are complete. Tables of dotted keys in them are, but
// no key leads there any more.
enum openness {
    TABLE_IMPLIED, // named by a header only as the way to another table: may get a header yet
    TABLE_DOTTED,  // named by dotted keys below the current header, and open to more of them
    TABLE_HEADED,  // has its header, or dotted keys below an earlier one: open to sub-tables
};

struct table {
    json_t *node;
    enum openness openness;
};

struct place {
    const json_t *table;
    const char *key; // the tree's
    size_t offset;
};

// A key's parts, decoded, lie in the document's `names`: each with a NUL, from start[i] on.
struct key {
    size_t start[TOML_PARTS_MAX];
    size_t offset[TOML_PARTS_MAX]; // in the source
    size_t count;
    size_t names_size; // before it
};

struct document {
    struct toml_reader reader;
    struct toml *toml;
    struct table tables[TOML_TABLES_MAX];
    size_t table_count;
    struct buffer names;
    size_t depth; // of the value being read
};

static bool run_out(struct document *document) {
    document->reader.failed = true;
    return false;
}

// Keys.

static const char *part_of(const struct document *document, const struct key *key, size_t i) {
    return document->names.data + key->start[i];
}

static void drop_key(struct document *document, const struct key *key) {
    document->names.size = key->names_size;
}

static bool read_part(struct document *document) {
    struct toml_reader *reader = &document->reader;
    size_t start = reader->at;
    char c = toml_peek(reader, 0);
    if (c == '"' || c == '\'') {
        return toml_read_string(reader, false, &document->names);
    }
    while (toml_is_bare(toml_peek(reader, 0))) {
        reader->at++;
    }
    buffer_add(&document->names, reader->text + start, reader->at - start);
    return reader->at > start ||
           toml_fail(reader, start, "expected a key: letters, digits, _ and -, or text in quotes");
}

static bool read_key(struct document *document, struct key *key) {
    struct toml_reader *reader = &document->reader;
    *key = (struct key){.names_size = document->names.size};
    do {
        reader->at += key->count > 0;
        toml_skip_blanks(reader);
        if (key->count == TOML_PARTS_MAX) {
            return toml_fail(reader, reader->at, "expected at most %d parts of a key",
                             TOML_PARTS_MAX);
        }
        key->start[key->count] = document->names.size;
        key->offset[key->count++] = reader->at;
        if (!read_part(document)) {
            return false;
        }
        buffer_add_byte(&document->names, '\0');
        toml_skip_blanks(reader);
    } while (toml_peek(reader, 0) == '.');
    return !document->names.failed || run_out(document);
}

// Tables.

static struct table *find_table(struct document *document, const json_t *node) {
    for (size_t i = document->table_count; i > 0; i--) {
        if (document->tables[i - 1].node == node) {
            return &document->tables[i - 1];
        }
    }
    return NULL;
}

// Notes where the value of that name, just added to the table, stands.
static bool note_place(struct document *document, json_t *table, const char *name, size_t offset) {
    struct buffer *places = &document->toml->places;
    const struct place place = {
        .table = table,
        .key = json_object_iter_key(json_object_iter_at(table, name)),
        .offset = offset,
    };
    buffer_add(places, &place, sizeof place);
    return !places->failed || run_out(document);
}

// Gives a new table, or array of tables, to the list and to its parent; NULL for false.
static json_t *add_table(struct document *document, json_t *parent, const char *name, json_t *node,
                         enum openness openness, size_t offset) {
    if (document->table_count == TOML_TABLES_MAX) {
        json_decref(node);
        (void)toml_fail(&document->reader, offset, "expected at most %d tables", TOML_TABLES_MAX);
        return NULL;
    }
    bool is_added = name == NULL ? json_array_append_new(parent, node) == 0
                                 : json_object_set_new(parent, name, node) == 0 &&
                                       note_place(document, parent, name, offset);
    if (!is_added) {
        (void)run_out(document);
        return NULL;
    }
    document->tables[document->table_count++] = (struct table){node, openness};
    return node;
}

static json_t *refuse(struct document *document, const struct key *key, size_t i) {
    (void)toml_fail(&document->reader, key->offset[i],
                    "expected another name: \"%.60s\" is there already", part_of(document, key, i));
    return NULL;
}

// The table that part i of a header leads through.
static json_t *go_through(struct document *document, json_t *table, const struct key *key,
                          size_t i) {
    const char *name = part_of(document, key, i);
    json_t *child = json_object_get(table, name);
    if (child == NULL) {
        return add_table(document, table, name, json_object(), TABLE_IMPLIED, key->offset[i]);
    }
    if (find_table(document, child) == NULL) {
        return refuse(document, key, i);
    }
    return json_is_array(child) ? json_array_get(child, json_array_size(child) - 1) : child;
}

// The table that a header's last part names: [name].
static json_t *open_table(struct document *document, json_t *table, const struct key *key) {
    size_t last = key->count - 1;
    const char *name = part_of(document, key, last);
    json_t *child = json_object_get(table, name);
    if (child == NULL) {
        return add_table(document, table, name, json_object(), TABLE_HEADED, key->offset[last]);
    }
    struct table *known = find_table(document, child);
    if (known == NULL || known->openness != TABLE_IMPLIED) {
        return refuse(document, key, last);
    }
    known->openness = TABLE_HEADED;
    return child;
}

// A new table of the array that a header's last part names: [[name]].
static json_t *open_element(struct document *document, json_t *table, const struct key *key) {
    size_t last = key->count - 1;
    const char *name = part_of(document, key, last);
    json_t *array = json_object_get(table, name);
    if (array == NULL) {
        array = add_table(document, table, name, json_array(), TABLE_HEADED, key->offset[last]);
    } else if (!json_is_array(array) || find_table(document, array) == NULL) {
        return refuse(document, key, last);
    }
    return array == NULL
               ? NULL
               : add_table(document, array, NULL, json_object(), TABLE_HEADED, key->offset[last]);
}

// The key of [key] or [[key]], which has one or two brackets.
static bool read_header_key(struct document *document, size_t brackets, struct key *key) {
    struct toml_reader *reader = &document->reader;
    reader->at += brackets;
    if (!read_key(document, key)) {
        return false;
    }
    for (size_t i = 0; i < brackets; i++) {
        if (toml_peek(reader, i) != ']') {
            return toml_fail(reader, reader->at + i, "expected %.*s", (int)brackets, "]]");
        }
    }
    reader->at += brackets;
    return true;
}

// Reads a header. Returns the table that is current then, or NULL for false.
static json_t *read_header(struct document *document) {
    size_t brackets = toml_peek(&document->reader, 1) == '[' ? 2 : 1;
    struct key key;
    if (!read_header_key(document, brackets, &key)) {
        return NULL;
    }
    for (size_t i = 0; i < document->table_count; i++) {
        if (document->tables[i].openness == TABLE_DOTTED) {
            document->tables[i].openness = TABLE_HEADED;
        }
    }
    json_t *table = document->toml->root;
    for (size_t i = 0; table != NULL && i + 1 < key.count; i++) {
        table = go_through(document, table, &key, i);
    }
    if (table != NULL) {
        table =
            brackets == 1 ? open_table(document, table, &key) : open_element(document, table, &key);
    }
    drop_key(document, &key);
    return table;
}

// Values.

static json_t *read_value(struct document *document);

static json_t *read_text(struct document *document) {
    struct toml_reader *reader = &document->reader;
    struct buffer text = {0};
    json_t *value = NULL;
    if (toml_read_string(reader, true, &text)) {
        value = text.failed ? NULL : json_stringn(text.size == 0 ? "" : text.data, text.size);
        reader->failed = value == NULL;
    }
    buffer_free(&text);
    return value;
}

static json_t *read_boolean(struct document *document) {
    struct toml_reader *reader = &document->reader;
    static const char *const words[] = {"false", "true"};
    for (size_t i = 0; i < 2; i++) {
        size_t size = strlen(words[i]);
        if (reader->size - reader->at >= size &&
            memcmp(reader->text + reader->at, words[i], size) == 0) {
            reader->at += size;
            return json_boolean(i);
        }
    }
    (void)toml_fail(reader, reader->at,
                    "expected a value: text in quotes, a number, true, false, [...] or {...}");
    return NULL;
}

// The dotted key's tables below `table`, but for the last part. NULL for false.
static json_t *open_dotted(struct document *document, json_t *table, const struct key *key) {
    for (size_t i = 0; table != NULL && i + 1 < key->count; i++) {
        const char *name = part_of(document, key, i);
        json_t *child = json_object_get(table, name);
        if (child == NULL) {
            table = add_table(document, table, name, json_object(), TABLE_DOTTED, key->offset[i]);
            continue;
        }
        struct table *known = find_table(document, child);
        if (known == NULL || known->openness == TABLE_HEADED) {
            return refuse(document, key, i);
        }
        known->openness = TABLE_DOTTED;
        table = child;
    }
    return table;
}

static bool read_pair_of(struct document *document, json_t *table, const struct key *key) {
    struct toml_reader *reader = &document->reader;
    size_t last = key->count - 1;
    if (toml_peek(reader, 0) != '=') {
        return toml_fail(reader, reader->at, "expected = after the key");
    }
    reader->at++;
    table = open_dotted(document, table, key);
    if (table == NULL) {
        return false;
    }
    if (json_object_get(table, part_of(document, key, last)) != NULL) {
        return refuse(document, key, last) != NULL;
    }
    toml_skip_blanks(reader);
    size_t offset = reader->at;
    json_t *value = read_value(document);
    if (value == NULL) {
        return false;
    }
    const char *name = part_of(document, key, last);
    return json_object_set_new(table, name, value) == 0 ? note_place(document, table, name, offset)
                                                        : run_out(document);
}

// key = value, into the table.
static bool read_pair(struct document *document, json_t *table) {
    struct key key;
    if (!read_key(document, &key) || !read_pair_of(document, table, &key)) {
        return false;
    }
    drop_key(document, &key);
    return true;
}

// After an item: a comma, or what closes the list. False for neither.
static bool read_comma(struct document *document, char close, bool *is_open) {
    struct toml_reader *reader = &document->reader;
    char c = toml_peek(reader, 0);
    if (c != ',' && c != close) {
        return toml_fail(reader, reader->at, "expected , or %c", close);
    }
    reader->at++;
    *is_open = c == ',';
    return true;
}

static bool read_items(struct document *document, json_t *array) {
    struct toml_reader *reader = &document->reader;
    bool is_open = true;
    while (is_open) {
        if (!toml_skip_lines(reader)) {
            return false;
        }
        if (toml_peek(reader, 0) == ']') {
            reader->at++;
            return true;
        }
        json_t *item = read_value(document);
        if (item == NULL) {
            return false;
        }
        if (json_array_append_new(array, item) != 0) {
            return run_out(document);
        }
        if (!toml_skip_lines(reader) || !read_comma(document, ']', &is_open)) {
            return false;
        }
    }
    return true;
}

// No line ends, and no comma at the end.
static bool read_pairs(struct document *document, json_t *table) {
    struct toml_reader *reader = &document->reader;
    toml_skip_blanks(reader);
    if (toml_peek(reader, 0) == '}') {
        reader->at++;
        return true;
    }
    bool is_open = true;
    while (is_open) {
        if (!read_pair(document, table)) {
            return false;
        }
        toml_skip_blanks(reader);
        if (!read_comma(document, '}', &is_open)) {
            return false;
        }
    }
    return true;
}

static json_t *read_container(struct document *document) {
    struct toml_reader *reader = &document->reader;
    bool is_array = toml_peek(reader, 0) == '[';
    if (document->depth == TOML_DEPTH_MAX) {
        (void)toml_fail(reader, reader->at,
                        "expected at most %d brackets and braces in one another", TOML_DEPTH_MAX);
        return NULL;
    }
    reader->at++;
    json_t *container = is_array ? json_array() : json_object();
    if (container == NULL) {
        (void)run_out(document);
        return NULL;
    }
    document->depth++;
    bool is_read = is_array ? read_items(document, container) : read_pairs(document, container);
    document->depth--;
    if (!is_read) {
        json_decref(container);
        return NULL;
    }
    return container;
}

static json_t *read_value(struct document *document) {
    struct toml_reader *reader = &document->reader;
    char c = toml_peek(reader, 0);
    if (c == '"' || c == '\'') {
        return read_text(document);
    }
    if (c == '[' || c == '{') {
        return read_container(document);
    }
    bool is_number = c == '+' || c == '-' || (c >= '0' && c <= '9');
    return is_number ? toml_read_number(reader) : read_boolean(document);
}

// The whole.

static bool read_document(struct document *document) {
    struct toml_reader *reader = &document->reader;
    json_t *table = document->toml->root;
    for (;;) {
        if (!toml_skip_lines(reader)) {
            return false;
        }
        if (reader->at == reader->size) {
            return true;
        }
        if (toml_peek(reader, 0) == '[') {
            table = read_header(document);
            if (table == NULL) {
                return false;
            }
        } else if (!read_pair(document, table)) {
            return false;
        }
        if (!toml_end_line(reader)) {
            return false;
        }
    }
}

static bool check_text(const struct source_text *source, struct toml_reader *reader) {
    size_t invalid = source_find_invalid(source);
    if (invalid < source->size) {
        return toml_fail(reader, invalid, "expected UTF-8 without NUL");
    }
    return source->size <= TOML_SIZE_MAX ||
           toml_fail(reader, 0, "expected at most %d bytes", TOML_SIZE_MAX);
}

bool toml_read(struct toml *toml, const struct source_text *source, struct source_error *error) {
    *error = (struct source_error){0};
    *toml = (struct toml){.root = json_object()};
    struct document *document = calloc(1, sizeof *document);
    if (toml->root == NULL || document == NULL) {
        free(document);
        toml_free(toml);
        return false;
    }
    document->toml = toml;
    document->reader = (struct toml_reader){.text = source->text, .size = source->size};
    bool is_read = check_text(source, &document->reader) && read_document(document);
    if (!is_read && !document->reader.failed) {
        (void)source_error_set(error, source, document->reader.wrong_at, document->reader.wrong);
    }
    buffer_free(&document->names);
    free(document);
    if (!is_read) {
        toml_free(toml);
    }
    return is_read;
}

void toml_free(struct toml *toml) {
    json_decref(toml->root);
    buffer_free(&toml->places);
    *toml = (struct toml){0};
}

size_t toml_place(const struct toml *toml, const json_t *table, const char *key) {
    const struct place *places = (const struct place *)(const void *)toml->places.data;
    for (size_t i = 0; i < toml->places.size / sizeof *places; i++) {
        if (places[i].table == table && strcmp(places[i].key, key) == 0) {
            return places[i].offset;
        }
    }
    return SIZE_MAX;
}

bool toml_map_string(const struct source_text *source, size_t offset, struct source_map *map) {
    struct toml_reader reader = {
        .text = source->text, .size = source->size, .at = offset, .map = map};
    struct buffer text = {0};
    bool is_mapped = toml_read_string(&reader, true, &text) && !text.failed && !map->points.failed;
    buffer_free(&text);
    source_map_finish(map, source);
    return is_mapped;
}
