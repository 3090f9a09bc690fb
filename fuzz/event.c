// SPDX-License-Identifier: GPL-3.0-or-later
// Fuzz target: mapping an event's XML to fields, and judging it. The input is the XML.
#include "rules/event_xml.h"

#include "fuzz.h"
#include "rules/fields.h"
#include "rules/rule.h"
#include "rules/stages.h"

static void check_fields(struct subject *subject) {
    static struct field_reader reader;
    field_reader_begin(&reader, subject);
    for (int id = 0; id < FIELD_COUNT; id++) {
        struct field field = field_of((enum field_id)id);
        struct field_values values = fields_read(&reader, field, 0);
        must(values.count <= 1 || field_has_several(field));
        for (size_t i = 0; i < values.count; i++) {
            must(values.list[i].type == field_type(field));
        }
    }
    must(!reader.failed);
}

static void check_event(const struct stages *stages, const struct event *event) {
    char prefix[EVENT_HOST_PREFIX_SIZE + 1];
    must(event_is_valid(event, event->size));
    for (int field = 0; field < DATA_COUNT; field++) {
        const char *value = event_value(event, (enum event_data)field);
        must(value == NULL || (*value != '\0' && event_has(event, (enum event_data)field)));
        for (int part = PART_WHOLE; part <= PART_DOMAIN; part++) {
            struct event_text text =
                event_part(event, (enum event_data)field, (enum event_part)part);
            must(text.data == NULL ||
                 (value != NULL && text.size > 0 && text.size <= strlen(value)));
        }
    }
    event_machine_prefix(event, prefix);
    must(strlen(prefix) == EVENT_HOST_PREFIX_SIZE);
    struct subject subject = {0};
    subject_set_event(&subject, event);
    struct stage_verdict verdict = stages_judge(stages, &subject);
    must((verdict.meets & verdict.fallback) == 0);
    check_fields(&subject);
    (void)event_time(event, CLOCK_UTC);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct stages *stages;
    const struct event_header header = {.record_id = 1};
    struct event *event = NULL;
    if (stages == NULL) {
        size_t count = 0;
        const struct rule *rules = rules_all(&count);
        stages = stages_new(&rules, 1);
        must(stages != NULL);
    }
    if (event_from_xml((const char *)data, size, &header, &event) == EVENT_OK) {
        check_event(stages, event);
        free(event);
    }
    return 0;
}
