// SPDX-License-Identifier: GPL-3.0-or-later
#include "rules/rule_text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/glob.h"

static const char *const severity_names[RULE_SEVERITY_COUNT] = {"low", "medium", "high",
                                                                "critical"};

const char *rule_severity_name(enum rule_severity severity) {
    return severity_names[severity];
}

bool rule_severity_find(const char *name, enum rule_severity *severity) {
    for (int i = 0; i < RULE_SEVERITY_COUNT; i++) {
        if (strcmp(name, severity_names[i]) == 0) {
            *severity = (enum rule_severity)i;
            return true;
        }
    }
    return false;
}

__attribute__((format(printf, 4, 5))) static bool
fail(struct rule_fault *fault, const json_t *table, const char *key, const char *format, ...) {
    va_list arguments;
    *fault = (struct rule_fault){.table = table, .key = key};
    va_start(arguments, format);
    // NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): it loses sight of va_start().
    (void)vsnprintf(fault->message, sizeof fault->message, format, arguments);
    va_end(arguments);
    return false;
}

// Running out of memory: a fault without a message.
static bool run_out(struct rule_fault *fault) {
    *fault = (struct rule_fault){0};
    return false;
}

// A value under one of a table's names, of one kind. What is not there, or null, stays as it is.

static json_t *get(const json_t *table, const char *key) {
    json_t *value = json_object_get(table, key);
    return json_is_null(value) ? NULL : value;
}

static bool take_text(const json_t *table, const char *key, const char **text,
                      struct rule_fault *fault) {
    const json_t *value = get(table, key);
    if (value == NULL) {
        return true;
    }
    *text = json_string_value(value);
    return *text != NULL || fail(fault, table, key, "expected \"%s\" to be text", key);
}

static bool need(const json_t *table, const char *key, struct rule_fault *fault) {
    return get(table, key) != NULL ||
           fail(fault, table, key, "expected \"%s\", which a rule must have", key);
}

static bool need_text(const json_t *table, const char *key, const char **text,
                      struct rule_fault *fault) {
    if (!need(table, key, fault) || !take_text(table, key, text, fault)) {
        return false;
    }
    return (*text != NULL && **text != '\0') ||
           fail(fault, table, key, "expected \"%s\" not to be empty", key);
}

// Sets *value to NULL if there is none.
static bool take_kind(const json_t *table, const char *key, json_type kind, const char *words,
                      json_t **value, struct rule_fault *fault) {
    *value = get(table, key);
    return *value == NULL || json_typeof(*value) == kind ||
           fail(fault, table, key, "expected \"%s\" to be %s", key, words);
}

static bool take_texts(const json_t *table, const char *key, struct rule_texts *texts,
                       struct rule_fault *fault) {
    json_t *list = NULL;
    if (!take_kind(table, key, JSON_ARRAY, "a list of texts", &list, fault)) {
        return false;
    }
    size_t count = json_array_size(list);
    texts->items = count == 0 ? NULL : calloc(count, sizeof *texts->items);
    if (count > 0 && texts->items == NULL) {
        return run_out(fault);
    }
    for (size_t i = 0; i < count; i++) {
        texts->items[i] = json_string_value(json_array_get(list, i));
        if (texts->items[i] == NULL) {
            return fail(fault, table, key, "expected \"%s\" to be a list of texts", key);
        }
    }
    texts->count = count;
    return true;
}

static bool take_integer(const json_t *table, const char *key, json_int_t most, json_int_t *number,
                         struct rule_fault *fault) {
    const json_t *value = get(table, key);
    if (value == NULL) {
        return true;
    }
    *number = json_integer_value(value);
    return (json_is_integer(value) && *number >= 0 && *number <= most) ||
           fail(fault, table, key, "expected \"%s\" to be a whole number from 0 to %lld", key,
                (long long)most);
}

// ATT&CK: "threat" is a list of tactics, each with a list "technique" of techniques, each with one
// "subtechnique". What is wrong in it is said of "threat" as a whole.

static bool fail_threat(const struct rule_text *rule, struct rule_fault *fault) {
    return fail(fault, rule->tree, "threat",
                "expected \"threat\" to be a list of tactics and techniques, each with an \"id\"");
}

static bool read_attack_name(const json_t *table, struct rule_attack_name *name) {
    struct rule_fault ignored;
    return json_is_object(table) && take_text(table, "id", &name->id, &ignored) &&
           take_text(table, "name", &name->name, &ignored) &&
           take_text(table, "reference", &name->reference, &ignored) && name->id != NULL;
}

