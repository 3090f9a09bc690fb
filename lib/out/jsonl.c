// SPDX-License-Identifier: GPL-3.0-or-later
#include "out/jsonl.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "out/document.h"
#include "out/relatives.h"

static void put_name(struct draft *draft, const char *path, const char *text) {
    if (text != NULL) {
        draft_put(draft, path, draft_text(text));
    }
}

static void put_names(struct draft *draft, const char *path, const struct rule_texts *texts) {
    if (texts->count > 0) {
        draft_put(draft, path, draft_texts(texts->items, texts->count));
    }
}

// In place of the name that Sysmon's configuration has for the last event.
static void put_rule(struct draft *draft, const struct rule_text *rule) {
    draft_put(draft, "rule", json_object());
    put_name(draft, "rule.id", rule->id);
    put_name(draft, "rule.name", rule->name);
    put_name(draft, "rule.severity", rule_severity_name(rule->severity));
    draft_put(draft, "rule.risk_score", json_integer(rule->risk_score));
    put_name(draft, "rule.description", rule->description);
    put_names(draft, "rule.author", &rule->authors);
    put_name(draft, "rule.license", rule->license);
    put_names(draft, "rule.reference", &rule->references);
    if (rule->version > 0) {
        char version[21];
        (void)snprintf(version, sizeof version, "%" PRId64, rule->version);
        draft_put(draft, "rule.version", json_string(version));
    }
}

// ATT&CK

static bool has_text(const json_t *array, const char *text) {
    size_t index = 0;
    const json_t *item = NULL;
    json_array_foreach(array, index, item) {
        if (strcmp(json_string_value(item), text) == 0) {
            return true;
        }
    }
    return false;
}

static void append(struct draft *draft, const char *path, const char *text) {
    if (draft_find(draft, path) == NULL) {
        draft_put(draft, path, json_array());
    }
    draft_append(draft, draft_find(draft, path), draft_text(text));
}

// Adds an entry to two arrays, of IDs and of names, unless it is there. As long as all have names,
// a place in one is that in the other.
static void put_attack(struct draft *draft, const char *id_path, const char *name_path,
                       const struct rule_attack_name *name) {
    if (name->id != NULL && !has_text(draft_find(draft, id_path), name->id)) {
        append(draft, id_path, name->id);
        if (name->name != NULL) {
            append(draft, name_path, name->name);
        }
    }
}

static void put_attacks(struct draft *draft, const struct rule_text *rule) {
    for (size_t i = 0; i < rule->attack_count; i++) {
        const struct rule_attack *attack = &rule->attacks[i];
        draft_put(draft, "threat.framework", json_string("MITRE ATT&CK"));
        put_attack(draft, "threat.tactic.id", "threat.tactic.name", &attack->tactic);
        put_attack(draft, "threat.technique.id", "threat.technique.name", &attack->technique);
        put_attack(draft, "threat.technique.subtechnique.id", "threat.technique.subtechnique.name",
                   &attack->subtechnique);
    }
}

// What ECS has no name for

// Takes the documents of the events.
static void put_evtxseq(struct draft *draft, struct documents *documents,
                        const struct finding *finding, json_t *events) {
    char id[FINDING_ID_SIZE];
    finding_write_id(finding, id);
    draft_put(draft, "evtxseq", json_object());
    draft_put(draft, "evtxseq.id", json_string(id));
    draft_put(draft, "evtxseq.basis", json_string(match_basis_name(finding->basis)));
    if (finding->event_count > 1) {
        draft_put(draft, "evtxseq.span_ms", json_integer((json_int_t)finding->span));
    }
    draft_put(draft, "evtxseq.recovered", json_boolean(finding_is_recovered(finding)));
    if (finding_is_damaged(finding)) {
        draft_put(draft, "evtxseq.damaged", json_true());
    }
    draft_put(draft, "evtxseq.events", events);
    if (finding->context != NULL) {
        draft_put(draft, "evtxseq.context", relatives_make(documents, finding));
    }
}

static json_t *make_events(struct draft *draft, struct documents *documents,
                           const struct finding *finding) {
    json_t *events = json_array();
    for (size_t i = 0; i < finding->event_count; i++) {
        draft_append(draft, events,
                     document_make(documents, finding->events[i], finding_kind(finding, i)));
    }
    return events;
}

void jsonl_add_finding(struct buffer *out, const struct finding *finding) {
    struct documents documents = {0};
    struct draft draft = {0};
    json_t *events = make_events(&draft, &documents, finding);
    // The last event's members are shared, but for those that are changed.
    json_t *last = json_array_get(events, finding->event_count - 1);
    draft.root = json_copy(last);
    draft_put(&draft, "event", json_copy(json_object_get(last, "event")));
    draft_put(&draft, "event.kind", json_string("alert"));
    put_rule(&draft, finding->rule->text);
    put_attacks(&draft, finding->rule->text);
    put_evtxseq(&draft, &documents, finding, events);
    draft_finish(&draft, out, JSON_COMPACT);
    documents_free(&documents);
}
