// SPDX-License-Identifier: GPL-3.0-or-later
#include "rules/subject.h"

#include <string.h>

#include "base/bytes.h"
#include "base/guid.h"
#include "base/timestamp.h"
#include "evtx/binxml.h"
#include "rules/event_view.h"

void subject_free(struct subject *subject) {
    arena_free(&subject->arena);
    buffer_free(&subject->text);
}

void subject_set_view(struct subject *subject, const struct view *view, uint16_t id,
                      const struct event_header *header) {
    subject->id = id;
    subject->header = *header;
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

// What has been put together in the subject's buffer, kept. Without data when it counts as missing.
static struct text keep(struct subject *subject) {
    const struct buffer *text = &subject->text;
    if (text->failed || event_is_missing(text->data, text->size)) {
        subject->failed = subject->failed || text->failed;
        return (struct text){0};
    }
    char *kept = arena_take(&subject->arena, text->size);
    if (kept == NULL) {
        subject->failed = true;
        return (struct text){0};
    }
    memcpy(kept, text->data, text->size);
    return (struct text){kept, text->size};
}

// The text of a value of the view. Without data when it is not there, or missing.
static struct text make(struct subject *subject, enum event_data data) {
    buffer_clear(&subject->text);
    if (!event_view_add(subject->view, data, &subject->text)) {
        subject->failed = subject->failed || subject->text.failed;
        return (struct text){0};
    }
    return keep(subject);
}

struct text subject_value(struct subject *subject, enum event_data data) {
    if (subject->view == NULL) {
        return event_part(subject->event, data, PART_WHOLE);
    }
    if (!subject->is_made[data]) {
        subject->made[data] = make(subject, data);
        subject->is_made[data] = true;
    }
    return subject->made[data];
}

bool subject_raw_value(const struct subject *subject, enum event_data data, struct value *value) {
    return subject->view != NULL && event_view_value(subject->view, data, value);
}

static struct text find_other(const struct event *event, struct text name) {
    for (size_t i = 0; i < event->item_count; i++) {
        if (event_item_data(event, i) == DATA_OTHER) {
            const char *other = event_item_name(event, i);
            const char *value = event_item_value(event, i);
            if (text_is(name, other)) {
                return value != NULL ? text_of(value) : (struct text){0};
            }
        }
    }
    return (struct text){0};
}

struct text subject_other(struct subject *subject, struct text name) {
    struct buffer *text = &subject->text;
    if (subject->view == NULL) {
        return find_other(subject->event, name);
    }
    for (size_t i = 0; i < view_item_count(subject->view); i++) {
        const struct definition_item *item = view_item(subject->view, i);
        if (item->number == NAMES_OTHER) {
            buffer_clear(text);
            view_add_name(subject->view, item, text);
            if (text->size > 0 && text_same((struct text){text->data, text->size}, name)) {
                buffer_clear(text);
                view_add_text(subject->view, item, text);
                return keep(subject);
            }
            subject->failed = subject->failed || text->failed;
        }
    }
    return (struct text){0};
}

uint64_t subject_record_id(const struct subject *subject) {
    return subject->view == NULL ? subject->event->record_id
                                 : event_view_record_id(subject->view, &subject->header);
}

int64_t subject_time(struct subject *subject, enum event_clock clock) {
    if (subject->view == NULL) {
        return event_time(subject->event, clock);
    }
    char text[TIMESTAMP_TEXT_SIZE];
    int64_t time = 0;
    struct text utc_time = {0};
    if (clock == CLOCK_UTC) {
        utc_time = subject_value(subject, DATA_UTC_TIME);
    }
    if (utc_time.data != NULL && utc_time.size < sizeof text) {
        memcpy(text, utc_time.data, utc_time.size);
        text[utc_time.size] = '\0';
        if (timestamp_parse_sysmon(text, &time)) {
            return time;
        }
    }
    return event_view_time(subject->view, &subject->header);
}

// A GUID that lies in a record as such begins with the number. It is asked for of every event.
uint32_t subject_machine(struct subject *subject) {
    static const uint8_t zeros[GUID_SIZE] = {0};
    struct text guid = {0};
    for (size_t i = 0; guid.data == NULL && i < EVENT_MACHINE_GUIDS; i++) {
        struct value value;
        bool is_guid = subject_raw_value(subject, event_machine_guids[i], &value) &&
                       value.type == TYPE_GUID && value.size == GUID_SIZE;
        if (!is_guid) {
            guid = subject_value(subject, event_machine_guids[i]);
        } else if (memcmp(value.bytes, zeros, GUID_SIZE) != 0) {
            return bytes_u32(value.bytes);
        }
    }
    return event_machine_of(guid);
}

bool subject_has(const struct subject *subject, enum event_data data) {
    return subject->view == NULL ? event_has(subject->event, data)
                                 : event_view_has(subject->view, data);
}
