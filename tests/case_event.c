// SPDX-License-Identifier: GPL-3.0-or-later
#include "case_event.h"

#include <stdlib.h>
#include <string.h>

#include "evtx_value.h"
#include "notation.h"
#include "sysmon_fields.h"
#include "xmem.h"

static const char *const attribute_names[ATTRIBUTE_COUNT] = {
    [ATTRIBUTE_RECORD] = "record",   [ATTRIBUTE_ID] = "id",
    [ATTRIBUTE_HOST] = "host",       [ATTRIBUTE_PROVIDER] = "provider",
    [ATTRIBUTE_GUID] = "guid",       [ATTRIBUTE_CHANNEL] = "channel",
    [ATTRIBUTE_LOGGED] = "logged",   [ATTRIBUTE_LAYOUT] = "layout",
    [ATTRIBUTE_MACHINE] = "machine", [ATTRIBUTE_SCHEMA] = "schema",
};

static const char *const attribute_defaults[ATTRIBUTE_COUNT] = {
    [ATTRIBUTE_HOST] = "WS01",
    [ATTRIBUTE_PROVIDER] = "Microsoft-Windows-Sysmon",
    [ATTRIBUTE_GUID] = "{5770385F-C22A-43E0-BF4C-06F5698FFBD9}",
    [ATTRIBUTE_CHANNEL] = "Microsoft-Windows-Sysmon/Operational",
    [ATTRIBUTE_LAYOUT] = "",
    [ATTRIBUTE_MACHINE] = "A1B2C3D4",
    [ATTRIBUTE_SCHEMA] = "new",
};

static const struct {
    const char *name;
    unsigned flag;
} layouts[] = {
    {"live", 0},
    {"exported", EVTX_EXPORTED},
    {"no-template", EVTX_NO_TEMPLATE},
    {"nested-elements", EVTX_NESTED_ELEMENTS},
    {"dependency-ids", EVTX_DEPENDENCY_IDS},
    {"one-value", EVTX_ONE_VALUE},
    {"few-values", EVTX_FEW_VALUES},
    {"id-u32", EVTX_ID_U32},
    {"id-string", EVTX_ID_STRING},
    {"id-moved", EVTX_ID_MOVED},
    {"def-later", EVTX_DEF_LATER},
    {"def-slack", EVTX_DEF_SLACK},
    {"def-previous", EVTX_DEF_PREVIOUS},
    {"def-tail", EVTX_DEF_TAIL},
    {"def-gap", EVTX_DEF_GAP},
    {"literal", EVTX_LITERAL},
    {"ansi", EVTX_ANSI_TEXT},
    {"split", EVTX_SPLIT},
    {"user-data", EVTX_USER_DATA},
    {"to-chunk-end", EVTX_TO_CHUNK_END},
};

static bool find_layout(const char *name, unsigned *flags) {
    for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++) {
        if (strcmp(layouts[i].name, name) == 0) {
            *flags |= layouts[i].flag;
            return true;
        }
    }
    return false;
}

// Names joined by commas.
static bool parse_layout(const char *names, unsigned *flags) {
    *flags = 0;
    bool known = true;
    char *copy = xstrdup(names);
    char *rest = copy;
    while (known && *rest) {
        char *name = rest;
        rest += strcspn(rest, ",");
        if (*rest) {
            *rest++ = '\0';
        }
        known = find_layout(name, flags);
    }
    free(copy);
    return known;
}

const char *attributes_read(struct attributes *attributes, char *words) {
    for (char *word = next_word(&words); word; word = next_word(&words)) {
        char *equals = strchr(word, '=');
        if (!equals) {
            return "an attribute is key=value";
        }
        *equals = '\0';
        size_t i = 0;
        while (i < ATTRIBUTE_COUNT && strcmp(attribute_names[i], word) != 0) {
            i++;
        }
        if (i == ATTRIBUTE_COUNT) {
            return "there is no such attribute";
        }
        free(attributes->values[i]);
        attributes->values[i] = xstrdup(equals + 1);
    }
    return NULL;
}

void attributes_free(struct attributes *attributes) {
    for (size_t i = 0; i < ATTRIBUTE_COUNT; i++) {
        free(attributes->values[i]);
        attributes->values[i] = NULL;
    }
}

// Fields.

static char *replace(const char *text, const char *mark, const char *by) {
    const char *found = strstr(text, mark);
    if (!found) {
        return xstrdup(text);
    }
    return xformat("%.*s%s%s", (int)(found - text), text, by, found + strlen(mark));
}

