// SPDX-License-Identifier: GPL-3.0-or-later
#include "out/explain.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/visible.h"
#include "out/csv_cell.h"
#include "out/draft.h"
#include "out/markdown.h"
#include "out/wrap.h"

enum { LINE_WIDTH = 78 };

#define FACT_INDENT "           "

static void add_wrapped(struct buffer *out, const char *first, const char *next, const char *text) {
    struct wrap wrap = {.out = out, .width = LINE_WIDTH};
    wrap_line(&wrap, first, next, COLOUR_NONE, text);
    wrap_free(&wrap);
}

// The same of a text that was put together.
static void add_made(struct buffer *out, const char *first, const char *next, struct buffer *text) {
    struct wrap wrap = {.out = out, .width = LINE_WIDTH};
    wrap_begin(&wrap, first, next);
    wrap_add_buffer(&wrap, COLOUR_NONE, text);
    wrap_end(&wrap);
    wrap_free(&wrap);
}

static void add_fact(struct buffer *out, const char *key, const char *text) {
    if (text != NULL) {
        add_wrapped(out, key, FACT_INDENT, text);
    }
}

static void add_facts(struct buffer *out, const char *key, const struct rule_texts *texts) {
    struct buffer line = {0};
    for (size_t i = 0; i < texts->count; i++) {
        buffer_add_text(&line, i == 0 ? "" : ", ");
        buffer_add_text(&line, texts->items[i]);
    }
    if (texts->count > 0) {
        add_made(out, key, FACT_INDENT, &line);
    }
}

static void add_head(struct buffer *out, const struct rule_text *rule) {
    buffer_printf(out, "\n  Severity %s, risk score %d", rule_severity_name(rule->severity),
                  rule->risk_score);
    if (rule->version != 0) {
        buffer_printf(out, ", version %" PRId64, rule->version);
    }
    buffer_add_byte(out, '\n');
    if (rule->repeat) {
        add_wrapped(out, "  ", "  ",
                    "Events that would complete the sequence again are found, too");
    }
    add_facts(out, "  Not applied: ", &rule->not_applied);
    add_facts(out, "  Author:  ", &rule->authors);
    add_fact(out, "  License: ", rule->license);
    add_facts(out, "  Index:   ", &rule->index);
    if (rule->path != NULL) {
        buffer_add_text(out, "  File:    ");
        visible_add(out, rule->path, strlen(rule->path));
        buffer_add_byte(out, '\n');
    }
}

static const char *name_of(const struct rule_attack_name *name) {
    return name->name == NULL ? "" : name->name;
}

// `ID  TECHNIQUE: SUB-TECHNIQUE (TACTIC, ID)`, of which all but the first may be missing.
static void add_attack(struct buffer *out, const struct rule_attack *attack) {
    const struct rule_attack_name *tactic = &attack->tactic;
    const struct rule_attack_name *finest = attack->subtechnique.id != NULL ? &attack->subtechnique
                                            : attack->technique.id != NULL  ? &attack->technique
                                                                            : tactic;
    const char *parent = finest == &attack->subtechnique ? name_of(&attack->technique) : "";
    const char *name = name_of(finest);
    struct buffer line = {0};
    bool has_more = *parent != '\0' || *name != '\0' || (finest != tactic && tactic->id != NULL);
    buffer_printf(&line, has_more ? "%-10s %s%s%s" : "%s%s%s%s", finest->id, parent,
                  *parent != '\0' && *name != '\0' ? ": " : "", name);
    if (finest != tactic && tactic->id != NULL) {
        buffer_printf(&line, " (%s%s%s)", name_of(tactic), *name_of(tactic) == '\0' ? "" : ", ",
                      tactic->id);
    }
    add_made(out, "  ", "             ", &line);
}

static void add_attacks(struct buffer *out, const struct rule_text *rule) {
    buffer_add_text(out, rule->attack_count == 0 ? "" : "\nMITRE ATT&CK\n");
    for (size_t i = 0; i < rule->attack_count; i++) {
        add_attack(out, &rule->attacks[i]);
    }
}

// A text of its own, below the heading if it does not begin with one.
static void add_text(struct buffer *out, const char *heading, const char *text) {
    static const struct markdown_page page = {.width = LINE_WIDTH, .first = "  ", .next = "  "};
    const char *start = text == NULL ? "" : text + strspn(text, " \t\r\n");
    if (*start != '\0') {
        buffer_add_text(out, "\n");
        buffer_add_text(out, *start == '#' ? "" : heading);
        markdown_add(out, &page, text);
    }
}

static void add_false_positives(struct buffer *out, const struct rule_texts *texts) {
    static const struct markdown_page page = {.width = LINE_WIDTH, .first = "  * ", .next = "    "};
    buffer_add_text(out, texts->count == 0 ? "" : "\nKnown benign causes\n");
    for (size_t i = 0; i < texts->count; i++) {
        markdown_add(out, &page, texts->items[i]);
    }
}

// As they are: an address that is broken cannot be followed.
static void add_references(struct buffer *out, const struct rule_texts *texts) {
    buffer_add_text(out, texts->count == 0 ? "" : "\nReferences\n");
    for (size_t i = 0; i < texts->count; i++) {
        markdown_add_verbatim(out, "  ", texts->items[i]);
    }
}

void explain_add_text(struct buffer *out, const struct rule_text *rule) {
    add_wrapped(out, "", "  ", rule->id);
    add_wrapped(out, "", "  ", rule->name);
    add_text(out, "", rule->description);
    add_head(out, rule);
    add_attacks(out, rule);
    add_text(out, "Guide\n", rule->note);
    add_text(out, "Setup\n", rule->setup);
    add_false_positives(out, &rule->false_positives);
    add_references(out, &rule->references);
    buffer_add_text(out, "\nQuery\n");
    markdown_add_verbatim(out, "  ", rule->query + strspn(rule->query, "\r\n"));
}

void explain_add_csv(struct buffer *out, const struct rule_text *rule, bool raw) {
    const char *name = NULL;
    json_t *value = NULL;
    buffer_add_text(out, "name,value\n");
    json_object_foreach(rule->tree, name, value) {
        char *text =
            json_is_string(value) ? NULL : json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
        out->failed = out->failed || (text == NULL && !json_is_string(value));
        csv_add_cell(out, name, raw);
        buffer_add_byte(out, ',');
        csv_add_cell(out, text == NULL ? json_string_value(value) : text, raw);
        buffer_add_byte(out, '\n');
        free(text);
    }
}

void explain_add_jsonl(struct buffer *out, const struct rule_text *rule) {
    struct draft draft = {.root = json_incref(rule->tree)};
    draft_finish(&draft, out, JSON_COMPACT);
}
