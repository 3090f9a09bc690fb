// SPDX-License-Identifier: GPL-3.0-or-later
// The event lines of a case: `load`, `start`, `event`, their attributes and their fields.
#ifndef EVTXSEQ_TESTS_CASE_EVENT_H
#define EVTXSEQ_TESTS_CASE_EVENT_H

#include "evtx_writer.h"

// Attributes of an event line. testdata/README.md says what each means.
enum attribute_name {
    ATTRIBUTE_RECORD,
    ATTRIBUTE_ID,
    ATTRIBUTE_HOST,
    ATTRIBUTE_PROVIDER,
    ATTRIBUTE_GUID,
    ATTRIBUTE_CHANNEL,
    ATTRIBUTE_LOGGED,
    ATTRIBUTE_LAYOUT,
    ATTRIBUTE_MACHINE,
    ATTRIBUTE_SCHEMA,
    ATTRIBUTE_COUNT,
};

// Values by attribute, NULL where not given. Owned.
struct attributes {
    char *values[ATTRIBUTE_COUNT];
};

struct field_text {
    char *name;
    char *value; // in the notation of notation.h
};

// An event being described. All zero: none. Owns everything in it.
struct event_text {
    bool present;
    uint16_t event_id;
    uint64_t time;
    struct attributes attributes;
    struct field_text *fields;
    size_t field_count;
};

// Reads `key=value` words into *attributes. Gives a message about what is wrong, or NULL.
const char *attributes_read(struct attributes *attributes, char *words);
void attributes_free(struct attributes *attributes);

// Starts the event of a line `KEYWORD ...` whose keyword is cut off; `defaults` are the log's.
// False if the keyword is none of an event's. *problem as above.
bool event_text_begin(struct event_text *event, const char *keyword, char *words,
                      const struct attributes *defaults, const char **problem);

// Reads `Name: value`, `Name:` or `-Name`. Gives a message about what is wrong, or NULL.
const char *event_text_field(struct event_text *event, char *line);

// Adds the event to the log and clears it; *record_id is the EventRecordID of the log's last event.
// Gives a message about what is wrong, or NULL.
const char *event_text_add(struct event_text *event, struct evtx_log *log, uint64_t *record_id);

#endif
