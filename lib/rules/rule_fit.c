// SPDX-License-Identifier: GPL-3.0-or-later
#include "rules/rule_fit.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "rules/event_set.h"
#include "rules/fields.h"
#include "rules/fit_reason.h"

const char *rule_verdict_name(enum rule_verdict verdict) {
    static const char *const names[RULE_VERDICT_COUNT] = {"runs", "runs in part", "cannot match"};
    return names[verdict];
}

// ---- fields

// Fields of Elastic's that no Sysmon event has and that rules for several sources name: of its own
// agent, of the Security log, of every document. A name that ends with a dot stands for all below.
static bool is_of_other_logs(struct text name) {
    static const char *const names[] = {
        "Target.process.",
        "data_stream.namespace",
        "dll.Ext.",
        "dll.code_signature.exists",
        "effective_process.",
        "file.Ext.",
        "file.size",
        "group.",
        "host.ip",
        "process.Ext.",
        "process.code_signature.",
        "process.parent.Ext.",
        "process.parent.code_signature.",
        "process.session_leader.",
        "winlog.logon.",
        "winlog.process.",
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t size = strlen(names[i]);
        bool is_family = names[i][size - 1] == '.';
        if (is_family ? name.size > size && text_starts(name, names[i]) : text_is(name, names[i])) {
            return true;
        }
    }
    return false;
}

static bool is_known(struct field field, struct text name) {
    if (field.id == FIELD_UNKNOWN) {
        return is_of_other_logs(name);
    }
    return field.id != FIELD_EVENT_DATA || field.data != DATA_OTHER;
}

static bool add_name(struct rule_field_names *names, struct text name) {
    for (size_t i = 0; i < names->count; i++) {
        if (text_same(names->list[i], name)) {
            return true;
        }
    }
    return array_add(&names->list, &names->count, &names->capacity, &name, sizeof name);
}

// Adds the fields below the node that none of the events has.
static bool add_fields(struct rule_fit *fit, const struct eql_node *node, uint32_t events) {
    for (size_t i = 0; i < node->count; i++) {
        if (!add_fields(fit, node->operands[i], events)) {
            return false;
        }
    }
    if (node->kind != EQL_FIELD) {
        return true;
    }
    struct field field = fields_find(node->text);
    if (!is_known(field, node->text)) {
        return add_name(&fit->unknown, node->text);
    }
    return (field_events(field) & events) != 0 || add_name(&fit->absent, node->text);
}

static bool add_stage_fields(struct rule_fit *fit, const struct eql_query *query,
                             const struct eql_stage *stage, uint32_t events) {
    // Of a stage that no event can be: what no event at all has.
    uint32_t looked_at = events == 0 ? FIELD_EVENTS_ALL : events;
    bool is_added = add_fields(fit, stage->condition, looked_at);
    for (size_t i = 0; i < query->by_count; i++) {
        is_added = is_added && add_fields(fit, query->by[i], looked_at);
    }
    for (size_t i = 0; i < stage->by_count; i++) {
        is_added = is_added && add_fields(fit, stage->by[i], looked_at);
    }
    return is_added;
}

// ---- stages

// Adds the reason that the stage gives, if it is the first.
static bool add_reason(struct rule_fit *fit, const struct eql_query *query, size_t number) {
    struct buffer text = {0};
    fit->verdict = RULE_CANNOT_MATCH;
    if (fit->reason != NULL) {
        return true;
    }
    if (query->stage_count > 1) {
        buffer_printf(&text, "stage %zu: ", number + 1);
    }
    fit_reason_add(&text, query, &query->stages[number]);
    buffer_add_byte(&text, '\0');
    if (text.failed) {
        buffer_free(&text);
        return false;
    }
    fit->reason = text.data;
    return true;
}

static bool add_stage(struct rule_fit *fit, const struct eql_query *query, size_t number) {
    const struct eql_stage *stage = &query->stages[number];
    uint32_t events = event_set_ids(fit_events(query, stage));
    fit->events[number] = events;
    return add_stage_fields(fit, query, stage, events) &&
           (events != 0 || stage->is_missing || add_reason(fit, query, number));
}

bool rule_fit_make(struct rule_fit *fit, const struct eql_query *query) {
    *fit = (struct rule_fit){.verdict = RULE_RUNS, .stage_count = query->stage_count};
    fit->events = calloc(query->stage_count, sizeof *fit->events);
    bool is_made = fit->events != NULL;
    for (size_t i = 0; is_made && i < query->stage_count; i++) {
        is_made = add_stage(fit, query, i);
    }
    if (is_made && query->until != NULL) {
        uint32_t events = event_set_ids(fit_events(query, query->until));
        is_made = add_stage_fields(fit, query, query->until, events);
    }
    if (!is_made) {
        rule_fit_free(fit);
        return false;
    }
    if (fit->verdict == RULE_RUNS && fit->absent.count + fit->unknown.count > 0) {
        fit->verdict = RULE_RUNS_IN_PART;
    }
    return true;
}

void rule_fit_free(struct rule_fit *fit) {
    free(fit->events);
    free(fit->absent.list);
    free(fit->unknown.list);
    free(fit->reason);
    *fit = (struct rule_fit){0};
}
