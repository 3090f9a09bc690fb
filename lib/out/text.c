// SPDX-License-Identifier: GPL-3.0-or-later
// Findings as text.
#include "out/text.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "out/text_parts.h"

// The rule

static void add_severity(struct text *text, const struct rule_text *rule) {
    struct wrap *wrap = &text->block.wrap;
    char severity[16];
    (void)snprintf(severity, sizeof severity, "%s", rule_severity_name(rule->severity));
    for (char *c = severity; *c != '\0'; c++) {
        *c = (char)toupper((unsigned char)*c);
    }
    wrap_begin(wrap, "", "  ");
    wrap_add(wrap, COLOUR_ALERT, severity);
    wrap_add(wrap, COLOUR_NONE, "  ");
    wrap_add(wrap, COLOUR_STRONG, rule->name);
    wrap_end(wrap);
}

static const char *basis_in_words(const struct finding *finding) {
    switch (finding->basis) {
    case BASIS_EXACT:
        return finding->event_count > 1 ? "exact: Elastic's engine would alert on this sequence"
                                        : "exact: Elastic's engine would alert on this event";
    case BASIS_REPEAT:
        return "repeat: the last event meets the rule, but an earlier one has used up this "
               "sequence";
    case BASIS_IMAGE_NAME:
        return "image-name: no OriginalFileName was logged; judged by the image's own name";
    }
    return "";
}

static void add_attacks(struct text *text, const struct rule_text *rule) {
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

// By what the events of a sequence belong together. Keys of single stages are told as the first has
// them.
static void add_keys(struct text *text, const struct eql_query *query) {
    if (!query->is_sequence) {
        return;
    }
    const struct eql_stage *stage = &query->stages[0];
    size_t count = query->by_count + stage->by_count;
    block_begin(&text->block, "joined by");
    for (size_t i = 0; i < count; i++) {
        const struct eql_node *key =
            i < query->by_count ? query->by[i] : stage->by[i - query->by_count];
        block_add(&text->block, i == 0 ? "" : ", ");
        block_add(&text->block, key->text.data);
    }
    block_add(&text->block, count == 0 ? "time alone" : "");
    wrap_end(&text->block.wrap);
}

// The only input, or each with its number.
static void add_logs(struct text *text) {
    const struct places *places = &text->places;
    for (size_t i = 0; i < places->count; i++) {
        char label[32];
        (void)snprintf(label, sizeof label, places->count == 1 ? "log" : "log %zu", i + 1);
        block_line(&text->block, label, COLOUR_NONE, places->list[i]);
    }
}

static void add_head(struct text *text) {
    char id[64];
    struct block *block = &text->block;
    const struct finding *finding = text->finding;
    const struct rule_text *rule = finding->rule->text;
    const char *host = event_value(finding_last(finding)->event, DATA_COMPUTER);
    add_severity(text, rule);
    (void)snprintf(id, sizeof id, "%016" PRIx64 ", risk score %d, rule ", finding->id,
                   rule->risk_score);
    block_begin(block, "finding");
    block_add(block, id);
    block_add(block, rule->id);
    wrap_end(&block->wrap);
    if (host != NULL) {
        block_line(block, "host", COLOUR_NONE, host);
    }
    block_line(block, "matched", COLOUR_NONE, basis_in_words(finding));
    add_keys(text, finding->rule->query);
    add_attacks(text, rule);
    add_logs(text);
    buffer_add_byte(block->wrap.out, '\n');
}

// Time between events

static void add_duration(struct buffer *out, int64_t time) {
    enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE, DAY = 24 * HOUR };
    if (time < SECOND) {
        buffer_printf(out, "%" PRId64 " ms", time);
    } else if (time < MINUTE) {
        buffer_printf(out, "%" PRId64 ".%03" PRId64 " s", time / SECOND, time % SECOND);
    } else if (time < HOUR) {
        buffer_printf(out, "%" PRId64 " min %" PRId64 " s", time / MINUTE, time % MINUTE / SECOND);
    } else if (time < DAY) {
        buffer_printf(out, "%" PRId64 " h %" PRId64 " min", time / HOUR, time % HOUR / MINUTE);
    } else {
        buffer_printf(out, "%" PRId64 " d %" PRId64 " h", time / DAY, time % DAY / HOUR);
    }
}

// Between an event and the next: `|` where both are of one process, else `:`.
static void add_gap(struct text *text, size_t event) {
    const struct finding *finding = text->finding;
    struct buffer *out = text->block.wrap.out;
    int64_t time = finding->events[event + 1]->time - finding->events[event]->time;
    bool is_same = text_same_process(finding, event + 1) == event;
    buffer_add_text(out, is_same ? "  | " : "  : ");
    if (time == 0) {
        buffer_add_text(out, "at the same time\n");
    } else {
        add_duration(out, time);
        buffer_add_text(out, " later\n");
    }
}

void text_add_finding(struct buffer *out, const struct finding *finding,
                      const struct text_style *style) {
    struct text text = {
        .block = {.wrap = {.out = out, .width = style->width, .has_colour = style->has_colour},
                  .mark = ' ',
                  .bar = ' '},
        .finding = finding,
    };
    text_add_places(&text);
    add_head(&text);
    for (size_t i = 0; i < finding->event_count; i++) {
        bool is_last = i + 1 == finding->event_count;
        text.block.bar = '|';
        text_add_chain(&text, i);
        text.block.bar = !is_last || text_has_descendants(finding) ? '|' : ' ';
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
