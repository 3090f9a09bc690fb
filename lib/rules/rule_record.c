// SPDX-License-Identifier: GPL-3.0-or-later
#include "rules/rule_record.h"

#include <stdlib.h>
#include <string.h>

// Making

static json_t *make_rule(const struct rule_text *text) {
    return json_pack("{s:b, s:O}", "builtin", text->is_builtin, "rule", text->tree);
}

static json_t *make_error(const struct source_error *error) {
    return json_pack("{s:I, s:I, s:I, s:b}", "line", (json_int_t)error->place.line, "column",
                     (json_int_t)error->place.column, "mark", (json_int_t)error->mark, "shown",
                     error->line != NULL);
}

json_t *rule_record_make(const struct rule_set *set) {
    json_t *rules = json_array();
    json_t *errors = json_array();
    json_t *results = json_array();
    bool ok = true;
    for (size_t i = 0; i < set->count; i++) {
        ok = json_array_append_new(rules, make_rule(set->list[i].text)) == 0 && ok;
    }
    for (size_t i = 0; i < set->files.error_count; i++) {
        ok = json_array_append_new(errors, make_error(&set->files.errors[i])) == 0 && ok;
    }
    for (size_t i = 0; i < RULE_RESULT_COUNT; i++) {
        json_t *count = json_integer((json_int_t)set->files.results[i]);
        ok = json_array_append_new(results, count) == 0 && ok;
    }
    json_t *record =
        json_pack("{s:o, s:o, s:o}", "rules", rules, "errors", errors, "results", results);
    if (!ok) {
        json_decref(record);
        return NULL;
    }
    return record;
}

static void add_name(struct buffer *names, const char *name) {
    buffer_add(names, name == NULL ? "" : name, name == NULL ? 1 : strlen(name) + 1);
}

void rule_record_add_names(const struct rule_set *set, struct buffer *names) {
    for (size_t i = 0; i < set->count; i++) {
        add_name(names, set->list[i].text->path);
    }
    for (size_t i = 0; i < set->files.error_count; i++) {
        const struct source_error *error = &set->files.errors[i];
        add_name(names, error->path);
        add_name(names, error->message);
        add_name(names, error->line);
    }
    for (size_t i = 0; i < set->files.note_count; i++) {
        add_name(names, set->files.notes[i]);
    }
}

// Reading

// What is left of the names.
struct names {
    const char *next;
    size_t size;
};

// A copy of the next name. NULL when there is none, or memory ran out.
static char *take_name(struct names *names) {
    size_t length = names->size == 0 ? 0 : strnlen(names->next, names->size);
    if (length == names->size) {
        return NULL;
    }
    char *copy = strdup(names->next);
    names->next += length + 1;
    names->size -= length + 1;
    return copy;
}

static bool read_rule(const json_t *record, struct names *names, struct rule_files *files) {
    struct rule_text rule;
    struct rule_fault fault;
    json_t *tree = json_object_get(record, "rule");
    if (!json_is_object(tree) || rule_text_read(&rule, tree, true, &fault) != RULE_READ) {
        return false;
    }
    const struct source_text start = {.text = "", .start = {.line = 1, .column = 1}};
    rule.is_builtin = json_is_true(json_object_get(record, "builtin"));
    rule.path = take_name(names);
    source_map_add(&rule.map, 0, 0);
    source_map_finish(&rule.map, &start);
    if (rule.path == NULL || rule.map.points.failed) {
        rule_text_free(&rule);
        return false;
    }
    return rule_files_add_rule(files, &rule);
}

static size_t take_number(const json_t *record, const char *key) {
    json_int_t number = json_integer_value(json_object_get(record, key));
    return number < 0 ? 0 : (size_t)number;
}

static bool read_error(const json_t *record, struct names *names, struct rule_files *files) {
    struct source_error error = {
        .place = {.line = take_number(record, "line"), .column = take_number(record, "column")},
        .mark = take_number(record, "mark"),
    };
    error.path = take_name(names);
    error.message = take_name(names);
    error.line = take_name(names);
    if (error.path == NULL || error.message == NULL || error.line == NULL) {
        source_error_free(&error);
        return false;
    }
    if (!json_is_true(json_object_get(record, "shown"))) {
        free(error.line);
        error.line = NULL;
    }
    error.mark = error.line == NULL || error.mark > strlen(error.line) ? 0 : error.mark;
    return rule_files_add_error(files, &error);
}

static bool read_notes(struct names *names, struct rule_files *files) {
    while (names->size > 0) {
        if (!rule_files_add_note(files, take_name(names))) {
            return false;
        }
    }
    return true;
}

static bool read_all(const json_t *record, struct names *names, struct rule_files *files) {
    const json_t *rules = json_object_get(record, "rules");
    const json_t *errors = json_object_get(record, "errors");
    const json_t *results = json_object_get(record, "results");
    bool ok = true;
    for (size_t i = 0; ok && i < json_array_size(rules); i++) {
        ok = read_rule(json_array_get(rules, i), names, files);
    }
    for (size_t i = 0; ok && i < json_array_size(errors); i++) {
        ok = read_error(json_array_get(errors, i), names, files);
    }
    for (size_t i = 0; ok && i < RULE_RESULT_COUNT; i++) {
        json_int_t count = json_integer_value(json_array_get(results, i));
        files->results[i] = count < 0 ? 0 : (size_t)count;
    }
    return ok && read_notes(names, files);
}

bool rule_record_read(const json_t *record, const struct buffer *names, struct rule_files *files) {
    struct names rest = {.next = names->data, .size = names->size};
    bool ok = read_all(record, &rest, files);
    if (!ok) {
        rule_files_free(files);
    }
    return ok;
}