static struct field_text *find_field(const struct event_text *event, const char *name) {
    for (size_t i = 0; i < event->field_count; i++) {
        if (strcmp(event->fields[i].name, name) == 0) {
            return &event->fields[i];
        }
    }
    return NULL;
}

// Takes the value.
static void set_field(struct event_text *event, const char *name, char *value) {
    struct field_text *field = find_field(event, name);
    if (field) {
        free(field->value);
        field->value = value;
        return;
    }
    event->fields = xgrow(event->fields, event->field_count, sizeof *event->fields);
    event->fields[event->field_count].name = xstrdup(name);
    event->fields[event->field_count++].value = value;
}

static const char *remove_field(struct event_text *event, const char *name) {
    struct field_text *field = find_field(event, name);
    if (!field) {
        return "the event has no such field to remove";
    }
    free(field->name);
    free(field->value);
    size_t after = event->field_count - (size_t)(field - event->fields) - 1;
    memmove(field, field + 1, after * sizeof *field);
    event->field_count--;
    return NULL;
}

const char *event_text_field(struct event_text *event, char *line) {
    line = trim(line);
    if (*line == '-') {
        return remove_field(event, line + 1);
    }
    char *colon = strchr(line, ':');
    if (!colon) {
        return "a field is `Name: value`, `Name:` or `-Name`";
    }
    *colon = '\0';
    set_field(event, line, xstrdup(trim(colon + 1)));
    return NULL;
}

// UtcTime's form: 2024-05-01 10:00:00.000
static void write_utc_time(uint64_t filetime, char out[24]) {
    struct evtx_value value = {.type = EVTX_FILETIME, .number = filetime};
    struct value_buffer buffer;
    struct evtx_text text = value_text(&value, &buffer);
    for (size_t i = 0; i < 23; i++) {
        out[i] = (char)(text.units[i] == 'T' ? (uint16_t)' ' : text.units[i]);
    }
    out[23] = '\0';
}

static void set_default_fields(struct event_text *event) {
    bool old = strcmp(event->attributes.values[ATTRIBUTE_SCHEMA], "old") == 0;
    char time[24];
    write_utc_time(event->time, time);
    size_t count;
    const struct sysmon_field *fields = sysmon_fields(event->event_id, old, &count);
    for (size_t i = 0; i < count; i++) {
        char *with_time = replace(fields[i].value, "$T", time);
        const char *machine = event->attributes.values[ATTRIBUTE_MACHINE];
        set_field(event, fields[i].name, replace(with_time, "$M", machine));
        free(with_time);
    }
}

// Beginning.

static void take_defaults(struct attributes *attributes, const struct attributes *of_log) {
    for (size_t i = 0; i < ATTRIBUTE_COUNT; i++) {
        const char *value = of_log->values[i] ? of_log->values[i] : attribute_defaults[i];
        attributes->values[i] = value ? xstrdup(value) : NULL;
    }
}

static const char *read_event_line(struct event_text *event, bool default_fields, char *words,
                                   const struct attributes *defaults) {
    uint64_t id = event->event_id;
    char *word = next_word(&words);
    if (id == 0) {
        if (!word || !parse_number(word, UINT16_MAX, &id)) {
            return "an event needs its ID";
        }
        event->event_id = (uint16_t)id;
        word = next_word(&words);
    }
    if (!word || !parse_time(word, &event->time)) {
        return "an event needs its time, [YYYY-MM-DDT]HH:MM:SS[.fff]";
    }
    take_defaults(&event->attributes, defaults);
    const char *problem = attributes_read(&event->attributes, words);
    if (!problem && default_fields) {
        set_default_fields(event);
    }
    return problem;
}

bool event_text_begin(struct event_text *event, const char *keyword, char *words,
                      const struct attributes *defaults, const char **problem) {
    bool is_load = strcmp(keyword, "load") == 0;
    bool is_start = strcmp(keyword, "start") == 0;
    if (!is_load && !is_start && strcmp(keyword, "event") != 0) {
        return false;
    }
    memset(event, 0, sizeof *event);
    event->present = true;
    event->event_id = is_load ? 7 : is_start ? 1 : 0;
    *problem = read_event_line(event, is_load || is_start, words, defaults);
    return true;
}

// Adding to a log.

static bool ends_with(const char *text, const char *end) {
    size_t length = strlen(text);
    return length >= strlen(end) && strcmp(text + length - strlen(end), end) == 0;
}

