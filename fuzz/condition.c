// SPDX-License-Identifier: GPL-3.0-or-later
// Fuzz target: queries made into conditions, and judged. The input is a query, and after it names
// and values of an event's EventData in turn, a NUL before each; the first value is the event's ID.
#include "rules/condition.h"
#include "rules/eql_check.h"
#include "rules/eql_parser.h"

#include "fuzz.h"

// The next text up to a NUL or the end.
static const char *take(const char **at, const char *end, size_t *size) {
    const char *text = *at;
    *size = strnlen(text, (size_t)(end - text));
    *at = text + *size + (text + *size < end ? 1 : 0);
    return text;
}

static struct event *make_event(const char *at, const char *end) {
    struct event_draft draft = {0};
    size_t size = 0;
    size_t name_size = 0;
    const char *id = take(&at, end, &size);
    for (size_t i = 0; i < size; i++) {
        draft.head.id = (uint16_t)(draft.head.id * 10 + (id[i] & 15));
    }
    while (at < end) {
        const char *name = take(&at, end, &name_size);
        const char *value = take(&at, end, &size);
        event_draft_add(&draft, event_data_named(name, name_size), name, name_size, value, size);
    }
    struct event *event = event_draft_finish(&draft);
    event_draft_free(&draft);
    return event;
}

static void judge(struct conditions *conditions, size_t number, const struct event *event) {
    struct subject subject = {0};
    struct field_reader reader = {0};
    unsigned kind = 0;
    subject_set_event(&subject, event);
    field_reader_begin(&reader, &subject);
    enum condition_verdict verdict = conditions_judge(conditions, number, &reader, &kind);
    must(verdict == conditions_judge(conditions, number, &reader, &kind));
    if (verdict == CONDITION_HOLDS || verdict == CONDITION_HOLDS_BY_NAME) {
        must(kind < event_kinds(event->id));
        must(conditions_may_hold(conditions, number, event->id));
    }
    field_reader_free(&reader);
    subject_free(&subject);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const char *at = (const char *)data;
    const char *end = at + size;
    size_t query_size = 0;
    struct eql_error error = {0};
    const char *text = take(&at, end, &query_size);
    struct eql_query *query = eql_parse(text, query_size, &error);
    struct conditions *conditions = conditions_new();
    struct event *event = make_event(at, end);
    for (size_t i = 0; query != NULL && conditions != NULL && event != NULL &&
                       eql_check(query, &error) && i < query->stage_count;
         i++) {
        size_t number = 0;
        if (conditions_add(conditions, &query->stages[i], &error, &number)) {
            judge(conditions, number, event);
        } else {
            must(error.text[0] != '\0' && error.place.offset <= query_size);
        }
    }
    free(event);
    conditions_free(conditions);
    eql_query_free(query);
    return 0;
}
