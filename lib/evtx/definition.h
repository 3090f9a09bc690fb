// SPDX-License-Identifier: GPL-3.0-or-later
// What a run of elements in binary XML says: a template definition, or the elements of a record, or
// of a value, that has no template. Which event it is of, where each value of the event comes from,
// and where its own text stands.
//
// Source: libyal's documentation of the Windows Event Log binary XML, and the logs themselves. All
// offsets count from the first byte of the chunk.
#ifndef EVTXSEQ_DEFINITION_H
#define EVTXSEQ_DEFINITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "evtx/instance.h"
#include "evtx/names.h"

enum {
    // Data of EventData and pieces of their text. Sysmon has 30 at most; a run with more is not
    // understood.
    DEFINITION_ITEMS_MAX = 64,
    DEFINITION_PIECES_MAX = 160,
    // Elements, whatever they are: bounds what reading one run can cost.
    DEFINITION_ELEMENTS_MAX = 512,
};

// A part of the text of an element or attribute.
struct piece {
    bool is_in_attribute;
    bool is_substitution;
    bool is_optional;      // the substitution: where its value is null, its element is left out
    uint16_t substitution; // its number
    uint32_t offset;       // else: of the text, UTF-16LE, without a NUL at its end
    uint32_t size;         // bytes
};

// The text of an element or attribute: a run of pieces, none where it is empty.
struct source {
    bool is_there; // the element or attribute is
    uint8_t first; // in definition->pieces
    uint8_t count;
};

// What System says of an event.
enum system_value {
    SYSTEM_PROVIDER_NAME,
    SYSTEM_PROVIDER_GUID,
    SYSTEM_EVENT_ID,
    SYSTEM_TIME_CREATED,
    SYSTEM_RECORD_ID,
    SYSTEM_COMPUTER,
    SYSTEM_CHANNEL,
    SYSTEM_COUNT
};

// A Data of EventData that has a name.
struct definition_item {
    int number;           // the name's, see names.h; NAMES_OTHER for one that is not in the list
    uint32_t name_offset; // UTF-16LE
    uint32_t name_size;   // bytes
    struct source source;
};

enum definition_root { ROOT_OTHER, ROOT_EVENT, ROOT_EVENT_DATA };

// Where elements stand.
struct run {
    uint32_t offset;
    uint32_t size;           // bytes; 0 for a template definition that does not fit the chunk
    bool is_inline;          // no template definition
    bool has_dependency_ids; // its elements carry them, as they do in template definitions
};

struct definition {
    struct run run;
    // Only elements, attributes, text and substitutions, and no element's text goes on after a
    // child of it.
    bool is_plain;
    // An element's text is put together from pieces of which one is a substitution. libevtx loses
    // some of them.
    bool is_joined;
    bool has_false_sizes; // of elements
    // It is understood in full: is_plain, one root, names and attributes such as every reader of
    // XML takes for the same. The rest is of use only then.
    bool is_understood;
    enum definition_root root;
    bool has_system;
    bool has_event_data;
    struct source system[SYSTEM_COUNT];
    bool has_xml_substitution;
    uint16_t xml_substitution; // takes further elements of the event
    uint8_t
        in_attributes[INSTANCE_VALUES_MAX / 8]; // a bit for each substitution that stands in one
    uint16_t item_count;
    uint16_t piece_count;
    uint32_t substitution_count;  // more than the highest number of one in the pieces
    int known;                    // see definitions.h
    uint8_t by_number[NAMES_MAX]; // by a name's number: 1 + its first item; 0 for none
    struct definition_item items[DEFINITION_ITEMS_MAX];
    struct piece pieces[DEFINITION_PIECES_MAX];
};

// Reads the template definition at `offset`. What tells it from other definitions is added to
// `identity`, unless that is NULL: its bytes, but for what depends on its place in the chunk (names
// are stored where a chunk first needs them, and sizes with them).
void definition_read(struct definition *definition, const uint8_t *chunk, uint32_t offset,
                     const struct names *names, struct buffer *identity);

// Reads elements without a template, which stand in a record, or in a value, themselves. Windows
// gives them no dependency IDs there, but libevtx looks for some and reads only those that have
// them.
void definition_read_inline(struct definition *definition, const uint8_t *chunk, uint32_t offset,
                            uint32_t size, const struct names *names);

// Whether a value with this number, less than INSTANCE_VALUES_MAX, is put into an attribute.
static inline bool definition_is_in_attribute(const struct definition *definition, size_t number) {
    return (definition->in_attributes[number / 8] >> number % 8 & 1) != 0;
}

enum { ELEMENT_TAGS = 2 }; // at most

// What makes the XML of a run's records large.
struct definition_weight {
    size_t text; // bytes of its own text, names and the like
    size_t tags;
    size_t attributes;
    size_t attributes_most;             // of one element
    uint16_t uses[INSTANCE_VALUES_MAX]; // how often it shows each value; UINT16_MAX for more
};

void definition_weigh(const uint8_t *chunk, const struct run *run,
                      struct definition_weight *weight);

// The text that is a run's own, in elements and attributes, as far as read: at most `room` of its
// pieces. Returns how many there are.
size_t definition_texts(const uint8_t *chunk, const struct run *run, struct piece *texts,
                        size_t room);

// Where its names stand, which may be anywhere in the chunk, as pieces with their heads.
size_t definition_names(const uint8_t *chunk, const struct run *run, struct piece *names,
                        size_t room);

#endif
