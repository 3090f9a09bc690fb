// SPDX-License-Identifier: GPL-3.0-or-later
// Values of views and events alike.
#include "rules/subject.h"

#include <string.h>

#include "rules/event_view.h"

void subject_free(struct subject *subject) {
    arena_free(&subject->arena);
    buffer_free(&subject->text);
}

void subject_set_view(struct subject *subject, const struct view *view, uint16_t id) {
    subject->id = id;
    subject->view = view;
    subject->event = NULL;
    subject->failed = false;
    memset(subject->is_made, 0, sizeof subject->is_made);
    arena_clear(&subject->arena);
}

void subject_set_event(struct subject *subject, const struct event *event) {
    subject->id = event->id;
    subject->view = NULL;
    subject->event = event;
    subject->failed = false;
}

// The text of a value of the view, kept. Without data when it is not there, or missing.
static struct event_text make(struct subject *subject, enum event_data data) {
    struct buffer *text = &subject->text;
    buffer_clear(text);
    if (!event_view_add(subject->view, data, text) || text->failed ||
        event_is_missing(text->data, text->size)) {
        subject->failed = subject->failed || text->failed;
        return (struct event_text){0};
    }
    char *kept = arena_take(&subject->arena, text->size);
    if (kept == NULL) {
        subject->failed = true;
        return (struct event_text){0};
    }
    memcpy(kept, text->data, text->size);
    return (struct event_text){kept, text->size};
}

struct event_text subject_value(struct subject *subject, enum event_data data) {
    if (subject->view == NULL) {
        return event_part(subject->event, data, PART_WHOLE);
    }
    if (!subject->is_made[data]) {
        subject->made[data] = make(subject, data);
        subject->is_made[data] = true;
    }
    return subject->made[data];
}

struct event_text subject_part(struct subject *subject, enum event_data data,
                               enum event_part part) {
    struct event_text value = subject_value(subject, data);
    return value.data == NULL ? value : event_part_of(value, part);
}

bool subject_has(const struct subject *subject, enum event_data data) {
    return subject->view == NULL ? event_has(subject->event, data)
                                 : event_view_has(subject->view, data);
}
