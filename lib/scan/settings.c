// SPDX-License-Identifier: GPL-3.0-or-later
#include "scan/settings.h"

#include <stdlib.h>
#include <string.h>

#include "rules/rule_record.h"

bool settings_make(const struct scan_options *options, struct buffer *text, struct buffer *names) {
    json_t *root = json_pack("{s:s, s:s, s:b, s:b, s:b, s:I, s:o}", "version", EVTXSEQ_VERSION,
                             "time", options->clock == CLOCK_LOGGED ? "logged" : "utc", "carve",
                             options->carve, "recovered", !options->scanner.no_recovered, "context",
                             !options->no_context, "maxspan", (json_int_t)options->findings.span,
                             "rules", rule_record_make(options->rules));
    char *dump = root == NULL ? NULL : json_dumps(root, JSON_COMPACT | JSON_SORT_KEYS);
    if (dump != NULL) {
        buffer_add_text(text, dump);
    }
    free(dump);
    json_decref(root);
    rule_record_add_names(options->rules, names);
    return dump != NULL && !text->failed && !names->failed;
}

static bool read_options(const json_t *root, struct scan_options *options) {
    const char *time = json_string_value(json_object_get(root, "time"));
    const json_t *span = json_object_get(root, "maxspan");
    if (time == NULL || !json_is_integer(span)) {
        return false;
    }
    options->clock = strcmp(time, "logged") == 0 ? CLOCK_LOGGED : CLOCK_UTC;
    options->carve = json_is_true(json_object_get(root, "carve"));
    options->scanner.no_recovered = !json_is_true(json_object_get(root, "recovered"));
    options->no_context = !json_is_true(json_object_get(root, "context"));
    options->findings.span = json_integer_value(span);
    return true;
}

static const char *read_root(const json_t *root, const struct buffer *names,
                             struct scan_options *options, struct rule_set **rules) {
    const char *version = json_string_value(json_object_get(root, "version"));
    struct rule_files files = {0};
    if (version == NULL || !read_options(root, options)) {
        return "its settings cannot be read";
    }
    if (strcmp(version, EVTXSEQ_VERSION) != 0) {
        return "another version of evtxseq wrote it; merge with that";
    }
    if (!rule_record_read(json_object_get(root, "rules"), names, &files)) {
        return "its rules cannot be read";
    }
    size_t wrong = files.error_count;
    *rules = rule_set_new(&files);
    if (*rules != NULL && (*rules)->files.error_count != wrong) {
        rule_set_free(*rules);
        *rules = NULL;
        return "a rule in it is wrong";
    }
    return *rules == NULL ? "not enough memory for its rules" : NULL;
}

const char *settings_read(const struct buffer *text, const struct buffer *names,
                          struct scan_options *options, struct rule_set **rules) {
    json_t *root = json_loadb(text->data, text->size, JSON_REJECT_DUPLICATES, NULL);
    const char *wrong =
        root == NULL ? "its settings cannot be read" : read_root(root, names, options, rules);
    json_decref(root);
    return wrong;
}
