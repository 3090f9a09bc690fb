// SPDX-License-Identifier: GPL-3.0-or-later
#include "out/rule_list.h"

#include <stdlib.h>
#include <string.h>

#include "out/csv_cell.h"
#include "out/draft.h"
#include "out/wrap.h"
#include "rules/event_set.h"
#include "rules/rule_fit.h"

enum {
    ID_WIDTH_MAX = 36, // of a UUID; longer ones move what is after them
    EVENTS_WIDTH_MAX = 16,
    GAP = 2, // between columns
};

#define INDENT "    "

static void free_fits(struct rule_fit *fits, size_t count) {
    for (size_t i = 0; fits != NULL && i < count; i++) {
        rule_fit_free(&fits[i]);
    }
    free(fits);
}

// NULL when memory ran out, which is noted then.
static struct rule_fit *make_fits(struct buffer *out, const struct rule_set *rules) {
    struct rule_fit *fits = calloc(rules->count + 1, sizeof *fits);
    bool is_made = fits != NULL;
    for (size_t i = 0; is_made && i < rules->count; i++) {
        is_made = rule_fit_make(&fits[i], rules->list[i].query);
    }
    if (!is_made) {
        free_fits(fits, rules->count);
        out->failed = true;
        return NULL;
    }
    return fits;
}

// ---- text

struct list {
    struct buffer *out;
    size_t width;
    size_t id_width, events_width;
    bool has_room;      // for every name after the other columns
    struct buffer text; // scratch
};

static void add_events(struct buffer *out, const struct rule_fit *fit) {
    for (size_t i = 0; i < fit->stage_count; i++) {
        buffer_add_text(out, i == 0 ? "" : " > ");
        buffer_add_text(out, fit->events[i] == 0 ? "none" : "");
        event_ids_add(out, fit->events[i]);
    }
}

static size_t lesser(size_t a, size_t b) {
    return a < b ? a : b;
}

static size_t greater(size_t a, size_t b) {
    return a > b ? a : b;
}

static void lay_out(struct list *list, const struct rule_set *rules, const struct rule_fit *fits) {
    size_t name_width = 0;
    for (size_t i = 0; i < rules->count; i++) {
        const struct rule_text *rule = rules->list[i].text;
        buffer_clear(&list->text);
        add_events(&list->text, &fits[i]);
        list->id_width = greater(list->id_width, strlen(rule->id));
        list->events_width = greater(list->events_width, list->text.size);
        name_width = greater(name_width, strlen(rule->name));
    }
    list->id_width = lesser(list->id_width, ID_WIDTH_MAX);
    list->events_width = lesser(list->events_width, EVENTS_WIDTH_MAX);
    size_t sum = list->id_width + strlen("critical") + strlen("cannot match") + list->events_width +
                 4 * (size_t)GAP + name_width;
    list->has_room = list->width == 0 || sum <= list->width;
}

// Adds what the scratch holds, and empties it.
static void add_line(struct list *list, const char *first, const char *next) {
    struct wrap wrap = {.out = list->out, .width = list->width};
    wrap_begin(&wrap, first, next);
    wrap_add_buffer(&wrap, COLOUR_NONE, &list->text);
    wrap_end(&wrap);
    wrap_free(&wrap);
}

// Pads the scratch, in which the column began at `start`.
static void pad(struct list *list, size_t start, size_t width) {
    size_t size = greater(list->text.size, start + width) + GAP - list->text.size;
    for (size_t i = 0; i < size; i++) {
        buffer_add_byte(&list->text, ' ');
    }
}

static void add_first_line(struct list *list, const struct rule_text *rule,
                           const struct rule_fit *fit) {
    struct buffer *text = &list->text;
    buffer_clear(text);
    buffer_add_text(text, rule->id);
    pad(list, 0, list->id_width);
    buffer_printf(text, "%-8s  %-12s  ", rule_severity_name(rule->severity),
                  rule_verdict_name(fit->verdict));
    size_t start = text->size;
    add_events(text, fit);
    if (list->has_room) {
        pad(list, start, list->events_width);
        buffer_add_text(text, rule->name);
    }
    add_line(list, "", INDENT);
}

static void add_names(struct list *list, const char *words, const struct rule_field_names *names) {
    if (names->count == 0) {
        return;
    }
    buffer_add_text(&list->text, words);
    for (size_t i = 0; i < names->count; i++) {
        buffer_add_text(&list->text, i == 0 ? " " : ", ");
        buffer_add(&list->text, names->list[i].data, names->list[i].size);
    }
    add_line(list, INDENT, INDENT INDENT);
}

static void add_not_applied(struct list *list, const struct rule_text *rule) {
    const struct rule_texts *names = &rule->not_applied;
    for (size_t i = 0; i < names->count; i++) {
        buffer_add_text(&list->text, i == 0 ? "Not applied: " : ", ");
        buffer_add_text(&list->text, names->items[i]);
    }
    if (names->count > 0) {
        add_line(list, INDENT, INDENT INDENT);
    }
}

