// SPDX-License-Identifier: GPL-3.0-or-later
#include "rules/rule_reader.h"

#include <stdint.h>
#include <string.h>

#include "base/ascii.h"
#include "rules/json_source.h"
#include "rules/toml.h"

enum rule_format rule_format_of(const char *path) {
    static const struct {
        const char *suffix;
        enum rule_format format;
    } suffixes[] = {
        {".toml", RULE_FORMAT_TOML},
        {".json", RULE_FORMAT_JSON},
        {".ndjson", RULE_FORMAT_JSON},
        {".eql", RULE_FORMAT_EQL},
    };
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        size_t size = strlen(path);
        size_t length = strlen(suffixes[i].suffix);
        if (size > length && ascii_equal(path + size - length, length, suffixes[i].suffix)) {
            return suffixes[i].format;
        }
    }
    return RULE_FORMAT_COUNT;
}

// Moves on to what follows `size` bytes.
static void advance(struct rule_reader *reader, size_t size) {
    struct source_text *source = &reader->source;
    source->start = source_advance(source->start, source->text, size);
    source->text += size;
    source->size -= size;
}

static enum rule_result wrong(const struct source_text *source, size_t offset, const char *message,
                              struct source_error *error) {
    return source_error_set(error, source, offset, message) ? RULE_WRONG : RULE_NO_MEMORY;
}

// Gives a rule that was read its path. Its map was made, or memory ran out.
static enum rule_result complete(struct rule_text *rule, const struct source_text *source,
                                 bool is_mapped) {
    rule->path = strdup(source->path);
    if (rule->path == NULL || !is_mapped) {
        rule_text_free(rule);
        return RULE_NO_MEMORY;
    }
    return RULE_READ;
}

// TOML.

// Puts a top-level table into that of the rule, where JSON has it.
static bool move_in(json_t *rule, const json_t *root, const char *key) {
    json_t *table = json_object_get(root, key);
    return table == NULL || json_object_set(rule, key, table) == 0;
}

static size_t place_in_toml(const struct toml *toml, const struct rule_fault *fault) {
    const struct {
        const json_t *table;
        const char *key;
    } tries[] = {{fault->table, fault->key}, {toml->root, fault->key}, {toml->root, "rule"}};
    size_t offset = SIZE_MAX;
    for (size_t i = 0; offset == SIZE_MAX && i < sizeof tries / sizeof *tries; i++) {
        offset = toml_place(toml, tries[i].table, tries[i].key);
    }
    return offset;
}

static enum rule_result read_toml_rule(const struct rule_reader *reader, const struct toml *toml,
                                       struct rule_text *rule, struct source_error *error) {
    const struct source_text *source = &reader->source;
    json_t *tree = json_object_get(toml->root, "rule");
    if (!json_is_object(tree)) {
        return wrong(source, 0, "expected a table [rule]", error);
    }
    if (!move_in(tree, toml->root, "metadata") || !move_in(tree, toml->root, "evtxseq")) {
        return RULE_NO_MEMORY;
    }
    struct rule_fault fault;
    enum rule_result result = rule_text_read(rule, tree, reader->any_index, &fault);
    if (result == RULE_WRONG) {
        return wrong(source, place_in_toml(toml, &fault), fault.message, error);
    }
    if (result != RULE_READ) {
        return result;
    }
    size_t offset = toml_place(toml, tree, "query");
    return complete(rule, source, toml_map_string(source, offset, &rule->map));
}

static enum rule_result read_toml(const struct rule_reader *reader, struct rule_text *rule,
                                  struct source_error *error) {
    struct toml toml;
    if (!toml_read(&toml, &reader->source, error)) {
        return error->message == NULL ? RULE_NO_MEMORY : RULE_WRONG;
    }
    enum rule_result result = read_toml_rule(reader, &toml, rule, error);
    toml_free(&toml);
    return result;
}

// JSON.

static void skip_json_space(struct rule_reader *reader) {
    size_t size = 0;
    while (size < reader->source.size && reader->source.text[size] != '\0' &&
           strchr(" \t\r\n", reader->source.text[size]) != NULL) {
        size++;
    }
    advance(reader, size);
}

