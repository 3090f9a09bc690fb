// SPDX-License-Identifier: GPL-3.0-or-later
// What a rule says of itself, and its query as text. rules/rule_reader.h reads it from files.
#ifndef EVTXSEQ_RULE_TEXT_H
#define EVTXSEQ_RULE_TEXT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/source_error.h"
#include "rules/source_map.h"

enum rule_severity { RULE_LOW, RULE_MEDIUM, RULE_HIGH, RULE_CRITICAL, RULE_SEVERITY_COUNT };

// "low" and so on.
const char *rule_severity_name(enum rule_severity severity);

// False when there is no severity of this name.
bool rule_severity_find(const char *name, enum rule_severity *severity);

// Texts in the order of the file.
struct rule_texts {
    const char **items;
    size_t count;
};

// A tactic, technique or sub-technique of MITRE ATT&CK. NULL for what is not said; without an ID
// there is none.
struct rule_attack_name {
    const char *id, *name, *reference;
};

// The finest that a rule names: a sub-technique with what it belongs to, a technique with none
// below it, a tactic with none. The tactic may be missing, as in .eql files.
struct rule_attack {
    struct rule_attack_name tactic, technique, subtechnique;
};

struct rule_text {
    const char *id;
    const char *name;
    enum rule_severity severity;
    int risk_score;  // 0 to 100
    int64_t version; // 0 where none is said
    // Markdown; NULL for what is not said.
    const char *description, *note, *setup;
    const char *license;
    struct rule_texts authors, false_positives, references, index;
    struct rule_attack *attacks;
    size_t attack_count;
    // The names under which it says more of what is to be found, such as filters, to which nothing
    // here does justice. Of no rule's own: the texts are constants.
    struct rule_texts not_applied;
    bool repeat;          // what spec.md calls the basis `repeat` is wanted
    const char *fallback; // the ID of a rule of this one's last stage alone; or NULL
    const char *query;
    bool is_builtin;
    char *path;            // the file
    struct source_map map; // of the query, in that file
    json_t *tree;          // what the texts are in
};

enum rule_result {
    RULE_READ,
    // Left out; the first of these that holds.
    RULE_NOT_EQL,
    RULE_DEPRECATED,
    RULE_OTHER_SOURCE, // `index` names no source that Sysmon events are in
    // No rule.
    RULE_WRONG,
    RULE_NO_MEMORY,
    RULE_RESULT_COUNT
};

// What is wrong: with a table's value of that name or, if it has none, with the table.
struct rule_fault {
    const json_t *table;
    const char *key;
    char message[96];
};

// Reads what a rule file says under Elastic's names: an object with "rule_id", "name", "query" and
// so on, and besides these "metadata" with "maturity", and "evtxseq", our own, with "repeat" and
// "fallback". But for RULE_READ there is nothing to free. Path and map are left to the caller. With
// any_index RULE_OTHER_SOURCE does not come up.
enum rule_result rule_text_read(struct rule_text *rule, json_t *tree, bool any_index,
                                struct rule_fault *fault);

void rule_text_free(struct rule_text *rule);

// Says what is wrong at the query's byte `offset`, by its place in the file but with the line as
// the query has it. False when memory ran out.
bool rule_text_error(const struct rule_text *rule, size_t offset, const char *message,
                     struct source_error *error);

#endif