static void add_rule(struct list *list, const struct rule_text *rule, const struct rule_fit *fit) {
    add_first_line(list, rule, fit);
    if (!list->has_room) {
        buffer_add_text(&list->text, rule->name);
        add_line(list, INDENT, INDENT);
    }
    if (fit->verdict == RULE_CANNOT_MATCH) {
        buffer_add_text(&list->text, fit->reason);
        add_line(list, INDENT "Reason: ", INDENT INDENT);
    } else {
        add_names(list, "No event of its stages has:", &fit->absent);
    }
    add_names(list, "Not known, perhaps mistyped:", &fit->unknown);
    add_not_applied(list, rule);
}

void rule_list_add_text(struct buffer *out, const struct rule_set *rules, size_t width) {
    size_t counts[RULE_VERDICT_COUNT] = {0};
    struct list list = {.out = out, .width = width};
    struct rule_fit *fits = make_fits(out, rules);
    if (fits == NULL) {
        return;
    }
    lay_out(&list, rules, fits);
    for (size_t i = 0; i < rules->count; i++) {
        add_rule(&list, rules->list[i].text, &fits[i]);
        counts[fits[i].verdict]++;
    }
    buffer_printf(out, "\nRules that run: %zu, run in part: %zu, cannot match: %zu\n",
                  counts[RULE_RUNS], counts[RULE_RUNS_IN_PART], counts[RULE_CANNOT_MATCH]);
    buffer_free(&list.text);
    free_fits(fits, rules->count);
}

// ---- CSV

static void add_events_cell(struct buffer *out, const struct rule_fit *fit) {
    for (size_t i = 0; i < fit->stage_count; i++) {
        buffer_add_text(out, i == 0 ? "," : ";");
        event_ids_add_each(out, fit->events[i], " ");
    }
}

static void add_names_cell(struct buffer *out, const struct rule_field_names *names, bool raw) {
    struct buffer text = {0};
    for (size_t i = 0; i < names->count; i++) {
        buffer_add_text(&text, i == 0 ? "" : ";");
        buffer_add(&text, names->list[i].data, names->list[i].size);
    }
    buffer_add_byte(out, ',');
    csv_add_buffer(out, &text, raw);
}

static void add_row(struct buffer *out, const struct rule_text *rule, const struct rule_fit *fit,
                    bool raw) {
    csv_add_cell(out, rule->id, raw);
    buffer_add_byte(out, ',');
    csv_add_cell(out, rule->name, raw);
    buffer_printf(out, ",%s", rule_severity_name(rule->severity));
    add_events_cell(out, fit);
    buffer_printf(out, ",%s", rule_verdict_name(fit->verdict));
    add_names_cell(out, &fit->absent, raw);
    add_names_cell(out, &fit->unknown, raw);
    buffer_add_byte(out, ',');
    csv_add_cell(out, fit->reason == NULL ? "" : fit->reason, raw);
    for (size_t i = 0; i < rule->not_applied.count; i++) {
        buffer_printf(out, "%s%s", i == 0 ? "," : ";", rule->not_applied.items[i]);
    }
    buffer_add_text(out, rule->not_applied.count == 0 ? ",\n" : "\n");
}

void rule_list_add_csv(struct buffer *out, const struct rule_set *rules, bool raw) {
    struct rule_fit *fits = make_fits(out, rules);
    buffer_add_text(out, "id,name,severity,events,verdict,absent_fields,unknown_fields,reason,"
                         "not_applied\n");
    for (size_t i = 0; fits != NULL && i < rules->count; i++) {
        add_row(out, rules->list[i].text, &fits[i], raw);
    }
    free_fits(fits, rules->count);
}

// ---- JSON

static json_t *events_of(struct draft *draft, const struct rule_fit *fit) {
    json_t *array = json_array();
    for (size_t i = 0; i < fit->stage_count; i++) {
        draft_append(draft, array, draft_event_ids(fit->events[i]));
    }
    return array;
}

static json_t *names_of(struct draft *draft, const struct rule_field_names *names) {
    json_t *array = json_array();
    for (size_t i = 0; i < names->count; i++) {
        draft_append(draft, array, draft_bytes(names->list[i].data, names->list[i].size));
    }
    return array;
}

void rule_list_add_jsonl(struct buffer *out, const struct rule_set *rules) {
    struct rule_fit *fits = make_fits(out, rules);
    for (size_t i = 0; fits != NULL && i < rules->count; i++) {
        const struct rule_text *rule = rules->list[i].text;
        const struct rule_fit *fit = &fits[i];
        struct draft draft = {.root = json_object()};
        draft_put(&draft, "id", draft_text(rule->id));
        draft_put(&draft, "name", draft_text(rule->name));
        draft_put(&draft, "severity", draft_text(rule_severity_name(rule->severity)));
        draft_put(&draft, "events", events_of(&draft, fit));
        draft_put(&draft, "verdict", draft_text(rule_verdict_name(fit->verdict)));
        draft_put(&draft, "absent_fields", names_of(&draft, &fit->absent));
        draft_put(&draft, "unknown_fields", names_of(&draft, &fit->unknown));
        draft_put(&draft, "reason", fit->reason == NULL ? json_null() : draft_text(fit->reason));
        draft_put(&draft, "not_applied",
                  draft_texts(rule->not_applied.items, rule->not_applied.count));
        draft_finish(&draft, out, JSON_COMPACT);
    }
    free_fits(fits, rules->count);
}
