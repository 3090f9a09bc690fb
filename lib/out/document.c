// SPDX-License-Identifier: GPL-3.0-or-later
#include "out/document.h"

void documents_free(struct documents *documents) {
    field_reader_free(&documents->reader);
    subject_free(&documents->subject);
}

void documents_begin(struct documents *documents, const struct stage_event *event) {
    subject_set_event(&documents->subject, event->event);
    field_reader_begin(&documents->reader, &documents->subject);
}

// Fields

static json_t *make_value(const struct field_value *value) {
    switch (value->type) {
    case FIELD_TYPE_NUMBER:
        return json_integer((json_int_t)value->number);
    case FIELD_TYPE_BOOLEAN:
        return json_boolean(value->boolean);
    case FIELD_TYPE_TEXT:
    case FIELD_TYPE_ADDRESS:
        break;
    }
    return draft_bytes(value->text.data, value->text.size);
}

static json_t *make_array(struct draft *draft, struct field_values values) {
    json_t *array = json_array();
    for (size_t i = 0; i < values.count; i++) {
        draft_append(draft, array, make_value(&values.list[i]));
    }
    return array;
}

void document_put(struct draft *draft, const char *path, struct documents *documents,
                  enum field_id field, unsigned kind) {
    const struct field asked = field_of(field);
    struct field_values values = fields_read(&documents->reader, asked, kind);
    draft->failed = draft->failed || documents->reader.failed || documents->subject.failed;
    if (values.count > 0) {
        draft_put(draft, path,
                  field_has_several(asked) ? make_array(draft, values)
                                           : make_value(&values.list[0]));
    }
}

// Rules may name the answers to a query themselves; in a document they are objects, each with its
// data.
static void put_answers(struct draft *draft, struct documents *documents, unsigned kind) {
    struct field_values values =
        fields_read(&documents->reader, field_of(FIELD_DNS_ANSWERS_DATA), kind);
    json_t *answers = json_array();
    for (size_t i = 0; i < values.count; i++) {
        draft_append(draft, answers, json_pack("{s:o}", "data", make_value(&values.list[i])));
    }
    if (values.count == 0) {
        json_decref(answers);
    } else {
        draft_put(draft, "dns.answers", answers);
    }
}

static void put_fields(struct draft *draft, struct documents *documents, unsigned kind) {
    for (int field = 0; field < FIELD_COUNT; field++) {
        if (field == FIELD_DNS_ANSWERS) {
            put_answers(draft, documents, kind);
        } else if (field != FIELD_DNS_ANSWERS_DATA) {
            // Names in the list end with NUL.
            document_put(draft, field_of((enum field_id)field).name.data, documents,
                         (enum field_id)field, kind);
        }
    }
}

// The rest

static void put_event_data(struct draft *draft, const struct event *event) {
    json_t *data = json_object();
    for (size_t i = 0; i < event->item_count; i++) {
        const char *value = event_item_value(event, i);
        if (event_item_data(event, i) >= DATA_FIRST && value != NULL) {
            draft_put_logged(draft, data, event_item_name(event, i), draft_text(value));
        }
    }
    draft_put(draft, "winlog.event_data", data);
}

// The timeline knows the machine of an event that does not tell it by a GUID.
static void put_host_id(struct draft *draft, const struct stage_event *event) {
    struct buffer text = {0};
    timeline_add_host_id(event, &text);
    if (text.failed) {
        draft->failed = true;
    } else {
        draft_put(draft, "host.id", draft_bytes(text.data, text.size));
    }
    buffer_free(&text);
}

json_t *document_make(struct documents *documents, const struct stage_event *event, unsigned kind) {
    struct draft draft = {.root = json_object()};
    documents_begin(documents, event);
    put_fields(&draft, documents, kind);
    // By the clock of the run.
    draft_put(&draft, "@timestamp", draft_time(event->time));
    draft_put(&draft, "ecs.version", json_string(DRAFT_ECS_VERSION));
    put_host_id(&draft, event);
    put_event_data(&draft, event->event);
    draft_put(&draft, "log.file.path", draft_text(event->path));
    draft_put(&draft, "log.offset", json_integer((json_int_t)event->offset));
    draft_put(&draft, "evtxseq.recovered", json_boolean(event->recovered));
    if (event->damaged) {
        draft_put(&draft, "evtxseq.damaged", json_true());
    }
    return draft_take(&draft);
}
