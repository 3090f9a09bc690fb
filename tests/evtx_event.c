// SPDX-License-Identifier: GPL-3.0-or-later
#include "evtx_event.h"

#include <string.h>

enum { LITERAL = SLOT_COUNT, MAX_ATTRIBUTES = 2, HALVES = 2 };

static const char namespace[] = "http://schemas.microsoft.com/win/2004/08/events/event";

// S-1-5-18, the local system, which Sysmon's service logs as.
static const uint8_t system_sid[] = {1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0};

struct attribute {
    const char *name; // NULL: none
    enum slot slot;
};

struct system_element {
    const char *name;
    struct attribute attributes[MAX_ATTRIBUTES];
    enum slot content;
};

static const struct system_element system_elements[] = {
    {"Provider", {{"Name", SLOT_PROVIDER}, {"Guid", SLOT_PROVIDER_GUID}}, SLOT_NONE},
    {"EventID", {{"Qualifiers", SLOT_QUALIFIERS}}, SLOT_EVENT_ID},
    {"Version", {{0}}, SLOT_VERSION},
    {"Level", {{0}}, SLOT_LEVEL},
    {"Task", {{0}}, SLOT_TASK},
    {"Opcode", {{0}}, SLOT_OPCODE},
    {"Keywords", {{0}}, SLOT_KEYWORDS},
    {"TimeCreated", {{"SystemTime", SLOT_TIME_CREATED}}, SLOT_NONE},
    {"EventRecordID", {{0}}, SLOT_RECORD_ID},
    {"Correlation",
     {{"ActivityID", SLOT_ACTIVITY}, {"RelatedActivityID", SLOT_RELATED_ACTIVITY}},
     SLOT_NONE},
    {"Execution", {{"ProcessID", SLOT_PROCESS}, {"ThreadID", SLOT_THREAD}}, SLOT_NONE},
    {"Channel", {{0}}, SLOT_CHANNEL},
    {"Computer", {{0}}, SLOT_COMPUTER},
    {"Security", {{"UserID", SLOT_USER}}, SLOT_NONE},
};

// The types that the template's substitutions name, whatever a record's values are.
static const enum evtx_type slot_types[] = {
    [SLOT_LEVEL] = EVTX_U8,
    [SLOT_OPCODE] = EVTX_U8,
    [SLOT_TASK] = EVTX_U16,
    [SLOT_EVENT_ID] = EVTX_U16,
    [SLOT_QUALIFIERS] = EVTX_U16,
    [SLOT_KEYWORDS] = EVTX_HEX64,
    [SLOT_TIME_CREATED] = EVTX_FILETIME,
    [SLOT_ACTIVITY] = EVTX_GUID,
    [SLOT_PROCESS] = EVTX_U32,
    [SLOT_THREAD] = EVTX_U32,
    [SLOT_RECORD_ID] = EVTX_U64,
    [SLOT_VERSION] = EVTX_U8,
    [SLOT_USER] = EVTX_SID,
    [SLOT_RELATED_ACTIVITY] = EVTX_GUID,
    [SLOT_PROVIDER] = EVTX_UTF16,
    [SLOT_PROVIDER_GUID] = EVTX_GUID,
    [SLOT_CHANNEL] = EVTX_UTF16,
    [SLOT_DATA] = EVTX_BINXML,
};

// Event data.

static bool has_flag(const struct evtx_event *event, unsigned flag) {
    return (event->layout & flag) != 0;
}

static bool fields_are_literal(const struct evtx_event *event) {
    return has_flag(event, EVTX_LITERAL | EVTX_NO_TEMPLATE | EVTX_NESTED_ELEMENTS);
}

static bool is_text(const struct evtx_value *value) {
    return value->type == EVTX_UTF16 || value->type == EVTX_ANSI;
}

// How many values or texts the field takes.
static size_t field_parts(const struct evtx_event *event, const struct evtx_field *field) {
    return is_text(&field->value) && has_flag(event, EVTX_SPLIT) ? HALVES : 1;
}

static struct evtx_text half_of(struct evtx_text text, size_t part) {
    size_t middle = text.count / 2;
    struct evtx_text first = {text.units, middle};
    struct evtx_text second = {text.units ? text.units + middle : NULL, text.count - middle};
    return part == 0 ? first : second;
}

static struct evtx_value field_part(const struct evtx_event *event, const struct evtx_field *field,
                                    size_t part) {
    struct evtx_value value = field->value;
    if (field_parts(event, field) > 1) {
        value.text = half_of(value.text, part);
    }
    if (value.type == EVTX_UTF16 && has_flag(event, EVTX_ANSI_TEXT)) {
        value.type = EVTX_ANSI;
    }
    return value;
}

