// SPDX-License-Identifier: GPL-3.0-or-later
#include "judged.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "rules/eql_check.h"
#include "rules/eql_parser.h"
#include "xmem.h"

struct compiled judged_compile(struct conditions *conditions, const char *text) {
    struct eql_error error = {0};
    struct compiled compiled = {.query = eql_parse(text, strlen(text), &error)};
    bool is_good = compiled.query != NULL && eql_check(compiled.query, &error) &&
                   conditions_add(conditions, &compiled.query->stages[0], &error, &compiled.number);
    ck_assert_msg(is_good, "%s\n%u: %s", text, error.place.column, error.text);
    return compiled;
}

static struct event *make_event(const struct plain_event *plain) {
    struct event_draft draft = {0};
    draft.head.id = (uint16_t)plain->id;
    draft.head.record_id = 1;
    for (size_t i = 0; i < plain->count; i++) {
        const char *name = plain->data[i].name;
        const char *value = plain->data[i].value;
        event_draft_add(&draft, event_data_named(name, strlen(name)), name, strlen(name), value,
                        strlen(value));
    }
    struct event *event = event_draft_finish(&draft);
    ck_assert_ptr_nonnull(event);
    event_draft_free(&draft);
    return event;
}

void judged_begin(struct judged *judged, const struct plain_event *plain) {
    free(judged->event);
    judged->event = make_event(plain);
    subject_set_event(&judged->subject, judged->event);
    field_reader_begin(&judged->reader, &judged->subject);
}

void judged_end(struct judged *judged) {
    field_reader_free(&judged->reader);
    subject_free(&judged->subject);
    free(judged->event);
}

char *judged_describe(const struct plain_event *event) {
    char *text = xformat("event %u", event->id);
    for (size_t i = 0; i < event->count; i++) {
        xreplace(&text, xformat("%s ; %s=%s", text, event->data[i].name, event->data[i].value));
    }
    return text;
}