// After what is not JSON goes on with the next line that starts with a brace: NDJSON has a rule
// there, and a rule over several lines has only its first there.
static enum rule_result fail_json(struct rule_reader *reader, size_t offset, const char *message,
                                  struct source_error *error) {
    bool is_last = ++reader->error_count == RULE_JSON_ERRORS_MAX;
    const char *next = is_last ? NULL : memmem(reader->source.text, reader->source.size, "\n{", 2);
    enum rule_result result =
        wrong(&reader->source, offset,
              is_last ? "expected JSON; the rest of the file is not read" : message, error);
    advance(reader, next == NULL ? reader->source.size : (size_t)(next - reader->source.text) + 1);
    reader->state = RULE_JSON_TOP;
    reader->has_rule = true;
    return result;
}

// Jansson says where it stopped reading, and in words what it did not like near which text: that
// text is what was read last.
static enum rule_result fail_in_object(struct rule_reader *reader, json_error_t *json_error,
                                       struct source_error *error) {
    if (*json_error->text == '\0') {
        return RULE_NO_MEMORY;
    }
    static const char words[] = " near '";
    size_t offset = (size_t)json_error->position;
    char *near = strstr(json_error->text, " near ");
    if (near != NULL && strncmp(near, words, strlen(words)) == 0) {
        size_t size = strlen(near) - strlen(words) - 1;
        offset -= size < offset ? size : offset;
    }
    if (near != NULL) {
        *near = '\0';
    }
    return fail_json(reader, offset < reader->source.size ? offset : reader->source.size,
                     json_error->text, error);
}

static enum rule_result read_object(const struct rule_reader *reader,
                                    const struct source_text *object, json_t *tree,
                                    struct rule_text *rule, struct source_error *error) {
    struct rule_fault fault;
    enum rule_result result = rule_text_read(rule, tree, reader->any_index, &fault);
    if (result == RULE_WRONG) {
        size_t offset = json_source_find(object, fault.table == tree ? fault.key : "evtxseq");
        return wrong(object, offset == SIZE_MAX ? 0 : offset, fault.message, error);
    }
    if (result != RULE_READ) {
        return result;
    }
    size_t offset = json_source_find(object, "query");
    return complete(rule, object,
                    json_source_map(object, offset == SIZE_MAX ? 0 : offset, &rule->map));
}

// Moves past brackets and commas to the next brace. False where something else stands, or nothing.
static bool find_brace(struct rule_reader *reader) {
    skip_json_space(reader);
    while (reader->source.size > 0) {
        char c = reader->source.text[0];
        enum rule_json_state state = reader->state;
        bool is_open = state == RULE_JSON_TOP && c == '[';
        bool is_close = (state == RULE_JSON_FIRST || state == RULE_JSON_AFTER) && c == ']';
        bool is_comma = state == RULE_JSON_AFTER && c == ',';
        if (!is_open && !is_close && !is_comma) {
            break;
        }
        reader->state = is_open ? RULE_JSON_FIRST : is_comma ? RULE_JSON_ITEM : RULE_JSON_TOP;
        advance(reader, 1);
        skip_json_space(reader);
    }
    return reader->source.size > 0 && reader->source.text[0] == '{' &&
           reader->state != RULE_JSON_AFTER;
}

// At a brace. Exports also hold lists of exceptions and, at the end, a summary: what has neither a
// rule's ID nor a query is not a rule, and *is_rule false.
static enum rule_result read_next_object(struct rule_reader *reader, bool *is_rule,
                                         struct rule_text *rule, struct source_error *error) {
    json_error_t json_error;
    *is_rule = true;
    json_t *tree = json_loadb(reader->source.text, reader->source.size,
                              JSON_DISABLE_EOF_CHECK | JSON_REJECT_DUPLICATES, &json_error);
    if (tree == NULL) {
        return fail_in_object(reader, &json_error, error);
    }
    struct source_text object = reader->source;
    object.size = (size_t)json_error.position;
    *is_rule = json_object_get(tree, "rule_id") != NULL || json_object_get(tree, "query") != NULL;
    enum rule_result result = RULE_READ;
    if (*is_rule) {
        result = read_object(reader, &object, tree, rule, error);
        reader->has_rule = true;
    }
    json_decref(tree);
    advance(reader, object.size);
    reader->state = reader->state == RULE_JSON_TOP ? RULE_JSON_TOP : RULE_JSON_AFTER;
    return result;
}

