// SPDX-License-Identifier: GPL-3.0-or-later
// Why no Sysmon event can be one that a rule asks for.
//
// A stage is taken apart into what must all hold. Of these as few are kept as are enough to leave
// no event; all but the last narrow down where the last one fails.
#include "rules/fit_reason.h"

#include <stdlib.h>
#include <string.h>

#include "rules/eql_error.h"

enum {
    NAMED_MAX = 3,         // values of a list that are named
    REASON_SIZE_MAX = 600, // bytes; after that no further reason is added
};

// One of the things that must all hold, and the events for which it may.
struct part {
    event_set events;
    struct text category;        // none: the node
    const struct eql_node *node; // a condition, or a field that is a key
    bool is_key;
};

struct parts {
    struct part *list;
    size_t count;
};

// Where something fails: in these events, which are all of the category if there is one.
struct scope {
    event_set events;
    struct text category; // may be none
};

// ---- taking apart

static size_t count_conditions(const struct eql_node *node) {
    size_t count = 0;
    for (size_t i = 0; node->kind == EQL_AND && i < node->count; i++) {
        count += count_conditions(node->operands[i]);
    }
    return node->kind == EQL_AND ? count : 1;
}

static void add_conditions(struct parts *parts, const struct eql_node *node) {
    for (size_t i = 0; node->kind == EQL_AND && i < node->count; i++) {
        add_conditions(parts, node->operands[i]);
    }
    if (node->kind != EQL_AND) {
        parts->list[parts->count++] =
            (struct part){.events = event_set_where(EVENT_SET_ALL, node), .node = node};
    }
}

static void add_keys(struct parts *parts, struct eql_node *const *keys, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (!keys[i]->is_optional) {
            parts->list[parts->count++] = (struct part){
                .events = event_set_with(EVENT_SET_ALL, keys[i]), .node = keys[i], .is_key = true};
        }
    }
}

// Takes a stage apart, or a condition alone. False when memory ran out.
static bool take_apart(struct parts *parts, const struct eql_query *query,
                       const struct eql_stage *stage, const struct eql_node *condition) {
    size_t keys = stage == NULL ? 0 : query->by_count + stage->by_count;
    *parts =
        (struct parts){.list = calloc(1 + keys + count_conditions(condition), sizeof *parts->list)};
    if (parts->list == NULL) {
        return false;
    }
    if (stage != NULL && !stage->is_any) {
        parts->list[parts->count++] = (struct part){
            .events = event_set_of_category(stage->category), .category = stage->category};
    }
    if (stage != NULL) {
        add_keys(parts, query->by, query->by_count);
        add_keys(parts, stage->by, stage->by_count);
    }
    add_conditions(parts, condition);
    return true;
}

event_set fit_events(const struct eql_query *query, const struct eql_stage *stage) {
    struct eql_node *const *const keys[] = {query->by, stage->by};
    const size_t counts[] = {query->by_count, stage->by_count};
    event_set events = stage->is_any ? EVENT_SET_ALL : event_set_of_category(stage->category);
    for (size_t i = 0; i < 2; i++) {
        for (size_t k = 0; k < counts[i]; k++) {
            events = keys[i][k]->is_optional ? events : event_set_with(events, keys[i][k]);
        }
    }
    return event_set_where(events, stage->condition);
}

// ---- leaving out

static bool keep_one(struct parts *parts, event_set events) {
    for (size_t i = 0; i < parts->count; i++) {
        if ((parts->list[i].events & events) == 0) {
            parts->list[0] = parts->list[i];
            parts->count = 1;
            return true;
        }
    }
    return false;
}

// Keeps as few parts as leave none of the events, one if one is enough. The first are kept rather
// than those after them. A part that is left out has all events.
static void reduce(struct parts *parts, event_set events) {
    event_set kept = events; // what those that are kept leave
    if (keep_one(parts, events)) {
        return;
    }
    for (size_t i = parts->count; i-- > 0;) {
        event_set before = kept;
        for (size_t k = 0; before != 0 && k < i; k++) {
            before &= parts->list[k].events;
        }
        if (before != 0) {
            kept &= parts->list[i].events;
        } else {
            parts->list[i].events = EVENT_SET_ALL;
        }
    }
    size_t count = 0;
    for (size_t i = 0; i < parts->count; i++) {
        if (parts->list[i].events != EVENT_SET_ALL) {
            parts->list[count++] = parts->list[i];
        }
    }
    parts->count = count;
}

// ---- words

static void add_text(struct buffer *out, struct text text) {
    char excerpt[EQL_EXCERPT_SIZE];
    buffer_add_text(out, eql_excerpt(text, excerpt));
}

static void add_scope(struct buffer *out, const struct scope *scope) {
    uint32_t ids = event_set_ids(scope->events);
    if (scope->category.data != NULL) {
        buffer_add_text(out, " in ");
        add_text(out, scope->category);
        buffer_add_text(out, " events");
    } else if (scope->events != EVENT_SET_ALL) {
        buffer_add_text(out, (ids & (ids - 1)) == 0 ? " in event " : " in events ");
        event_ids_add(out, ids);
    }
}

static void add_missing(struct buffer *out, const struct eql_node *field,
                        const struct scope *scope) {
    if (scope->events == EVENT_SET_ALL) {
        buffer_add_text(out, "no Sysmon event has ");
        add_text(out, field->text);
    } else {
        add_text(out, field->text);
        buffer_add_text(out, " is missing");
        add_scope(out, scope);
    }
}

