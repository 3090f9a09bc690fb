// SPDX-License-Identifier: GPL-3.0-or-later
// The fields that rules name: those of the Elastic Common Schema that a Sysmon event has in
// Elastic's hands, and every value of EventData as winlog.event_data.NAME. All of it is read off
// fields.def.
#ifndef EVTXSEQ_FIELDS_H
#define EVTXSEQ_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "rules/event.h"
#include "rules/subject.h"

enum field_type { FIELD_TYPE_TEXT, FIELD_TYPE_NUMBER, FIELD_TYPE_BOOLEAN, FIELD_TYPE_ADDRESS };

enum field_id {
#define FIELD(name, text, type, how, key, events, ...) FIELD_##name,
#include "rules/fields.def"
    FIELD_COUNT,
    FIELD_EVENT_DATA = FIELD_COUNT, // winlog.event_data.NAME
    FIELD_UNKNOWN,                  // no Sysmon event has it
};

// A field as a rule names it.
struct field {
    enum field_id id;
    enum event_data data; // of FIELD_EVENT_DATA; DATA_OTHER is a value by the name's last part
    // In the list (`.caseless` is gone), which lives as long as the program; else as it was asked
    // for, borrowed from there.
    struct text name;
};

// Names

// The field of this name. `NAME.caseless` is the text field NAME.
struct field fields_find(struct text name);

// A field of the list.
struct field field_of(enum field_id id);

static inline bool field_same(struct field a, struct field b) {
    return a.id == b.id && text_same(a.name, b.name);
}

// Of an unknown field: text.
enum field_type field_type(struct field field);

// Whether it can have more than one value.
bool field_has_several(struct field field);

// Whether what it says stands in the record as it is, but for the case of its letters; of a field
// with several values, each.
bool field_is_verbatim(struct field field);

// How much work it is to make its values and to look through them, beside those of most fields: 1
// for these, more for what is long or is looked for by name.
unsigned field_effort(struct field field);

// What follows from the event ID alone

// Sets of event IDs: 1 to 29 and 255. The bit of one; 0 for any other ID.
#define FIELD_EVENT_BIT(id)                                                                        \
    ((id) >= 1 && (id) <= 29 ? UINT32_C(1) << ((id)&31) : (id) == 255 ? UINT32_C(1) << 30 : 0)
#define FIELD_EVENTS_ALL UINT32_C(0x7ffffffe)

// Places of event IDs in tables: 1 to 29 have their own, so has 255, and all others share the last,
// since nothing follows from them.
enum { EVENT_PLACE_OTHER = 31, EVENT_PLACES };
unsigned event_place(unsigned event_id);

// The ID at a place from 1 on; of the last place one of those that share it.
unsigned event_at_place(unsigned place);

// The IDs of events that can have a value of the field: for a constant those where field_constant()
// has a value (of either kind); for what is made of EventData those that have it in some version of
// Sysmon up to 15, less those where Elastic's pipeline does not make the field of it; all for what
// stands in System and for EventData of a name that is not in the list; none for an unknown field.
//
// This is for people and for the order of work: what a record of another ID carries all the same
// counts, so only field_constant() may decide a condition.
uint32_t field_events(struct field field);

enum { FIELD_CONSTANTS_MAX = 3, EVENT_KINDS_MAX = 2 };

struct field_constant {
    bool known;   // whether the event ID alone decides
    size_t count; // of values; none: every such event lacks the field
    const char *values[FIELD_CONSTANTS_MAX];
};

// As how many kinds of event those of an ID count: image loads as two, others as one. A condition
// holds if it holds for one of them.
unsigned event_kinds(unsigned event_id);

// What all events of this ID have in the field, counted as this kind, from 0. All constants are
// text. event.code and winlog.event_id are known for Sysmon's IDs only.
struct field_constant field_constant(struct field field, unsigned event_id, unsigned kind);

// Values

struct field_value {
    enum field_type type;
    union {
        struct text text; // of FIELD_TYPE_TEXT and FIELD_TYPE_ADDRESS; UTF-8; can be empty
        int64_t number;
        bool boolean;
    };
};

// All values of a field, in the event's order; none when it is missing.
struct field_values {
    const struct field_value *list;
    size_t count;
};

// Reads fields of one subject after another. All zero at first. A value is made when it is first
// asked for and kept until the next subject begins.
struct field_reader {
    struct subject *subject; // not owned
    struct arena arena;
    bool failed;   // memory ran out: what needed it counts as missing; see the subject's, too
    uint64_t turn; // counts subjects
    // Set by who asks: of a record that does not carry OriginalFileName at all, the file's own name
    // stands in for it.
    bool name_stands_in;
    uint64_t known[(FIELD_COUNT + 63) / 64]; // which of the values have been made
    struct field_values values[FIELD_COUNT];
    struct recurring *recurring;      // see field_reader_number_by(); not owned
    uint64_t number_turn[DATA_COUNT]; // when the number of a value of EventData was found
    uint64_t numbers[DATA_COUNT];
};

// Turns to another subject: what was read before is gone.
void field_reader_begin(struct field_reader *reader, struct subject *subject);

void field_reader_free(struct field_reader *reader);

// Whether the field says OriginalFileName, for which a name may stand in.
bool field_is_original_name(struct field field);

// The values of the field, in an event counted as this kind. They live until the next subject
// begins, and as long as the subject.
struct field_values fields_read(struct field_reader *reader, struct field field, unsigned kind);

// Has fields_number() remember values there. At first, and with NULL, it numbers none.
void field_reader_number_by(struct field_reader *reader, struct recurring *recurring);

// A number for the values of the field, by which what has been found out about them can be looked
// up: where an event of the same ID has the same number for the field, it has the same values.
// 0 where there is none: they are made of several things or seldom come again.
uint64_t fields_number(struct field_reader *reader, struct field field);

#endif