static void put_literal_value(struct chunk *chunk, const struct evtx_value *value) {
    struct value_buffer buffer;
    struct evtx_text text = value_text(value, &buffer);
    if (text.count) {
        bx_put_literal(chunk, text);
    }
}

static void put_name_attribute(struct chunk *chunk, const char *name, const char *value) {
    size_t attributes = bx_begin_attributes(chunk);
    bx_put_attribute(chunk, name, false);
    bx_put_ascii_literal(chunk, value);
    bx_end_attributes(chunk, attributes);
}

// `index` counts the substitutions of the template.
static void put_field(struct chunk *chunk, const struct evtx_event *event,
                      const struct evtx_field *field, size_t *index) {
    bool by_name = has_flag(event, EVTX_USER_DATA);
    struct element element =
        bx_open_element(chunk, by_name ? field->name : "Data", NO_DEPENDENCY, !by_name);
    if (!by_name) {
        put_name_attribute(chunk, "Name", field->name);
    }
    bx_close_start(chunk, &element);
    for (size_t part = 0; part < field_parts(event, field); part++) {
        struct evtx_value value = field_part(event, field, part);
        if (fields_are_literal(event)) {
            put_literal_value(chunk, &value);
        } else {
            size_t which = has_flag(event, EVTX_ONE_VALUE) ? part : (*index)++;
            bx_put_substitution(chunk, false, which, value.type);
        }
    }
    bx_end_element(chunk, &element);
}

static void put_fields(struct chunk *chunk, const struct evtx_event *event) {
    size_t index = 0;
    for (size_t i = 0; i < event->field_count; i++) {
        put_field(chunk, event, &event->fields[i], &index);
    }
}

static void put_event_data(struct chunk *chunk, const void *context) {
    const struct event_plan *plan = context;
    const struct evtx_event *event = plan->event;
    bool user_data = has_flag(event, EVTX_USER_DATA);
    struct element outer =
        bx_open_element(chunk, user_data ? "UserData" : "EventData", NO_DEPENDENCY, false);
    bx_close_start(chunk, &outer);
    if (user_data) {
        struct element inner = bx_open_element(chunk, "EventXml", NO_DEPENDENCY, true);
        put_name_attribute(chunk, "xmlns", "Event_NS");
        bx_close_start(chunk, &inner);
        put_fields(chunk, event);
        bx_end_element(chunk, &inner);
    } else {
        put_fields(chunk, event);
    }
    bx_end_element(chunk, &outer);
}

// System.

static void put_slot(struct chunk *chunk, const struct event_plan *plan, enum slot slot) {
    if (plan->index[slot] == LITERAL) {
        put_literal_value(chunk, &plan->values[slot]);
    } else {
        bx_put_substitution(chunk, true, plan->index[slot], slot_types[slot]);
    }
}

// Template text can leave an attribute out; a substitution leaves that to its value.
static bool attribute_exists(const struct event_plan *plan, const struct attribute *attribute) {
    if (!attribute->name) {
        return false;
    }
    return plan->index[attribute->slot] != LITERAL ||
           plan->values[attribute->slot].type != EVTX_NULL;
}

static void put_attributes(struct chunk *chunk, const struct event_plan *plan,
                           const struct system_element *element) {
    size_t left = 0;
    for (size_t i = 0; i < MAX_ATTRIBUTES; i++) {
        left += attribute_exists(plan, &element->attributes[i]);
    }
    if (left == 0) {
        return;
    }
    size_t begun = bx_begin_attributes(chunk);
    for (size_t i = 0; i < MAX_ATTRIBUTES; i++) {
        if (!attribute_exists(plan, &element->attributes[i])) {
            continue;
        }
        bx_put_attribute(chunk, element->attributes[i].name, --left > 0);
        put_slot(chunk, plan, element->attributes[i].slot);
    }
    bx_end_attributes(chunk, begun);
}

static unsigned dependency_on(const struct event_plan *plan, enum slot slot) {
    if (slot == SLOT_NONE || plan->index[slot] == LITERAL) {
        return NO_DEPENDENCY;
    }
    return (unsigned)plan->index[slot];
}

static void put_system_element(struct chunk *chunk, const struct event_plan *plan,
                               const struct system_element *description) {
    bool has_attributes = attribute_exists(plan, &description->attributes[0]) ||
                          attribute_exists(plan, &description->attributes[1]);
    struct element element = bx_open_element(
        chunk, description->name, dependency_on(plan, description->content), has_attributes);
    put_attributes(chunk, plan, description);
    if (description->content != SLOT_NONE) {
        bx_close_start(chunk, &element);
        put_slot(chunk, plan, description->content);
    }
    bx_end_element(chunk, &element);
}