// By its place in the query.
static void add_fallback(struct buffer *out, const struct eql_node *node, bool is_always,
                         const struct scope *scope) {
    buffer_printf(out, "the condition at %u:%u %s holds", (unsigned)node->place.line,
                  (unsigned)node->place.column, is_always ? "always" : "never");
    add_scope(out, scope);
}

// `"a", "b" or "c"`.
static void add_values(struct buffer *out, const struct eql_node *const *values, size_t count) {
    size_t named = count > NAMED_MAX + 1 ? NAMED_MAX : count;
    for (size_t i = 0; i < named; i++) {
        bool is_last = i + 1 == count;
        buffer_add_text(out, i == 0 ? "" : is_last ? " or " : ", ");
        buffer_add_byte(out, '"');
        add_text(out, values[i]->text);
        buffer_add_byte(out, '"');
    }
    if (named < count) {
        buffer_printf(out, " or %zu others", count - named);
    }
}

// ---- conditions

static const struct eql_node *find_missing(const struct eql_node *node, event_set events) {
    if (node->kind == EQL_FIELD && event_set_with(events, node) == 0) {
        return node;
    }
    const struct eql_node *found = NULL;
    for (size_t i = 0; found == NULL && i < node->count; i++) {
        found = find_missing(node->operands[i], events);
    }
    return found;
}

// Whether it compares a field with strings, as one of them.
static bool is_comparison(const struct eql_node *node) {
    bool is_one = node->count >= 2 && node->operands[0]->kind == EQL_FIELD &&
                  (node->kind == EQL_EQUAL || node->kind == EQL_NOT_EQUAL || node->kind == EQL_IN ||
                   node->kind == EQL_MATCH || node->kind == EQL_LIKE);
    for (size_t i = 1; is_one && i < node->count; i++) {
        is_one = node->operands[i]->kind == EQL_STRING;
    }
    return is_one;
}

// Of a condition without logic that is never true, or always where that is what fails.
static void explain_leaf(struct buffer *out, const struct eql_node *node, bool is_always,
                         const struct scope *scope) {
    const struct eql_node *missing = find_missing(node, scope->events);
    if (missing != NULL) {
        add_missing(out, missing, scope);
    } else if (is_comparison(node)) {
        is_always = is_always != (node->kind == EQL_NOT_EQUAL);
        add_text(out, node->operands[0]->text);
        buffer_add_text(out, is_always ? " is always " : " is never ");
        add_values(out, (const struct eql_node *const *)node->operands + 1, node->count - 1);
        add_scope(out, scope);
    } else {
        add_fallback(out, node, is_always, scope);
    }
}

static void explain_condition(struct buffer *out, const struct eql_node *node,
                              const struct scope *scope);

// What is there already is not said again.
static void explain_each(struct buffer *out, const struct eql_node *node,
                         const struct scope *scope) {
    size_t start = out->size;
    for (size_t i = 0; i < node->count && !out->failed; i++) {
        size_t size = out->size;
        if (size - start > REASON_SIZE_MAX) {
            buffer_add_text(out, "; ...");
            return;
        }
        buffer_add_text(out, i == 0 ? "" : "; ");
        size_t begin = out->size;
        explain_condition(out, node->operands[i], scope);
        if (!out->failed &&
            memmem(out->data + start, size - start, out->data + begin, out->size - begin) != NULL) {
            out->size = size;
        }
    }
}

static void explain_parts(struct buffer *out, struct parts *parts, const struct scope *scope) {
    reduce(parts, scope->events);
    const struct part *last = &parts->list[parts->count - 1];
    struct scope narrower = *scope;
    for (const struct part *part = parts->list; part < last; part++) {
        narrower.events &= part->events;
        narrower.category =
            parts->count == 2 && scope->events == EVENT_SET_ALL ? part->category : (struct text){0};
    }
    if (last->category.data != NULL) {
        buffer_add_text(out, "no Sysmon event has the category \"");
        add_text(out, last->category);
        buffer_add_byte(out, '"');
    } else if (last->is_key) {
        add_missing(out, last->node, &narrower);
    } else {
        explain_condition(out, last->node, &narrower);
    }
}

static void explain_all(struct buffer *out, const struct eql_query *query,
                        const struct eql_stage *stage, const struct eql_node *condition,
                        const struct scope *scope) {
    struct parts parts;
    if (!take_apart(&parts, query, stage, condition)) {
        out->failed = true;
        return;
    }
    explain_parts(out, &parts, scope);
    free(parts.list);
}

static void explain_condition(struct buffer *out, const struct eql_node *node,
                              const struct scope *scope) {
    bool is_always = false;
    while (node->kind == EQL_NOT) {
        is_always = !is_always;
        node = node->operands[0];
    }
    bool is_logic = node->kind == EQL_AND || node->kind == EQL_OR;
    if (is_logic && is_always) {
        add_fallback(out, node, is_always, scope);
    } else if (node->kind == EQL_OR) {
        explain_each(out, node, scope);
    } else if (node->kind == EQL_AND) {
        explain_all(out, NULL, NULL, node, scope);
    } else {
        explain_leaf(out, node, is_always, scope);
    }
}

void fit_reason_add(struct buffer *out, const struct eql_query *query,
                    const struct eql_stage *stage) {
    const struct scope scope = {.events = EVENT_SET_ALL};
    explain_all(out, query, stage, stage->condition, &scope);
}