static bool next_json(struct rule_reader *reader, enum rule_result *result, struct rule_text *rule,
                      struct source_error *error) {
    static const char *const expected[] = {
        [RULE_JSON_TOP] = "expected { of a rule, or [ of a list of rules",
        [RULE_JSON_FIRST] = "expected { of a rule, or ]",
        [RULE_JSON_ITEM] = "expected { of a rule",
        [RULE_JSON_AFTER] = "expected , or ]",
    };
    bool is_rule = false;
    while (!is_rule) {
        if (find_brace(reader)) {
            *result = read_next_object(reader, &is_rule, rule, error);
            continue;
        }
        if (reader->source.size == 0 && reader->state == RULE_JSON_TOP && reader->has_rule) {
            return false;
        }
        *result = fail_json(reader, 0, expected[reader->state], error);
        is_rule = true;
    }
    return true;
}

// EQL.

// A line `// KEY: VALUE`, and where its value is in the source.
struct note {
    const char *key; // Elastic's name
    size_t value, value_size;
};

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r';
}

static void trim(const char *text, size_t *start, size_t *end) {
    while (*start < *end && is_blank(text[*start])) {
        ++*start;
    }
    while (*start < *end && is_blank(text[*end - 1])) {
        --*end;
    }
}

// Elastic's name for a key; NULL for what is an ordinary comment.
static const char *find_key(const char *key, size_t size) {
    static const char *const keys[][2] = {
        {"id", "rule_id"},        {"name", "name"},
        {"severity", "severity"}, {"risk_score", "risk_score"},
        {"technique", "threat"},  {"description", "description"},
    };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (ascii_equal(key, size, keys[i][0])) {
            return keys[i][1];
        }
    }
    return NULL;
}

// The note in a comment's text from `start` to `end`; its key is NULL when there is none.
static struct note note_of(const char *text, size_t start, size_t end) {
    const char *colon = memchr(text + start, ':', end - start);
    if (colon == NULL) {
        return (struct note){0};
    }
    size_t key_start = start;
    size_t key_end = (size_t)(colon - text);
    size_t value = key_end + 1;
    trim(text, &key_start, &key_end);
    trim(text, &value, &end);
    return (struct note){find_key(text + key_start, key_end - key_start), value, end - value};
}

// The next note among the blank lines and comments that the source starts with; *at is where to
// look, and is moved on. False when there is none left.
static bool next_note(const struct source_text *source, size_t *at, struct note *note) {
    const char *text = source->text;
    while (*at < source->size) {
        const char *line_end = memchr(text + *at, '\n', source->size - *at);
        size_t start = *at;
        size_t end = line_end == NULL ? source->size : (size_t)(line_end - text);
        *at = line_end == NULL ? end : end + 1;
        trim(text, &start, &end);
        if (start == end) {
            continue;
        }
        if (end - start < 2 || memcmp(text + start, "//", 2) != 0) {
            return false;
        }
        *note = note_of(text, start + 2, end);
        if (note->key != NULL) {
            return true;
        }
    }
    return false;
}

static size_t place_in_eql(const struct source_text *source, const char *key) {
    struct note note;
    for (size_t at = 0; next_note(source, &at, &note);) {
        if (strcmp(note.key, key) == 0) {
            return note.value;
        }
    }
    return 0;
}