static bool add_attack(struct rule_text *rule, const struct rule_attack *attack,
                       struct rule_fault *fault) {
    struct rule_attack *attacks =
        reallocarray(rule->attacks, rule->attack_count + 1, sizeof *attacks);
    if (attacks == NULL) {
        return run_out(fault);
    }
    attacks[rule->attack_count++] = *attack;
    rule->attacks = attacks;
    return true;
}

// A list of what is below a tactic or technique; none is an empty one. False if it is not a list.
static bool take_below(const json_t *table, const char *key, json_t **list) {
    *list = get(table, key);
    return *list == NULL || json_is_array(*list);
}

static bool read_technique(struct rule_text *rule, const json_t *table, struct rule_attack attack,
                           struct rule_fault *fault) {
    json_t *list = NULL;
    if (!read_attack_name(table, &attack.technique) || !take_below(table, "subtechnique", &list)) {
        return fail_threat(rule, fault);
    }
    if (json_array_size(list) == 0) {
        return add_attack(rule, &attack, fault);
    }
    for (size_t i = 0; i < json_array_size(list); i++) {
        attack.subtechnique = (struct rule_attack_name){0};
        if (!read_attack_name(json_array_get(list, i), &attack.subtechnique)) {
            return fail_threat(rule, fault);
        }
        if (!add_attack(rule, &attack, fault)) {
            return false;
        }
    }
    return true;
}

static bool read_tactic(struct rule_text *rule, const json_t *table, struct rule_fault *fault) {
    struct rule_attack attack = {0};
    const json_t *tactic = get(table, "tactic");
    json_t *list = NULL;
    if (!json_is_object(table) || !take_below(table, "technique", &list) ||
        (tactic != NULL && !read_attack_name(tactic, &attack.tactic)) ||
        (tactic == NULL && json_array_size(list) == 0)) {
        return fail_threat(rule, fault);
    }
    if (json_array_size(list) == 0) {
        return add_attack(rule, &attack, fault);
    }
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (!read_technique(rule, json_array_get(list, i), attack, fault)) {
            return false;
        }
    }
    return true;
}

static bool read_threat(struct rule_text *rule, struct rule_fault *fault) {
    json_t *list = NULL;
    if (!take_below(rule->tree, "threat", &list)) {
        return fail_threat(rule, fault);
    }
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (!read_tactic(rule, json_array_get(list, i), fault)) {
            return false;
        }
    }
    return true;
}

// The rest.

static bool read_severity(struct rule_text *rule, struct rule_fault *fault) {
    const char *name = NULL;
    json_int_t score = 0;
    if (!need_text(rule->tree, "severity", &name, fault)) {
        return false;
    }
    if (!rule_severity_find(name, &rule->severity)) {
        return fail(fault, rule->tree, "severity",
                    "expected \"severity\" to be low, medium, high or critical");
    }
    if (!need(rule->tree, "risk_score", fault) ||
        !take_integer(rule->tree, "risk_score", 100, &score, fault)) {
        return false;
    }
    rule->risk_score = (int)score;
    return true;
}

// Our own table: what is not known there is a mistake.
static bool read_own(struct rule_text *rule, struct rule_fault *fault) {
    static const char key[] = "repeat";
    json_t *own = NULL;
    if (!take_kind(rule->tree, "evtxseq", JSON_OBJECT, "a table", &own, fault)) {
        return false;
    }
    const json_t *repeat = json_object_get(own, key);
    if (repeat != NULL && !json_is_boolean(repeat)) {
        return fail(fault, own, key, "expected \"%s\" to be true or false", key);
    }
    rule->repeat = json_is_true(repeat);
    if (!take_text(own, "fallback", &rule->fallback, fault)) {
        return false;
    }
    size_t known = (size_t)(repeat != NULL) + (rule->fallback != NULL);
    return json_object_size(own) == known ||
           fail(fault, rule->tree, "evtxseq",
                "expected nothing but \"%s\" and \"fallback\" in \"evtxseq\"", key);
}

static bool is_empty(const json_t *value) {
    return value == NULL || json_is_false(value) ||
           (json_is_array(value) && json_array_size(value) == 0) ||
           (json_is_object(value) && json_object_size(value) == 0) ||
           (json_is_string(value) && json_string_length(value) == 0);
}

