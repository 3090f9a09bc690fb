// SPDX-License-Identifier: GPL-3.0-or-later
#include "out/summary.h"

#include <string.h>

#include "match/context.h"
#include "match/process.h"
#include "rules/fields.h"

#define ON(id) FIELD_EVENT_BIT(id)

struct summary summary_of(const struct finding *finding, size_t event) {
    const struct stage_event *asked = finding->events[event];
    const struct context *context = finding->context;
    const struct stage_event *creation = context == NULL ? NULL : context->chains[event].creation;
    return (struct summary){
        .event = asked,
        .creation = asked->event->id == PROCESS_CREATION ? asked : creation,
        .kind = finding_kind(finding, event),
    };
}

// Values

enum { SOURCES_MAX = 3 };

// The first of the sources that is there counts.
static const struct item {
    enum event_data sources[SOURCES_MAX + 1]; // ends with DATA_NONE
    enum event_data in_creation;              // of the process; DATA_NONE where that is of no use
} items[SUMMARY_ITEM_COUNT] = {
    [SUMMARY_USER] = {{DATA_USER, DATA_SOURCE_USER, DATA_NONE}, DATA_USER},
    [SUMMARY_PROCESS] = {{DATA_IMAGE, DATA_SOURCE_IMAGE, DATA_NONE}, DATA_NONE},
    [SUMMARY_PID] = {{DATA_SOURCE_PROCESS_ID, DATA_PROCESS_ID, DATA_NONE}, DATA_NONE},
    [SUMMARY_GUID] = {{DATA_PROCESS_GUID, DATA_SOURCE_PROCESS_GUID, DATA_SOURCE_PROCESS_GUID_10,
                       DATA_NONE},
                      DATA_NONE},
    [SUMMARY_COMMAND_LINE] = {{DATA_COMMAND_LINE, DATA_NONE}, DATA_COMMAND_LINE},
    [SUMMARY_PARENT] = {{DATA_PARENT_IMAGE, DATA_NONE}, DATA_PARENT_IMAGE},
    [SUMMARY_PARENT_PID] = {{DATA_PARENT_PROCESS_ID, DATA_NONE}, DATA_PARENT_PROCESS_ID},
    [SUMMARY_PARENT_GUID] = {{DATA_PARENT_PROCESS_GUID, DATA_NONE}, DATA_PARENT_PROCESS_GUID},
    [SUMMARY_PARENT_COMMAND_LINE] = {{DATA_PARENT_COMMAND_LINE, DATA_NONE},
                                     DATA_PARENT_COMMAND_LINE},
    [SUMMARY_ORIGINAL_FILE_NAME] = {{DATA_ORIGINAL_FILE_NAME, DATA_NONE}, DATA_NONE},
    [SUMMARY_INTEGRITY_LEVEL] = {{DATA_INTEGRITY_LEVEL, DATA_NONE}, DATA_NONE},
    [SUMMARY_LOGON_ID] = {{DATA_LOGON_ID, DATA_NONE}, DATA_NONE},
    [SUMMARY_HASHES] = {{DATA_HASHES, DATA_HASH, DATA_NONE}, DATA_NONE},
    [SUMMARY_CURRENT_DIRECTORY] = {{DATA_CURRENT_DIRECTORY, DATA_NONE}, DATA_NONE},
    [SUMMARY_SYSMON_RULE] = {{DATA_RULE_NAME, DATA_NONE}, DATA_NONE},
};

const char *summary_value(const struct summary *summary, enum summary_item item) {
    const char *value = NULL;
    for (const enum event_data *source = items[item].sources; value == NULL && *source != DATA_NONE;
         source++) {
        value = event_value(summary->event->event, *source);
    }
    if (value == NULL && summary->creation != NULL && items[item].in_creation != DATA_NONE) {
        value = event_value(summary->creation->event, items[item].in_creation);
    }
    return value;
}

const char *summary_action(unsigned event_id, unsigned kind) {
    struct field_constant action = field_constant(field_of(FIELD_EVENT_ACTION), event_id, kind);
    return action.count > 0 ? action.values[0] : NULL;
}

// Targets

enum { PARTS_MAX = 4 };

// A value with what stands around it; without the value there is nothing of it.
struct part {
    const char *before;
    enum event_data data;
    const char *after;
};

