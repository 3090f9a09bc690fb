// SPDX-License-Identifier: GPL-3.0-or-later
// The list of fields, what it is asked by name, and what follows from an event ID.
#include "rules/fields.h"

#include <string.h>

#include "rules/field_list.h"

#define CASELESS_SUFFIX ".caseless"

// The list

#define ON(id) FIELD_EVENT_BIT(id)
#define ALL FIELD_EVENTS_ALL
#define TYPE_TEXT FIELD_TYPE_TEXT, false
#define TYPE_TEXTS FIELD_TYPE_TEXT, true
#define TYPE_NUMBER FIELD_TYPE_NUMBER, false
#define TYPE_BOOLEAN FIELD_TYPE_BOOLEAN, false
#define TYPE_ADDRESS FIELD_TYPE_ADDRESS, false
#define TYPE_ADDRESSES FIELD_TYPE_ADDRESS, true

static const struct field_definition definitions[FIELD_COUNT] = {
#define FIELD(name, text, type, how, key, events, ...)                                             \
    {text, TYPE_##type, HOW_##how, key, events, {__VA_ARGS__, DATA_NONE}},
#include "rules/fields.def"
};

// What every event of an ID says: its action, categories, types, outcome, and the ID as text.
enum { FACT_COUNT = HOW_CODE - HOW_ACTION + 1 };

static const struct event_facts {
    unsigned id;
    unsigned kind;
    const char *values[FACT_COUNT][FIELD_CONSTANTS_MAX + 1]; // each ends with NULL
} facts[] = {
#define LIST(...)                                                                                  \
    { __VA_ARGS__ }
#define EVENT(id, kind, action, categories, types, outcomes)                                       \
    {id, kind, {{action}, categories, types, outcomes, {#id}}},
#include "rules/fields.def"
};

enum { FACTS_COUNT = sizeof facts / sizeof *facts, EVENT_IDS_MAX = 31 };

// The IDs of events with an EventData; zeros follow. None for what stands in System.
static const unsigned char data_events[DATA_COUNT][EVENT_IDS_MAX] = {
#define DATA(name, text, ...) [DATA_##name] = {__VA_ARGS__},
#include "rules/fields.def"
};

const struct field_definition *field_definition(enum field_id id) {
    return &definitions[id];
}

// Names

static int compare(struct text name, const char *listed) {
    size_t size = strlen(listed);
    int result = memcmp(name.data, listed, name.size < size ? name.size : size);
    return result != 0 ? result : (name.size > size) - (name.size < size);
}

// A field of the list by its name, or FIELD_UNKNOWN.
static enum field_id find_listed(struct text name) {
    size_t low = 0;
    size_t high = FIELD_COUNT;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int result = compare(name, definitions[middle].name);
        if (result == 0) {
            return (enum field_id)middle;
        }
        if (result < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return FIELD_UNKNOWN;
}

struct field field_of(enum field_id id) {
    return (struct field){id, DATA_NONE, text_of(definitions[id].name)};
}

struct field fields_find(struct text name) {
    size_t prefix = strlen(EVENT_DATA_PREFIX);
    if (name.size > prefix && text_starts(name, EVENT_DATA_PREFIX)) {
        return (struct field){FIELD_EVENT_DATA,
                              event_data_named(name.data + prefix, name.size - prefix), name};
    }
    const struct text suffix = text_of(CASELESS_SUFFIX);
    bool caseless = text_ends_with(name, suffix, false);
    struct text listed = {name.data, name.size - (caseless ? suffix.size : 0)};
    enum field_id id = find_listed(listed);
    if (id == FIELD_UNKNOWN || (caseless && definitions[id].type != FIELD_TYPE_TEXT)) {
        return (struct field){FIELD_UNKNOWN, DATA_NONE, name};
    }
    return field_of(id);
}

enum field_type field_type(struct field field) {
    return field.id < FIELD_COUNT ? definitions[field.id].type : FIELD_TYPE_TEXT;
}

bool field_has_several(struct field field) {
    return field.id < FIELD_COUNT && definitions[field.id].has_several;
}

bool field_is_verbatim(struct field field) {
    if (field.id >= FIELD_COUNT) {
        return true;
    }
    switch (definitions[field.id].how) {
    case HOW_WHOLE:
    case HOW_BASE_NAME:
    case HOW_FILE_NAME:
    case HOW_DIRECTORY:
    case HOW_EXTENSION:
    case HOW_DOMAIN:
    case HOW_ACCOUNT:
    case HOW_HASH:
    case HOW_KEY:
    case HOW_LAST_KEY:
        return true;
    default:
        return false;
    }
}

bool field_is_original_name(struct field field) {
    return field.id == FIELD_PROCESS_PE_ORIGINAL_FILE_NAME ||
           field.id == FIELD_FILE_PE_ORIGINAL_FILE_NAME ||
           field.id == FIELD_DLL_PE_ORIGINAL_FILE_NAME ||
           (field.id == FIELD_EVENT_DATA && field.data == DATA_ORIGINAL_FILE_NAME);
}

unsigned field_effort(struct field field) {
    enum { EFFORT_LONG = 8 };
    enum event_data data = field.id == FIELD_EVENT_DATA ? field.data
                           : field.id < FIELD_COUNT     ? definitions[field.id].sources[0]
                                                        : DATA_NONE;
    switch (data) {
    case DATA_COMMAND_LINE:
    case DATA_PARENT_COMMAND_LINE:
    case DATA_CALL_TRACE:
    case DATA_CONTENTS:
    case DATA_OTHER:
        return EFFORT_LONG;
    default:
        return 1;
    }
}

// What follows from the event ID

static uint32_t events_with(enum event_data data) {
    if ((int)data < DATA_FIRST || data >= DATA_COUNT) {
        return FIELD_EVENTS_ALL;
    }
    uint32_t events = 0;
    for (size_t i = 0; i < EVENT_IDS_MAX && data_events[data][i] != 0; i++) {
        events |= FIELD_EVENT_BIT(data_events[data][i]);
    }
    return events;
}

static uint32_t events_with_constant(struct field field) {
    uint32_t events = 0;
    for (size_t i = 0; i < FACTS_COUNT; i++) {
        if (field_constant(field, facts[i].id, facts[i].kind).count > 0) {
            events |= FIELD_EVENT_BIT(facts[i].id);
        }
    }
    return events;
}

uint32_t field_events(struct field field) {
    if (field.id == FIELD_UNKNOWN) {
        return 0;
    }
    if (field.id == FIELD_EVENT_DATA) {
        return events_with(field.data) |
               (field.data == DATA_TARGET_PROCESS_GUID_10 ? events_with(DATA_TARGET_PROCESS_GUID)
                                                          : 0);
    }
    const struct field_definition *definition = &definitions[field.id];
    uint32_t events = events_with_constant(field);
    if (definition->how >= HOW_TIME && definition->sources[0] == DATA_NONE) {
        events = FIELD_EVENTS_ALL;
    }
    for (const enum event_data *source = definition->sources; *source != DATA_NONE; source++) {
        events |= events_with(*source);
    }
    return events & definition->events;
}

unsigned event_place(unsigned event_id) {
    return event_id >= 1 && event_id <= 29 ? event_id : event_id == 255 ? 30 : EVENT_PLACE_OTHER;
}

unsigned event_at_place(unsigned place) {
    return place < 30 ? place : place == 30 ? 255 : UINT16_MAX;
}

unsigned event_kinds(unsigned event_id) {
    return event_id == 7 ? 2 : 1;
}

static const struct event_facts *find_facts(unsigned event_id, unsigned kind) {
    for (size_t i = 0; i < FACTS_COUNT; i++) {
        if (facts[i].id == event_id && facts[i].kind == kind) {
            return &facts[i];
        }
    }
    return NULL;
}

static struct field_constant constant_of(const char *const *values) {
    struct field_constant constant = {.known = true};
    while (constant.count < FIELD_CONSTANTS_MAX && values[constant.count] != NULL) {
        constant.values[constant.count] = values[constant.count];
        constant.count++;
    }
    return constant;
}

struct field_constant field_constant(struct field field, unsigned event_id, unsigned kind) {
    static const struct field_constant missing = {.known = true};
    static const struct field_constant unknown = {.known = false};
    if (field.id >= FIELD_COUNT) {
        return field.id == FIELD_UNKNOWN ? missing : unknown;
    }
    const struct field_definition *definition = &definitions[field.id];
    if (definition->how == HOW_CONSTANT) {
        return (struct field_constant){.known = true, .count = 1, .values = {definition->key}};
    }
    if (definition->how >= HOW_ACTION && definition->how <= HOW_CODE) {
        const struct event_facts *event = find_facts(event_id, kind);
        if (event == NULL) {
            return definition->how == HOW_CODE ? unknown : missing;
        }
        return constant_of(event->values[definition->how - HOW_ACTION]);
    }
    if (definition->how == HOW_PROTOCOL && event_id == 22) {
        return (struct field_constant){.known = true, .count = 1, .values = {"dns"}};
    }
    bool is_made = definition->events == FIELD_EVENTS_ALL ||
                   (definition->events & FIELD_EVENT_BIT(event_id)) != 0;
    return is_made ? unknown : missing;
}
