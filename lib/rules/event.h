// SPDX-License-Identifier: GPL-3.0-or-later
// One Sysmon event, reduced to the fields that rules, findings and context use.
//
// An event is a single block of memory without pointers: it can be copied, kept and sent to another
// process as it is. Field values are UTF-8 and hold no NUL. As Elastic's Sysmon ingest pipeline has
// it, a value that is empty, `-` or the all-zero GUID is missing.
#ifndef EVTXSEQ_EVENT_H
#define EVTXSEQ_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// A record is Sysmon's if its provider has this name, or this GUID in any case.
#define EVENT_SYSMON_NAME "Microsoft-Windows-Sysmon"
#define EVENT_SYSMON_GUID "{5770385F-C22A-43E0-BF4C-06F5698FFBD9}"

// Named after Sysmon's EventData names; event.c has the table.
enum event_field {
    FIELD_COMPUTER, // from System
    FIELD_UTC_TIME,
    FIELD_PROCESS_GUID,
    FIELD_PROCESS_ID,
    FIELD_IMAGE,
    FIELD_IMAGE_LOADED,
    FIELD_HASHES,
    FIELD_ORIGINAL_FILE_NAME,
    FIELD_COMMAND_LINE,
    FIELD_CURRENT_DIRECTORY,
    FIELD_USER,
    FIELD_INTEGRITY_LEVEL,
    FIELD_PARENT_PROCESS_GUID,
    FIELD_PARENT_PROCESS_ID,
    FIELD_PARENT_IMAGE,
    FIELD_PARENT_COMMAND_LINE,
    FIELD_SIGNED,
    FIELD_SIGNATURE,
    FIELD_SIGNATURE_STATUS,
    FIELD_COUNT
};

// The parts of a value that rules look at.
enum event_part {
    PART_WHOLE,
    PART_NAME,   // of a path: what follows its last backslash; a path without one has no name
    PART_DOMAIN, // of a user: what precedes its one backslash; with none or several there is none
    PART_USER,   // of a user: what follows its one backslash; the same
};

struct event_text {
    const char *data; // not NUL-terminated; NULL when missing
    size_t size;      // bytes
};

// Which clock orders events.
enum event_clock {
    CLOCK_UTC,    // UtcTime; TimeCreated where that is missing or malformed
    CLOCK_LOGGED, // TimeCreated alone
};

struct event {
    uint32_t size; // bytes of the whole block
    uint16_t id;   // EventID
    bool has_utc_time;
    uint32_t fields; // bit 1 << field: the record carries the field, with a value or without
    uint64_t record_id;
    int64_t utc_time;             // UtcTime, if has_utc_time
    int64_t time_created;         // TimeCreated; the record header's time where that cannot be read
    uint32_t values[FIELD_COUNT]; // offset of a NUL-terminated value in the block; 0 when missing
    char text[];
};

enum event_result {
    EVENT_OK,
    EVENT_NOT_SYSMON, // another provider's
    EVENT_MALFORMED,  // not an event's XML
    EVENT_NO_MEMORY,
};

// What the record's own header says, used where the XML is silent.
struct event_header {
    uint64_t record_id;
    int64_t written; // milliseconds, see timestamp.h
};

// Maps the XML of one event, UTF-8 of `size` bytes without a terminator. Fields are found by name,
// never by position; where a name comes twice, the first counts, as in Winlogbeat. On EVENT_OK
// *event is the caller's to free().
enum event_result event_from_xml(const char *xml, size_t size, const struct event_header *header,
                                 struct event **event);

// Whether a block of `size` bytes is a well-formed event: to be asked before a block that came from
// another process is used.
bool event_is_valid(const void *block, size_t size);

// The field's name in the event's XML: one of EventData's, or "Computer".
const char *event_field_name(enum event_field field);

// The value, or NULL when missing.
const char *event_value(const struct event *event, enum event_field field);

struct event_text event_part(const struct event *event, enum event_field field,
                             enum event_part part);

// Whether the record carries the field at all, even without a value.
bool event_has_field(const struct event *event, enum event_field field);

int64_t event_time(const struct event *event, enum event_clock clock);

// Room for event_host's text: a computer name of any length and the prefix.
enum { EVENT_HOST_PREFIX_SIZE = 8 };

// The first 8 hex digits of ProcessGuid in lower case, which Sysmon derives from the machine;
// "00000000" when there is no such GUID.
void event_machine_prefix(const struct event *event, char prefix[EVENT_HOST_PREFIX_SIZE + 1]);

#endif