// Gives the value the type Sysmon logs it with, where its text allows. May allocate text or bytes.
static struct evtx_value typed_value(const struct field_text *field) {
    struct evtx_value value = {.type = EVTX_UTF16};
    uint8_t guid[16] = {0};
    const char *name = field->name;
    if ((ends_with(name, "Guid") || ends_with(name, "GUID")) && parse_guid(field->value, guid)) {
        uint8_t *bytes = xmalloc(sizeof guid);
        memcpy(bytes, guid, sizeof guid);
        value.type = EVTX_GUID;
        value.bytes = bytes;
        value.size = sizeof guid;
    } else if ((ends_with(name, "ProcessId") || ends_with(name, "SessionId")) &&
               parse_number(field->value, UINT32_MAX, &value.number)) {
        value.type = EVTX_U32;
    } else if (ends_with(name, "LogonId") &&
               parse_number(field->value, UINT64_MAX, &value.number)) {
        value.type = EVTX_HEX64;
    } else if (strcmp(name, "GrantedAccess") == 0 &&
               parse_number(field->value, UINT32_MAX, &value.number)) {
        value.type = EVTX_HEX32;
    } else {
        value.text.units = text_to_units(field->value, &value.text.count);
    }
    return value;
}

static struct evtx_field *typed_fields(const struct event_text *event) {
    struct evtx_field *fields = xcalloc(event->field_count, sizeof *fields);
    for (size_t i = 0; i < event->field_count; i++) {
        fields[i].name = event->fields[i].name;
        fields[i].value = typed_value(&event->fields[i]);
    }
    return fields;
}

static void free_typed_fields(struct evtx_field *fields, size_t count) {
    for (size_t i = 0; i < count; i++) {
        free((void *)fields[i].value.text.units);
        free((void *)fields[i].value.bytes);
    }
    free(fields);
}

// An attribute's text; absent if it is empty. The caller frees the units.
static struct evtx_text attribute_text(const struct event_text *event, enum attribute_name name) {
    struct evtx_text text = {NULL, 0};
    if (*event->attributes.values[name]) {
        text.units = text_to_units(event->attributes.values[name], &text.count);
    }
    return text;
}

// Reads the attributes that are no text into *event.
static const char *read_attributes(const struct attributes *attributes, struct evtx_event *event,
                                   uint8_t guid[16]) {
    const char *record = attributes->values[ATTRIBUTE_RECORD];
    const char *id = attributes->values[ATTRIBUTE_ID];
    const char *logged = attributes->values[ATTRIBUTE_LOGGED];
    const char *guid_text = attributes->values[ATTRIBUTE_GUID];
    if (record && !parse_number(record, UINT64_MAX, &event->event_record_id)) {
        return "record= needs a number";
    }
    event->record_id = event->event_record_id;
    if (id && !parse_number(id, UINT64_MAX, &event->record_id)) {
        return "id= needs a number";
    }
    if (logged && !parse_time(logged, &event->created)) {
        return "logged= needs a time";
    }
    event->written = event->created;
    if (*guid_text && !parse_guid(guid_text, guid)) {
        return "guid= needs a GUID in braces, or nothing";
    }
    event->guid = *guid_text ? guid : NULL;
    if (!parse_layout(attributes->values[ATTRIBUTE_LAYOUT], &event->layout)) {
        return "there is no such layout";
    }
    return NULL;
}

static void free_event_text(struct event_text *event) {
    attributes_free(&event->attributes);
    for (size_t i = 0; i < event->field_count; i++) {
        free(event->fields[i].name);
        free(event->fields[i].value);
    }
    free(event->fields);
    memset(event, 0, sizeof *event);
}

const char *event_text_add(struct event_text *event, struct evtx_log *log, uint64_t *record_id) {
    bool old = strcmp(event->attributes.values[ATTRIBUTE_SCHEMA], "old") == 0;
    struct evtx_event out = {
        .event_record_id = *record_id + 1,
        .created = event->time,
        .event_id = event->event_id,
        .version = sysmon_version(event->event_id, old),
        .process_id = 2500,
        .thread_id = 3600,
        .provider = attribute_text(event, ATTRIBUTE_PROVIDER),
        .channel = attribute_text(event, ATTRIBUTE_CHANNEL),
        .computer = attribute_text(event, ATTRIBUTE_HOST),
        .field_count = event->field_count,
    };
    uint8_t guid[16] = {0};
    const char *problem = read_attributes(&event->attributes, &out, guid);
    if (!problem) {
        struct evtx_field *fields = typed_fields(event);
        out.fields = fields;
        evtx_log_add(log, &out);
        *record_id = out.event_record_id;
        free_typed_fields(fields, event->field_count);
    }
    free((void *)out.provider.units);
    free((void *)out.channel.units);
    free((void *)out.computer.units);
    free_event_text(event);
    return problem;
}