// What changes which events Elastic alerts on, or how severe an alert is. Kibana's exports have
// most of these, and empty.
static bool note_not_applied(struct rule_text *rule, struct rule_fault *fault) {
    static const char *const keys[] = {
        "filters",          "exceptions_list",  "event_category_override", "timestamp_field",
        "tiebreaker_field", "severity_mapping", "risk_score_mapping",
    };
    struct rule_texts *names = &rule->not_applied;
    names->items = calloc(sizeof keys / sizeof *keys, sizeof *names->items);
    if (names->items == NULL) {
        return run_out(fault);
    }
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (!is_empty(get(rule->tree, keys[i]))) {
            names->items[names->count++] = keys[i];
        }
    }
    return true;
}

static bool read_all(struct rule_text *rule, struct rule_fault *fault) {
    const json_t *tree = rule->tree;
    json_int_t version = 0;
    bool is_read = need_text(tree, "rule_id", &rule->id, fault) &&
                   need_text(tree, "name", &rule->name, fault) &&
                   need_text(tree, "query", &rule->query, fault) && read_severity(rule, fault) &&
                   take_integer(tree, "version", INT64_MAX, &version, fault) &&
                   take_text(tree, "description", &rule->description, fault) &&
                   take_text(tree, "note", &rule->note, fault) &&
                   take_text(tree, "setup", &rule->setup, fault) &&
                   take_text(tree, "license", &rule->license, fault) &&
                   take_texts(tree, "author", &rule->authors, fault) &&
                   take_texts(tree, "false_positives", &rule->false_positives, fault) &&
                   take_texts(tree, "references", &rule->references, fault) &&
                   read_threat(rule, fault) && read_own(rule, fault) &&
                   note_not_applied(rule, fault);
    rule->version = version;
    return is_read;
}

// Whether one of the patterns is, or takes in, what Elastic's own agents write Sysmon's events to:
// "winlogbeat-*" itself, "logs-windows.*", "*". No pattern means any source.
static bool names_sysmon(const struct rule_texts *index) {
    static const char *const sources[] = {"winlogbeat-*", "logs-windows.sysmon_operational-*",
                                          "logs-windows.forwarded*"};
    for (size_t i = 0; i < index->count; i++) {
        for (size_t k = 0; k < sizeof sources / sizeof *sources; k++) {
            size_t steps = SIZE_MAX;
            if (glob_match(index->items[i], strlen(index->items[i]), sources[k], strlen(sources[k]),
                           &steps) == GLOB_FITS) {
                return true;
            }
        }
    }
    return index->count == 0;
}

static enum rule_result judge(struct rule_text *rule, bool any_index, struct rule_fault *fault) {
    json_t *metadata = NULL;
    const char *type = NULL;
    const char *maturity = NULL;
    if (!need_text(rule->tree, "type", &type, fault)) {
        return RULE_WRONG;
    }
    if (strcmp(type, "eql") != 0) {
        return RULE_NOT_EQL;
    }
    if (!take_kind(rule->tree, "metadata", JSON_OBJECT, "a table", &metadata, fault) ||
        !take_text(metadata, "maturity", &maturity, fault)) {
        return RULE_WRONG;
    }
    if (maturity != NULL && strcmp(maturity, "deprecated") == 0) {
        return RULE_DEPRECATED;
    }
    if (!take_texts(rule->tree, "index", &rule->index, fault)) {
        return RULE_WRONG;
    }
    if (!any_index && !names_sysmon(&rule->index)) {
        return RULE_OTHER_SOURCE;
    }
    return read_all(rule, fault) ? RULE_READ : RULE_WRONG;
}

enum rule_result rule_text_read(struct rule_text *rule, json_t *tree, bool any_index,
                                struct rule_fault *fault) {
    *rule = (struct rule_text){.tree = json_incref(tree)};
    *fault = (struct rule_fault){0};
    enum rule_result result = judge(rule, any_index, fault);
    if (result != RULE_READ) {
        rule_text_free(rule);
    }
    return result == RULE_WRONG && *fault->message == '\0' ? RULE_NO_MEMORY : result;
}

void rule_text_free(struct rule_text *rule) {
    free(rule->authors.items);
    free(rule->false_positives.items);
    free(rule->references.items);
    free(rule->index.items);
    free(rule->not_applied.items);
    free(rule->attacks);
    free(rule->path);
    source_map_free(&rule->map);
    json_decref(rule->tree);
    *rule = (struct rule_text){0};
}

bool rule_text_error(const struct rule_text *rule, size_t offset, const char *message,
                     struct source_error *error) {
    const struct source_text query = {
        .path = rule->path, .text = rule->query, .size = strlen(rule->query)};
    if (!source_error_set(error, &query, offset, message)) {
        return false;
    }
    error->place = source_map_place(&rule->map, rule->query, offset);
    return true;
}