static void put_event_element(struct chunk *chunk, const void *context) {
    const struct event_plan *plan = context;
    struct element event = bx_open_element(chunk, "Event", dependency_on(plan, SLOT_DATA), true);
    put_name_attribute(chunk, "xmlns", namespace);
    bx_close_start(chunk, &event);
    struct element system = bx_open_element(chunk, "System", NO_DEPENDENCY, false);
    bx_close_start(chunk, &system);
    for (size_t i = 0; i < sizeof system_elements / sizeof *system_elements; i++) {
        put_system_element(chunk, plan, &system_elements[i]);
    }
    bx_end_element(chunk, &system);
    if (plan->index[SLOT_DATA] == LITERAL) {
        put_event_data(chunk, plan);
    } else {
        put_slot(chunk, plan, SLOT_DATA);
    }
    bx_end_element(chunk, &event);
}

// Values.

// Reserves the descriptors of `count` values; returns where they begin.
static size_t begin_values(struct chunk *chunk, size_t count) {
    bx_put_u32(chunk, count);
    size_t at = chunk->state.pos;
    for (size_t i = 0; i < count; i++) {
        bx_put_u32(chunk, 0);
    }
    return at;
}

// Fills in descriptor `index`: size u16, type u8, and a byte that is 0.
static void describe_value(struct chunk *chunk, size_t descriptors, size_t index, size_t begun,
                           enum evtx_type type) {
    bx_patch_u16(chunk, descriptors + 4 * index, chunk->state.pos - begun);
    bx_patch_u16(chunk, descriptors + 4 * index + 2, type);
}

// Fields whose values stand in the record.
static size_t count_valued(const struct evtx_event *event) {
    size_t most = has_flag(event, EVTX_ONE_VALUE) ? 1 : event->field_count;
    return fields_are_literal(event) ? 0 : most < event->field_count ? most : event->field_count;
}

static void put_field_values(struct chunk *chunk, const struct evtx_event *event) {
    size_t count = 0;
    size_t valued = count_valued(event);
    for (size_t i = 0; i < valued; i++) {
        count += field_parts(event, &event->fields[i]);
    }
    size_t descriptors = begin_values(chunk, count);
    size_t index = 0;
    for (size_t i = 0; i < valued; i++) {
        size_t parts = field_parts(event, &event->fields[i]);
        for (size_t part = 0; part < parts; part++) {
            struct evtx_value value = field_part(event, &event->fields[i], part);
            size_t begun = chunk->state.pos;
            bx_put_value(chunk, &value, part + 1 == parts && !has_flag(event, EVTX_EXPORTED));
            describe_value(chunk, descriptors, index++, begun, value.type);
        }
    }
}

static void put_nested(struct chunk *chunk, const struct event_plan *plan) {
    if (has_flag(plan->event, EVTX_NESTED_ELEMENTS)) {
        bx_put_fragment_header(chunk);
        put_event_data(chunk, plan);
    } else {
        if (has_flag(plan->event, EVTX_EXPORTED)) {
            bx_put_fragment_header(chunk);
        }
        bx_put_instance(chunk, &plan->data, plan->event->layout);
        put_field_values(chunk, plan->event);
    }
    bx_put_end(chunk);
}

static enum slot slot_at(const struct event_plan *plan, size_t index) {
    unsigned slot = 0;
    while (slot < SLOT_COUNT && plan->index[slot] != index) {
        slot++;
    }
    return (enum slot)slot;
}

static void put_system_values(struct chunk *chunk, const struct event_plan *plan) {
    size_t count = 0;
    while (slot_at(plan, count) != SLOT_NONE) {
        count++;
    }
    size_t descriptors = begin_values(chunk, count);
    for (size_t i = 0; i < count; i++) {
        enum slot slot = slot_at(plan, i);
        size_t begun = chunk->state.pos;
        if (slot == SLOT_DATA) {
            put_nested(chunk, plan);
        } else {
            bx_put_value(chunk, &plan->values[slot], false);
        }
        describe_value(chunk, descriptors, i, begun, plan->values[slot].type);
    }
}

void bx_put_event(struct chunk *chunk, const struct event_plan *plan) {
    bx_put_fragment_header(chunk);
    if (has_flag(plan->event, EVTX_NO_TEMPLATE)) {
        put_event_element(chunk, plan);
    } else {
        bx_put_instance(chunk, &plan->system, plan->event->layout);
        put_system_values(chunk, plan);
    }
    bx_put_end(chunk);
}

// The plan.

static struct evtx_value number(enum evtx_type type, uint64_t value) {
    struct evtx_value result = {.type = type, .number = value};
    return result;
}