static const struct target {
    uint32_t events;
    struct part parts[PARTS_MAX]; // those after the last are all zero
} targets[] = {
    {ON(2) | ON(11) | ON(15) | ON(23) | ON(26) | ON(27) | ON(28) | ON(29),
     {{"", DATA_TARGET_FILENAME, ""}}},
    {ON(3),
     {{"", DATA_DESTINATION_IP, ""},
      {":", DATA_DESTINATION_PORT, ""},
      {" (", DATA_DESTINATION_HOSTNAME, ")"}}},
    {ON(4), {{"", DATA_STATE, ""}}},
    {ON(6) | ON(7), {{"", DATA_IMAGE_LOADED, ""}}},
    {ON(8),
     {{"", DATA_TARGET_IMAGE, ""},
      {" (pid ", DATA_TARGET_PROCESS_ID, ")"},
      {" at ", DATA_START_FUNCTION, ""},
      {" in ", DATA_START_MODULE, ""}}},
    {ON(9), {{"", DATA_DEVICE, ""}}},
    {ON(10),
     {{"", DATA_TARGET_IMAGE, ""},
      {" (pid ", DATA_TARGET_PROCESS_ID, ")"},
      {" access ", DATA_GRANTED_ACCESS, ""}}},
    {ON(12) | ON(13) | ON(14),
     {{"", DATA_TARGET_OBJECT, ""}, {" = ", DATA_DETAILS, ""}, {" -> ", DATA_NEW_NAME, ""}}},
    {ON(16), {{"", DATA_CONFIGURATION, ""}}},
    {ON(17) | ON(18), {{"", DATA_PIPE_NAME, ""}}},
    {ON(19), {{"", DATA_NAME, ""}, {": ", DATA_QUERY, ""}}},
    {ON(20), {{"", DATA_NAME, ""}, {": ", DATA_DESTINATION, ""}}},
    {ON(21), {{"", DATA_FILTER, ""}, {" -> ", DATA_CONSUMER, ""}}},
    {ON(22), {{"", DATA_QUERY_NAME, ""}}},
    {ON(24), {{"", DATA_CLIENT_INFO, ""}}},
    {ON(25), {{"", DATA_TYPE, ""}}},
    {ON(255), {{"", DATA_ID, ""}, {": ", DATA_DESCRIPTION, ""}}},
};

static void add_part(struct buffer *out, const struct part *part, const char *value,
                     bool is_first) {
    // An IPv6 address is bracketed, so that the port can be told from it.
    bool is_bracketed = part->data == DATA_DESTINATION_IP && strchr(value, ':') != NULL;
    buffer_add_text(out, part->before + (is_first && *part->before == ' '));
    buffer_add_text(out, is_bracketed ? "[" : "");
    buffer_add_text(out, value);
    buffer_add_text(out, is_bracketed ? "]" : "");
    buffer_add_text(out, part->after);
}

static const struct target *find_target(unsigned event_id) {
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        if ((targets[i].events & ON(event_id)) != 0) {
            return &targets[i];
        }
    }
    return NULL;
}

void summary_add_target(struct buffer *out, const struct event *event) {
    const struct target *target = find_target(event->id);
    size_t start = out->size;
    for (size_t i = 0; target != NULL && i < PARTS_MAX && target->parts[i].before != NULL; i++) {
        const struct part *part = &target->parts[i];
        const char *value = event_value(event, part->data);
        if (value != NULL) {
            add_part(out, part, value, out->size == start);
        }
    }
}

void summary_add_target_or_action(struct buffer *out, const struct event *event) {
    const char *action = summary_action(event->id, 0);
    size_t start = out->size;
    summary_add_target(out, event);
    if (out->size == start && action != NULL) {
        buffer_add_text(out, action);
    } else if (out->size == start) {
        buffer_printf(out, "ID %u", event->id);
    }
}

void summary_add_about(struct buffer *out, const struct summary *summary) {
    const char *command_line = summary_value(summary, SUMMARY_COMMAND_LINE);
    size_t start = out->size;
    summary_add_target(out, summary->event->event);
    if (out->size == start && command_line != NULL) {
        buffer_add_text(out, command_line);
    }
}
