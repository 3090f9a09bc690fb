// SPDX-License-Identifier: GPL-3.0-or-later
// Fuzz target: rule files. The input is a file's text, read in each of the formats.
#include "fuzz.h"
#include "out/explain.h"
#include "rules/rule_reader.h"

// What a rule is described as: nothing in it acts on a terminal.
static void check_description(const struct rule_text *rule) {
    struct buffer text = {0};
    explain_add_text(&text, rule);
    must(!text.failed);
    for (size_t i = 0; i < text.size; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        must(byte == '\n' || byte == '\t' || (byte >= ' ' && byte != 0x7f));
    }
    buffer_clear(&text);
    explain_add_csv(&text, rule, false);
    must(!text.failed);
    buffer_clear(&text);
    explain_add_jsonl(&text, rule);
    must(!text.failed && memchr(text.data, '\n', text.size) == text.data + text.size - 1);
    buffer_free(&text);
}

static void check_rule(struct rule_text *rule) {
    must(*rule->id != '\0' && *rule->name != '\0' && *rule->query != '\0');
    must(rule->risk_score >= 0 && rule->risk_score <= 100);
    must(rule->severity < RULE_SEVERITY_COUNT);
    for (size_t i = 0; i < rule->attack_count; i++) {
        const struct rule_attack *attack = &rule->attacks[i];
        must(attack->tactic.id != NULL || attack->technique.id != NULL);
        must(attack->technique.id != NULL || attack->subtechnique.id == NULL);
    }
    struct source_error error;
    must(rule_text_error(rule, strlen(rule->query), "x", &error));
    must(error.place.line > 0 && error.place.column > 0);
    source_error_free(&error);
    check_description(rule);
    rule_text_free(rule);
}

static void check_error(struct source_error *error) {
    struct buffer text = {0};
    must(*error->message != '\0');
    source_error_add(&text, error);
    must(!text.failed);
    buffer_free(&text);
    source_error_free(error);
}

static void check_format(const struct source_text *source, enum rule_format format) {
    struct rule_reader reader = {.source = *source, .format = format};
    struct rule_text rule;
    struct source_error error;
    enum rule_result result = RULE_READ;
    // Each call takes at least a byte of the text, or is the last.
    for (size_t calls = 0; rule_reader_next(&reader, &result, &rule, &error); calls++) {
        must(calls <= source->size && result != RULE_NO_MEMORY);
        if (result == RULE_READ) {
            check_rule(&rule);
        } else if (result == RULE_WRONG) {
            check_error(&error);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const struct source_text source = {.path = "x.eql",
                                       .text = (const char *)data,
                                       .size = size,
                                       .start = {.line = 1, .column = 1}};
    for (int format = 0; format < RULE_FORMAT_COUNT; format++) {
        check_format(&source, (enum rule_format)format);
    }
    return 0;
}
