// SPDX-License-Identifier: GPL-3.0-or-later
#include "out/text.h"

#include <ctype.h>
#include <stdio.h>

#include "out/telling.h"
#include "out/text_parts.h"
#include "out/words.h"

// The rule

static void add_severity(struct finding_text *text, const struct rule_text *rule) {
    struct wrap *wrap = &text->block.wrap;
    struct buffer *severity = wrap_compose(wrap);
    for (const char *c = rule_severity_name(rule->severity); *c != '\0'; c++) {
        buffer_add_byte(severity, (char)toupper((unsigned char)*c));
    }
    wrap_begin(wrap, "", "  ");
    wrap_add_composed(wrap, COLOUR_ALERT);
    wrap_add(wrap, COLOUR_NONE, "  ");
    wrap_add(wrap, COLOUR_STRONG, rule->name);
    wrap_end(wrap);
}

static void add_attacks(struct finding_text *text, const struct rule_text *rule) {
    if (rule->attack_count == 0) {
        return;
    }
    block_begin(&text->block, "ATT&CK");
    for (size_t i = 0; i < rule->attack_count; i++) {
        block_add(&text->block, i == 0 ? "" : ", ");
        block_add(&text->block, rule_attack_id(&rule->attacks[i]));
    }
    wrap_end(&text->block.wrap);
}

static void add_keys(struct finding_text *text, const struct eql_query *query) {
    if (query->is_sequence) {
        block_begin(&text->block, "joined by");
        words_add_keys(wrap_compose(&text->block.wrap), query);
        wrap_add_composed(&text->block.wrap, COLOUR_NONE);
        wrap_end(&text->block.wrap);
    }
}

// The only input, or each with its number.
static void add_logs(struct finding_text *text) {
    const struct places *places = &text->places;
    for (size_t i = 0; i < places->count; i++) {
        char label[32] = "log";
        if (places->count > 1) {
            (void)snprintf(label, sizeof label, "log %zu", i + 1);
        }
        block_line(&text->block, label, COLOUR_NONE, places->list[i]);
    }
}

static void add_finding(struct finding_text *text) {
    const struct rule_text *rule = text->finding->rule->text;
    struct buffer *words = wrap_compose(&text->block.wrap);
    char id[FINDING_ID_SIZE];
    finding_write_id(text->finding, id);
    buffer_add_text(words, id);
    buffer_add_text(words, ", risk score ");
    buffer_add_number(words, (uint64_t)rule->risk_score);
    buffer_add_text(words, ", rule ");
    buffer_add_text(words, rule->id);
    block_begin(&text->block, "finding");
    wrap_add_composed(&text->block.wrap, COLOUR_NONE);
    wrap_end(&text->block.wrap);
}

static void add_head(struct finding_text *text) {
    struct block *block = &text->block;
    const struct finding *finding = text->finding;
    const struct rule_text *rule = finding->rule->text;
    const char *host = event_value(finding_last(finding)->event, DATA_COMPUTER);
    add_severity(text, rule);
    add_finding(text);
    if (host != NULL) {
        block_line(block, "host", COLOUR_NONE, host);
    }
    block_line(block, "matched", COLOUR_NONE, words_basis(finding));
    add_keys(text, finding->rule->query);
    add_attacks(text, rule);
    add_logs(text);
    buffer_add_byte(block->wrap.out, '\n');
}

// Time between events

// Between an event and the next: `|` where both are of one process, else `:`.
static void add_gap(struct finding_text *text, size_t event) {
    const struct finding *finding = text->finding;
    struct buffer *out = text->block.wrap.out;
    int64_t time = finding->events[event + 1]->time - finding->events[event]->time;
    bool is_same = telling_same_process(finding, event + 1) == event;
    buffer_add_text(out, is_same ? "  | " : "  : ");
    if (time == 0) {
        buffer_add_text(out, "at the same time\n");
    } else {
        words_add_duration(out, time);
        buffer_add_text(out, " later\n");
    }
}

void text_add_finding(struct buffer *out, const struct finding *finding,
                      const struct text_style *style) {
    struct finding_text text = {
        .block = {.wrap = {.out = out, .width = style->width, .has_colour = style->has_colour},
                  .mark = ' ',
                  .bar = ' '},
        .finding = finding,
    };
    out->failed = !telling_add_places(&text.places, finding) || out->failed;
    add_head(&text);
    for (size_t i = 0; i < finding->event_count; i++) {
        bool is_last = i + 1 == finding->event_count;
        text.block.bar = '|';
        text_add_chain(&text, i);
        text.block.bar = !is_last || telling_has_descendants(finding) ? '|' : ' ';
        text_add_event(&text, i);
        if (!is_last) {
            add_gap(&text, i);
        }
    }
    text.block.bar = ' ';
    text_add_descendants(&text);
    buffer_add_byte(out, '\n');
    wrap_free(&text.block.wrap);
    places_free(&text.places);
}