static struct evtx_value bytes(enum evtx_type type, const uint8_t *data, size_t size) {
    struct evtx_value result = {.type = data ? type : EVTX_NULL, .bytes = data, .size = size};
    if (!data) {
        result.size = 0;
    }
    return result;
}

static struct evtx_value text_value(struct evtx_text units) {
    struct evtx_value result = {.type = units.units ? EVTX_UTF16 : EVTX_NULL, .text = units};
    return result;
}

static void plan_values(struct event_plan *plan) {
    const struct evtx_event *event = plan->event;
    struct evtx_value *values = plan->values;
    unsigned task = event->event_id + (has_flag(event, EVTX_ID_MOVED) ? 3u : 0u);
    values[SLOT_LEVEL] = number(EVTX_U8, 4); // information
    values[SLOT_OPCODE] = number(EVTX_U8, 0);
    values[SLOT_TASK] = number(EVTX_U16, task);
    values[SLOT_EVENT_ID] = number(EVTX_U16, event->event_id);
    values[SLOT_KEYWORDS] = number(EVTX_HEX64, 0x8000000000000000u);
    values[SLOT_TIME_CREATED] = number(EVTX_FILETIME, event->created);
    values[SLOT_PROCESS] = number(EVTX_U32, event->process_id);
    values[SLOT_THREAD] = number(EVTX_U32, event->thread_id);
    values[SLOT_RECORD_ID] = number(EVTX_U64, event->event_record_id);
    values[SLOT_VERSION] = number(EVTX_U8, event->version);
    values[SLOT_USER] = bytes(EVTX_SID, system_sid, sizeof system_sid);
    values[SLOT_PROVIDER] = text_value(event->provider);
    values[SLOT_PROVIDER_GUID] = bytes(EVTX_GUID, event->guid, 16);
    values[SLOT_CHANNEL] = text_value(event->channel);
    values[SLOT_DATA] = number(EVTX_BINXML, 0);
    values[SLOT_COMPUTER] = text_value(event->computer);
    if (!has_flag(event, EVTX_EXPORTED)) {
        // In a live log these nulls have the size of the type, and bytes that mean nothing.
        store_le(plan->stale, event->event_id, 2);
        values[SLOT_QUALIFIERS] = bytes(EVTX_NULL, plan->stale, 2);
        values[SLOT_ACTIVITY] = bytes(EVTX_NULL, plan->stale, 16);
    }
}

static void plan_event_id(struct event_plan *plan) {
    struct evtx_value *id = &plan->values[SLOT_EVENT_ID];
    if (has_flag(plan->event, EVTX_ID_U32)) {
        id->type = EVTX_U32;
    }
    if (has_flag(plan->event, EVTX_ID_STRING)) {
        id->text = value_text(id, &plan->id_text);
        id->type = EVTX_UTF16;
    }
}

static void plan_substitutions(struct event_plan *plan) {
    bool all = !has_flag(plan->event, EVTX_FEW_VALUES | EVTX_NO_TEMPLATE);
    for (size_t slot = 0; slot < SLOT_COUNT; slot++) {
        plan->index[slot] = all ? slot : LITERAL;
    }
    plan->index[SLOT_COMPUTER] = LITERAL;
    if (has_flag(plan->event, EVTX_FEW_VALUES)) {
        plan->index[SLOT_TIME_CREATED] = 0;
        plan->index[SLOT_RECORD_ID] = 1;
        plan->index[SLOT_DATA] = 2;
    } else if (has_flag(plan->event, EVTX_ID_MOVED)) {
        plan->index[SLOT_EVENT_ID] = SLOT_TASK;
        plan->index[SLOT_TASK] = SLOT_EVENT_ID;
    }
}

void plan_event(struct event_plan *plan, const struct evtx_event *event, struct chunk *scratch) {
    memset(plan, 0, sizeof *plan);
    plan->event = event;
    plan_values(plan);
    plan_event_id(plan);
    plan_substitutions(plan);
    plan->system.body = put_event_element;
    plan->system.context = plan;
    plan->data.body = put_event_data;
    plan->data.context = plan;
    bx_template_identify(&plan->system, scratch);
    bx_template_identify(&plan->data, scratch);
}

void define_event_templates(struct chunk *chunk, const struct event_plan *plan,
                            void (*define)(struct chunk *chunk, const struct template *template)) {
    if (has_flag(plan->event, EVTX_NO_TEMPLATE)) {
        return;
    }
    if (!bx_template_find(chunk, plan->system.guid)) {
        define(chunk, &plan->system);
    }
    if (!has_flag(plan->event, EVTX_NESTED_ELEMENTS) && !bx_template_find(chunk, plan->data.guid)) {
        define(chunk, &plan->data);
    }
}
