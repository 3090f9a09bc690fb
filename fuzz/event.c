// SPDX-License-Identifier: GPL-3.0-or-later
// Fuzz target: mapping an event's XML to fields, and judging it. The input is the XML.
#include "rules/event_xml.h"

#include "fuzz.h"
#include "rules/fields.h"
#include "rules/rule.h"

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

static void check_rules(const struct rule_set *rules, struct subject *subject) {
    static struct field_reader reader;
    static struct rule_hits hits;
    field_reader_begin(&reader, subject);
    rule_set_judge(rules, &reader, &hits);
    must(!hits.failed && hits.undecided_count == 0 && hits.count <= rules->stage_count);
    for (size_t i = 0; i < hits.count; i++) {
        must(hits.list[i].kind < event_kinds(subject->id));
        must(rule_set_asks(rules, subject->id));
    }
}

static void check_event(const struct rule_set *rules, const struct event *event) {
    must(event_is_valid(event, event->size));
    for (int field = 0; field < DATA_COUNT; field++) {
        const char *value = event_value(event, (enum event_data)field);
        must(value == NULL || (*value != '\0' && event_has(event, (enum event_data)field)));
        for (int part = PART_WHOLE; part <= PART_DOMAIN; part++) {
            struct text text = event_part(event, (enum event_data)field, (enum event_part)part);
            must(text.data == NULL ||
                 (value != NULL && text.size > 0 && text.size <= strlen(value)));
        }
    }
    (void)event_machine(event);
    struct subject subject = {0};
    subject_set_event(&subject, event);
    check_rules(rules, &subject);
    check_fields(&subject);
    (void)event_time(event, CLOCK_UTC);
}

// As one that leans on an event which lacks every second value, it says the same.
static void check_leaning(const struct event *event) {
    static struct buffer room;
    struct event *base = malloc(event->size);
    must(base != NULL);
    memcpy(base, event, event->size);
    struct event_item *items = (struct event_item *)(base + 1);
    for (size_t i = 1; i < base->item_count; i += 2) {
        items[i].value = 0;
    }
    const struct event *lean = event_lean(event, base, &room);
    must(lean == NULL || (event_is_same(lean, event) && event_hash(lean) == event_hash(event)));
    for (int data = 0; lean != NULL && data < DATA_COUNT; data++) {
        const char *value = event_value(event, (enum event_data)data);
        const char *same = event_value(lean, (enum event_data)data);
        must((value == NULL) == (same == NULL) && (value == NULL || strcmp(value, same) == 0));
    }
    free(base);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct rule_set *rules;
    const struct event_header header = {.record_id = 1};
    struct event *event = NULL;
    if (rules == NULL) {
        rules = rule_set_builtin("all");
        must(rules != NULL);
    }
    if (event_from_xml((const char *)data, size, &header, &event) == EVENT_OK) {
        check_event(rules, event);
        check_leaning(event);
        free(event);
    }
    return 0;
}
