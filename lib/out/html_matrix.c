// SPDX-License-Identifier: GPL-3.0-or-later
// The HTML report: the techniques of the rules that found something.
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "out/groups.h"
#include "out/html_parts.h"
#include "out/html_text.h"
#include "out/words.h"

// Tactics in the order of MITRE's matrix for enterprises, version 15.
static const char *const tactics[] = {"TA0043", "TA0042", "TA0001", "TA0002", "TA0003",
                                      "TA0004", "TA0005", "TA0006", "TA0007", "TA0008",
                                      "TA0009", "TA0011", "TA0010", "TA0040"};

enum { TACTIC_COUNT = sizeof tactics / sizeof *tactics };

// A technique of a rule that found something.
struct cell {
    const struct rule_attack *attack;
    size_t order;    // of the tactic
    size_t findings; // of the rule; when cells are merged, of all
    size_t rules;
};

struct cells {
    struct cell *list; // owned
    size_t count, capacity;
};

static const char *or_empty(const char *text) {
    return text == NULL ? "" : text;
}

// Others come after those of the matrix, those without a tactic last.
static size_t order_numbers(const struct rule_attack *attack) {
    size_t order = 0;
    if (attack->tactic.id == NULL) {
        return TACTIC_COUNT + 1;
    }
    while (order < TACTIC_COUNT && strcmp(tactics[order], attack->tactic.id) != 0) {
        order++;
    }
    return order;
}

static int compare_cells(const void *left, const void *right) {
    const struct cell *a = left;
    const struct cell *b = right;
    if (a->order != b->order) {
        return a->order < b->order ? -1 : 1;
    }
    int result = strcmp(or_empty(a->attack->tactic.id), or_empty(b->attack->tactic.id));
    return result != 0 ? result : strcmp(rule_attack_id(a->attack), rule_attack_id(b->attack));
}

static bool is_same_tactic(const struct cell *a, const struct cell *b) {
    return a->order == b->order &&
           strcmp(or_empty(a->attack->tactic.id), or_empty(b->attack->tactic.id)) == 0;
}

static bool add_cell(struct cells *cells, const struct rule_attack *attack, size_t findings) {
    const struct cell cell = {
        .attack = attack, .order = order_numbers(attack), .findings = findings, .rules = 1};
    return array_add(&cells->list, &cells->count, &cells->capacity, &cell, sizeof cell);
}

// A rule counts once a technique, be it named twice.
static bool is_repeated(const struct rule_text *rule, size_t attack) {
    for (size_t i = 0; i < attack; i++) {
        if (strcmp(or_empty(rule->attacks[i].tactic.id),
                   or_empty(rule->attacks[attack].tactic.id)) == 0 &&
            strcmp(rule_attack_id(&rule->attacks[i]), rule_attack_id(&rule->attacks[attack])) ==
                0) {
            return true;
        }
    }
    return false;
}

static bool collect(struct cells *cells, const struct groups *groups) {
    for (size_t i = 0; i < groups->count; i++) {
        const struct rule_text *rule = group_rule(&groups->list[i]);
        for (size_t k = 0; k < rule->attack_count; k++) {
            if (!is_repeated(rule, k) &&
                !add_cell(cells, &rule->attacks[k], groups->list[i].count)) {
                return false;
            }
        }
    }
    return true;
}

// Puts cells in order, one a technique.
static void merge(struct cells *cells) {
    size_t count = 0;
    array_sort(cells->list, cells->count, sizeof *cells->list, compare_cells);
    for (size_t i = 0; i < cells->count; i++) {
        if (count > 0 && compare_cells(&cells->list[count - 1], &cells->list[i]) == 0) {
            cells->list[count - 1].findings += cells->list[i].findings;
            cells->list[count - 1].rules += cells->list[i].rules;
        } else {
            cells->list[count++] = cells->list[i];
        }
    }
    cells->count = count;
}

static void add_names(struct buffer *out, const struct rule_attack *attack) {
    buffer_add_text(out, "<li><b>");
    html_add(out, rule_attack_id(attack));
    buffer_add_text(out, "</b> ");
    html_add(out,
             or_empty(attack->technique.id == NULL ? attack->tactic.name : attack->technique.name));
    if (attack->subtechnique.name != NULL) {
        buffer_add_text(out, ": ");
        html_add(out, attack->subtechnique.name);
    }
}

static void add_tactic(struct buffer *out, const struct rule_attack *attack) {
    buffer_add_text(out, "<div><h3>");
    if (attack->tactic.id == NULL) {
        buffer_add_text(out, "No tactic named");
    } else {
        html_add(out, attack->tactic.name == NULL ? attack->tactic.id : attack->tactic.name);
    }
    buffer_add_text(out, "</h3><ul>\n");
}

static void add_cells(struct buffer *out, const struct cells *cells) {
    buffer_add_text(out, "<div class=\"matrix\">\n");
    for (size_t i = 0; i < cells->count; i++) {
        const struct cell *cell = &cells->list[i];
        if (i == 0 || !is_same_tactic(cell - 1, cell)) {
            buffer_add_text(out, i == 0 ? "" : "</ul></div>\n");
            add_tactic(out, cell->attack);
        }
        add_names(out, cell->attack);
        buffer_add_text(out, "<small>");
        words_add_count(out, cell->findings, "finding", "findings");
        buffer_add_text(out, " by ");
        words_add_count(out, cell->rules, "rule", "rules");
        buffer_add_text(out, "</small></li>\n");
    }
    buffer_add_text(out, "</ul></div>\n</div>\n");
}

void html_add_matrix(struct buffer *out, const struct report *report) {
    struct groups groups;
    struct cells cells = {0};
    if (!groups_make(&groups, report->findings)) {
        out->failed = true;
        return;
    }
    out->failed = !collect(&cells, &groups) || out->failed;
    merge(&cells);
    html_begin_section(out, "attack", "ATT&amp;CK");
    if (cells.count == 0) {
        buffer_add_text(out, "<p>The rules that found something name no technique.</p>\n");
    } else {
        buffer_add_text(out, "<p class=\"hint\">Techniques that the rules name which found "
                             "something, by tactic.</p>\n");
        add_cells(out, &cells);
    }
    html_end_section(out);
    groups_free(&groups);
    free(cells.list);
}
