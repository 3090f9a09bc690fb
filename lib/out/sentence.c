// SPDX-License-Identifier: GPL-3.0-or-later
#include "out/sentence.h"

#include <string.h>

#include "match/process.h"
#include "out/words.h"

// What a process does to the event's target, by event ID; by the value of a field where there are
// several.
static const struct verb {
    unsigned event_id;
    enum event_data data; // DATA_NONE: in any case
    const char *value;
    const char *text;
} verbs[] = {
    {2, DATA_NONE, NULL, "changed the creation time of"},
    {3, DATA_INITIATED, "false", "was connected to at"},
    {3, DATA_NONE, NULL, "connected to"},
    {5, DATA_NONE, NULL, "ended"},
    {7, DATA_NONE, NULL, "loaded"},
    {8, DATA_NONE, NULL, "created a thread in"},
    {9, DATA_NONE, NULL, "read the raw device"},
    {10, DATA_NONE, NULL, "opened"},
    {11, DATA_NONE, NULL, "created"},
    {12, DATA_EVENT_TYPE, "CreateKey", "created"},
    {12, DATA_EVENT_TYPE, "DeleteKey", "deleted"},
    {12, DATA_EVENT_TYPE, "CreateValue", "created"},
    {12, DATA_EVENT_TYPE, "DeleteValue", "deleted"},
    {12, DATA_NONE, NULL, "created or deleted"},
    {13, DATA_NONE, NULL, "set"},
    {14, DATA_NONE, NULL, "renamed"},
    {15, DATA_NONE, NULL, "created the stream"},
    {17, DATA_NONE, NULL, "created the pipe"},
    {18, DATA_NONE, NULL, "connected to the pipe"},
    {22, DATA_NONE, NULL, "looked up"},
    {23, DATA_NONE, NULL, "deleted"},
    {24, DATA_NONE, NULL, "changed the clipboard of"},
    {25, DATA_NONE, NULL, "was tampered with:"},
    {26, DATA_NONE, NULL, "deleted"},
    {27, DATA_NONE, NULL, "was kept from creating"},
    {28, DATA_NONE, NULL, "was kept from shredding"},
    {29, DATA_NONE, NULL, "created the executable"},
};

// NULL where the event does not tell of a process.
static const char *find_verb(const struct event *event) {
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        const struct verb *verb = &verbs[i];
        if (verb->event_id == event->id) {
            const char *value = verb->data == DATA_NONE ? NULL : event_value(event, verb->data);
            if (verb->data == DATA_NONE || (value != NULL && strcmp(value, verb->value) == 0)) {
                return verb->text;
            }
        }
    }
    return NULL;
}

static void add_process(struct buffer *out, const char *image, const char *pid) {
    buffer_add_text(out, words_image(image));
    if (pid != NULL) {
        buffer_printf(out, " (pid %s)", pid);
    }
}

static void add_self(struct buffer *out, const struct summary *summary) {
    add_process(out, summary_value(summary, SUMMARY_PROCESS), summary_value(summary, SUMMARY_PID));
}

static void add_creation(struct buffer *out, const struct summary *summary) {
    const char *user = summary_value(summary, SUMMARY_USER);
    const char *command_line = summary_value(summary, SUMMARY_COMMAND_LINE);
    add_process(out, summary_value(summary, SUMMARY_PARENT),
                summary_value(summary, SUMMARY_PARENT_PID));
    buffer_add_text(out, " started ");
    add_self(out, summary);
    buffer_add_text(out, " as ");
    buffer_add_text(out, user == NULL ? "?" : user);
    buffer_add_text(out, ": ");
    buffer_add_text(out, command_line == NULL ? "no command line" : command_line);
}

// The target, if there is one, after a separator.
static void add_target(struct buffer *out, const char *separator, const struct event *event) {
    size_t before = out->size;
    buffer_add_text(out, separator);
    size_t start = out->size;
    summary_add_target(out, event);
    out->size = out->size == start ? before : out->size;
}

// An event that does not tell who did it, or is none of Sysmon's.
static void add_action(struct buffer *out, const struct event *event) {
    const char *action = summary_action(event->id, 0);
    if (action == NULL) {
        buffer_printf(out, "Event ID %u", event->id);
    } else {
        buffer_add_text(out, action);
    }
    add_target(out, ": ", event);
}

void sentence_add(struct buffer *out, const struct summary *summary) {
    const struct event *event = summary->event->event;
    const char *verb = find_verb(event);
    if (event->id == PROCESS_CREATION) {
        add_creation(out, summary);
    } else if (verb == NULL) {
        add_action(out, event);
    } else {
        add_self(out, summary);
        buffer_add_byte(out, ' ');
        buffer_add_text(out, verb);
        add_target(out, " ", event);
    }
}
