// SPDX-License-Identifier: GPL-3.0-or-later
// Rules described to people.
#include "out/explain.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "out/wrap.h"
#include "rules/attack.h"

enum { LINE_WIDTH = 78 };

// `first` starts the first line, blanks of the same width the others.
static void add_wrapped(struct buffer *out, const char *first, const char *text) {
    char next[WRAP_PREFIX_SIZE];
    struct wrap wrap = {.out = out, .width = LINE_WIDTH};
    (void)snprintf(next, sizeof next, "%*s", (int)strlen(first), "");
    wrap_begin(&wrap, first, next);
    wrap_add(&wrap, COLOUR_NONE, text);
    wrap_end(&wrap);
    wrap_free(&wrap);
}

// Lines that each end with a line end, moved in.
static void add_verbatim(struct buffer *out, const char *text) {
    while (*text != '\0') {
        size_t length = strcspn(text, "\n") + 1;
        buffer_add_text(out, "    ");
        buffer_add(out, text, length);
        text += length;
    }
}

static void add_section(struct buffer *out, const struct guide_section *section) {
    char number[16];
    unsigned step = 0;
    buffer_printf(out, "\n%s\n", section->heading);
    for (size_t i = 0; i < section->part_count; i++) {
        const struct guide_part *part = &section->parts[i];
        switch (part->kind) {
        case GUIDE_TEXT:
            buffer_add_text(out, i == 0 ? "" : "\n");
            add_wrapped(out, "  ", part->text);
            break;
        case GUIDE_ITEM:
            add_wrapped(out, "  * ", part->text);
            break;
        case GUIDE_STEP:
            (void)snprintf(number, sizeof number, "  %u. ", ++step);
            add_wrapped(out, number, part->text);
            break;
        case GUIDE_VERBATIM:
            buffer_add_byte(out, '\n');
            add_verbatim(out, part->text);
            break;
        }
    }
}

static void add_technique(struct buffer *out, const char *id) {
    const struct attack_technique *technique = attack_find(id);
    if (technique == NULL) {
        buffer_printf(out, "  %s\n", id);
        return;
    }
    const struct attack_technique *parent =
        technique->parent == NULL ? NULL : attack_find(technique->parent);
    buffer_printf(out, "  %-10s %s%s%s (%s, %s)\n", id, parent == NULL ? "" : parent->name,
                  parent == NULL ? "" : ": ", technique->name, technique->tactic_name,
                  technique->tactic_id);
}

void explain_add_list(struct buffer *out) {
    size_t count = 0;
    const struct rule *rules = rules_all(&count);
    for (size_t i = 0; i < count; i++) {
        buffer_printf(out, "%-22s %-8s %s\n", rules[i].id, rules[i].severity, rules[i].name);
    }
}

void explain_add_rule(struct buffer *out, const struct rule *rule) {
    buffer_printf(out, "%s\n%s\n\n", rule->id, rule->name);
    add_wrapped(out, "  ", rule->guide->summary);
    buffer_printf(out, "\n  Severity %s, risk score %d", rule->severity, rule->risk_score);
    if (rule->stage_count > 1) {
        buffer_printf(out, ", span %" PRId64 " ms", rule->span);
    }
    buffer_add_text(out, "\n\nMITRE ATT&CK\n");
    for (size_t i = 0; i < rule->technique_count; i++) {
        add_technique(out, rule->techniques[i]);
    }
    for (size_t i = 0; i < rule->guide->section_count; i++) {
        add_section(out, rule->guide->sections[i]);
    }
}
