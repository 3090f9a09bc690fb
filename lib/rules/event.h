// SPDX-License-Identifier: GPL-3.0-or-later
// One Sysmon event: what it says of itself, and every value of its EventData.
//
// An event is a single block of memory without pointers: it can be copied, kept and sent to another
// process as it is. One that leans on another, its base, is a block that has only the values in
// which it differs, and where the base is: it can be copied, and asked as any, as long as the base
// stays where it is. Events of one kind have most of their values in common, so that it takes a
// tenth of the memory.
//
// Values are UTF-8 and hold no NUL. As Elastic's Sysmon ingest pipeline has it, a value that is
// empty, `-` or the all-zero GUID is missing. Of several values of one name the first counts, as in
// Winlogbeat.
#ifndef EVTXSEQ_EVENT_H
#define EVTXSEQ_EVENT_H

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/text.h"

// A record is Sysmon's if its provider has this name, or this GUID in any case.
#define EVENT_SYSMON_NAME "Microsoft-Windows-Sysmon"
#define EVENT_SYSMON_GUID "{5770385F-C22A-43E0-BF4C-06F5698FFBD9}"

// What an event can say, in the order of fields.def: first what stands in System.
enum event_data {
#define SYSTEM(name, text) DATA_##name,
#define DATA(name, text, ...) DATA_##name,
#include "rules/fields.def"
    DATA_COUNT,
    DATA_OTHER = DATA_COUNT,    // of EventData, by a name that is not in the list
    DATA_NONE = DATA_COUNT,     // the end of a list of these
    DATA_FIRST = DATA_RULE_NAME // of EventData in the list
};

// The parts of a value that rules look at.
enum event_part {
    PART_WHOLE,
    PART_NAME,   // of a path: what follows its last backslash; a path without one has no name
    PART_DOMAIN, // of a user: what precedes its one backslash; with none or several there is none
    PART_USER,   // of a user: what follows its one backslash; the same (at the end none counts)
};

// Which clock orders events.
enum event_clock {
    CLOCK_UTC,    // UtcTime; TimeCreated where that is missing or malformed
    CLOCK_LOGGED, // TimeCreated alone
};

// Of an event that leans on no other. What it is stands apart, in a byte, so that memchr() finds
// it.
struct event_item {
    uint32_t name;  // of DATA_OTHER: offset of its NUL-terminated name in the block; else 0
    uint32_t value; // offset of the NUL-terminated value in the block; 0 when missing
};

struct event {
    uint32_t size; // bytes of the whole block
    uint16_t id;   // EventID
    bool has_utc_time;
    bool is_lean; // leans on another
    uint64_t record_id;
    int64_t utc_time;     // UtcTime, if has_utc_time
    int64_t time_created; // TimeCreated; the record header's time where that cannot be read
    uint32_t item_count;  // what the record carries, in its order, System first
    uint32_t own_count;   // with is_lean: of these, those in which it differs from its base
    // Then item_count of struct event_item, as many bytes of enum event_data, and the text; with
    // is_lean something else.
};

_Static_assert(DATA_COUNT <= UINT8_MAX, "what an item is does not fit a byte");

// Whether a block of `size` bytes is a well-formed event that leans on no other: to be asked before
// a block that came from another process is used.
bool event_is_valid(const void *block, size_t size);

// The name in the event's XML: one of EventData's, or "Computer".
const char *event_data_name(enum event_data data);

// The value of EventData of this name, which has `size` bytes; or DATA_OTHER.
enum event_data event_data_named(const char *name, size_t size);

// What an item is, by its number, and its name.
enum event_data event_item_data(const struct event *event, size_t item);
const char *event_item_name(const struct event *event, size_t item);

// The value, or NULL when missing.
const char *event_value(const struct event *event, enum event_data data);

// The value of an item of the event, or NULL when missing.
const char *event_item_value(const struct event *event, size_t item);

struct text event_part(const struct event *event, enum event_data data, enum event_part part);

// The part of a value that is not missing.
struct text event_part_of(struct text value, enum event_part part);

// Takes the zeros out of a value that begins at `start` of the text: of hexadecimal numbers libevtx
// makes "0x000003e7", and views do, where Windows makes "0x3e7". Sysmon logs LogonId and
// GrantedAccess as such.
void event_strip_padding(enum event_data data, struct buffer *text, size_t start);

// Whether the text of a value counts as no value.
bool event_is_missing(const char *value, size_t size);

// Whether the record carries the value at all, be it one that is missing.
bool event_has(const struct event *event, enum event_data data);

int64_t event_time(const struct event *event, enum event_clock clock);

// The GUID of the process that did it, which Sysmon makes of the machine among other things: the
// first of these that is there. (8 and 10 have names of their own for it, in two spellings.)
enum { EVENT_MACHINE_GUIDS = 3 };
extern const enum event_data event_machine_guids[EVENT_MACHINE_GUIDS];

// The first 8 hex digits of such a GUID, which stand for the machine, as a number; 0 when the text,
// which may have no data, is not such a GUID.
uint32_t event_machine_of(struct text guid);

// The same of the event's.
uint32_t event_machine(const struct event *event);

// How it is written.
enum { EVENT_MACHINE_DIGITS = 8 };
#define EVENT_MACHINE_FORMAT "%08" PRIx32

// The event without its values but for Computer. NULL when memory ran out; the caller's to free().
struct event *event_brief(const struct event *event);

// The event as one that leans on the base, made in `room`, which it is part of. NULL where that
// would not take much less, one of them leans already, they do not carry the same items, or memory
// ran out.
const struct event *event_lean(const struct event *event, const struct event *base,
                               struct buffer *room);

// Whether events say the same, leaning or not; and a hash of what one says.
bool event_is_same(const struct event *a, const struct event *b);
uint64_t event_hash(const struct event *event);

// Making an event

// An event under construction. All zero at first; keeps its memory from event to event.
struct event_draft {
    struct event head; // id, record_id and time_created are the maker's to set
    struct buffer items;
    struct buffer data; // of the items, a byte each
    struct buffer text;
    uint64_t seen[(DATA_COUNT + 63) / 64];
};

void event_draft_free(struct event_draft *draft);

// Begins another event.
void event_draft_clear(struct event_draft *draft);

// Takes up a value: `size` bytes of UTF-8. `name`, of `name_size` bytes, is looked at for
// DATA_OTHER alone.
void event_draft_add(struct event_draft *draft, enum event_data data, const char *name,
                     size_t name_size, const char *value, size_t size);

// The same for a value that has been added to draft->text, where it begins at `start`.
void event_draft_take(struct event_draft *draft, enum event_data data, const char *name,
                      size_t name_size, size_t start);

// The event, which is the caller's to free(). NULL when memory ran out.
struct event *event_draft_finish(struct event_draft *draft);

#endif