// "T1047, T1059.005" as Elastic's rules have it, without names.
static json_t *make_threat(const char *text, size_t size) {
    json_t *techniques = json_array();
    for (size_t at = 0; at < size;) {
        size_t length = 0;
        while (at + length < size && text[at + length] != ',' && !is_blank(text[at + length])) {
            length++;
        }
        const char *dot = memchr(text + at, '.', length);
        size_t whole = dot == NULL ? length : (size_t)(dot - text) - at;
        if (length > 0) {
            (void)json_array_append_new(
                techniques, dot == NULL ? json_pack("{s:s%}", "id", text + at, whole)
                                        : json_pack("{s:s%, s:[{s:s%}]}", "id", text + at, whole,
                                                    "subtechnique", "id", text + at, length));
        }
        at += length > 0 ? length : 1;
    }
    return json_pack("[{s:o}]", "technique", techniques);
}

static json_t *make_value(const struct source_text *source, const struct note *note) {
    const char *text = source->text + note->value;
    if (strcmp(note->key, "threat") == 0) {
        return make_threat(text, note->value_size);
    }
    if (strcmp(note->key, "risk_score") == 0) {
        json_t *number = json_loadb(text, note->value_size, JSON_DECODE_ANY, NULL);
        if (number != NULL) {
            return number;
        }
    }
    return json_stringn(text, note->value_size);
}

// What an .eql file says if its notes do not.
static json_t *make_tree(const struct source_text *source) {
    const char *name = basename(source->path);
    size_t size = strlen(name) - strlen(".eql");
    return json_pack("{s:s, s:s%, s:s, s:i, s:s%}", "type", "eql", "rule_id", name, size,
                     "severity", "low", "risk_score", 21, "query", source->text, source->size);
}

// Sets the tree's values that the notes say.
static enum rule_result read_notes(const struct source_text *source, json_t *tree, json_t *given,
                                   struct source_error *error) {
    struct note note;
    for (size_t at = 0; next_note(source, &at, &note);) {
        if (json_object_get(given, note.key) != NULL) {
            return wrong(source, note.value, "expected this only once", error);
        }
        if (json_object_set_new(given, note.key, make_value(source, &note)) != 0) {
            return RULE_NO_MEMORY;
        }
    }
    if (json_object_update(tree, given) != 0) {
        return RULE_NO_MEMORY;
    }
    bool is_named = json_object_get(tree, "name") != NULL ||
                    json_object_set(tree, "name", json_object_get(tree, "rule_id")) == 0;
    return is_named ? RULE_READ : RULE_NO_MEMORY;
}

static enum rule_result read_eql_rule(const struct rule_reader *reader, json_t *tree, json_t *given,
                                      struct rule_text *rule, struct source_error *error) {
    const struct source_text *source = &reader->source;
    if (tree == NULL || given == NULL) {
        return RULE_NO_MEMORY;
    }
    struct rule_fault fault;
    enum rule_result result = read_notes(source, tree, given, error);
    if (result != RULE_READ) {
        return result;
    }
    result = rule_text_read(rule, tree, reader->any_index, &fault);
    if (result == RULE_WRONG) {
        return wrong(source, place_in_eql(source, fault.key), fault.message, error);
    }
    if (result != RULE_READ) {
        return result;
    }
    source_map_add(&rule->map, 0, 0);
    source_map_finish(&rule->map, source);
    return complete(rule, source, !rule->map.points.failed);
}

static enum rule_result read_eql(const struct rule_reader *reader, struct rule_text *rule,
                                 struct source_error *error) {
    size_t invalid = source_find_invalid(&reader->source);
    if (invalid < reader->source.size) {
        return wrong(&reader->source, invalid, "expected UTF-8 without NUL", error);
    }
    json_t *tree = make_tree(&reader->source);
    json_t *given = json_object();
    enum rule_result result = read_eql_rule(reader, tree, given, rule, error);
    json_decref(tree);
    json_decref(given);
    return result;
}

bool rule_reader_next(struct rule_reader *reader, enum rule_result *result, struct rule_text *rule,
                      struct source_error *error) {
    *error = (struct source_error){0};
    if (reader->format == RULE_FORMAT_JSON) {
        return next_json(reader, result, rule, error);
    }
    if (reader->has_rule) {
        return false;
    }
    reader->has_rule = true;
    *result = reader->format == RULE_FORMAT_TOML ? read_toml(reader, rule, error)
                                                 : read_eql(reader, rule, error);
    return true;
}
