// SPDX-License-Identifier: GPL-3.0-or-later
// Writes EVTX logs the way Windows lays them out, and on request in odder ways. For tests.
//
//     struct evtx_log *log = evtx_log_new();
//     evtx_log_add(log, &event);
//     evtx_log_save(log, "live.evtx");
//     evtx_log_free(log);
//
// What cannot be written (a record larger than a chunk, say) ends the program with a message.
// The same calls give the same bytes on every machine.
#ifndef EVTXSEQ_TESTS_EVTX_WRITER_H
#define EVTXSEQ_TESTS_EVTX_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    EVTX_HEADER_SIZE = 4096,
    EVTX_CHUNK_SIZE = 65536,
    EVTX_RECORDS_START = 512, // of a chunk
};

// Binary XML value types.
enum evtx_type {
    EVTX_NULL = 0x00,
    EVTX_UTF16 = 0x01,
    EVTX_ANSI = 0x02,
    EVTX_U8 = 0x04,
    EVTX_U16 = 0x06,
    EVTX_U32 = 0x08,
    EVTX_U64 = 0x0a,
    EVTX_BINARY = 0x0e,
    EVTX_GUID = 0x0f,
    EVTX_FILETIME = 0x11,
    EVTX_SID = 0x13,
    EVTX_HEX32 = 0x14,
    EVTX_HEX64 = 0x15,
    EVTX_BINXML = 0x21,
};

// UTF-16 code units in the host's byte order, any at all: NUL, controls, lone surrogates.
// `units` NULL means absent, which is not the same as empty.
struct evtx_text {
    const uint16_t *units;
    size_t count;
};

// A typed value. `text` serves EVTX_UTF16 and EVTX_ANSI, `bytes` (`size` of them, as they lie in
// the log) EVTX_BINARY, EVTX_GUID and EVTX_SID, `number` the rest.
struct evtx_value {
    enum evtx_type type;
    uint64_t number;
    struct evtx_text text;
    const uint8_t *bytes;
    size_t size;
};

// One <Data Name="name"> of EventData. The name is ASCII.
struct evtx_field {
    const char *name;
    struct evtx_value value;
};

// How a record is laid out: flags to be or-ed. 0 is what a running system writes.
enum evtx_layout {
    // As EvtExportLog and wevtutil rewrite a record: a fragment header before the nested template
    // instance, no NUL at the end of strings, no stale bytes after null values.
    EVTX_EXPORTED = 1 << 0,
    // No template instance at all: elements and text stand in the record's own fragment.
    EVTX_NO_TEMPLATE = 1 << 1,
    // The nested value holds elements instead of a template instance.
    EVTX_NESTED_ELEMENTS = 1 << 2,
    // Three values (time, record id, event data); EventID and the others are template text.
    EVTX_FEW_VALUES = 1 << 3,
    // EventID is of another type, or is value 2 (and Task, 3 more than EventID, is value 3).
    EVTX_ID_U32 = 1 << 4,
    EVTX_ID_STRING = 1 << 5,
    EVTX_ID_MOVED = 1 << 6,
    // Where a definition new to the chunk lies, if not inline: in the next record that needs it,
    // past the records in the chunk's slack, at the end of the previous record's body, at the end
    // of this record's body, or inline but some bytes on.
    EVTX_DEF_LATER = 1 << 7,
    EVTX_DEF_SLACK = 1 << 8,
    EVTX_DEF_PREVIOUS = 1 << 9,
    EVTX_DEF_TAIL = 1 << 10,
    // Field values are text of the nested template's definition.
    EVTX_LITERAL = 1 << 11,
    // Strings of fields are of type 0x02, one byte a character.
    EVTX_ANSI_TEXT = 1 << 12,
    // Strings of fields are cut in two: adjacent substitutions, or adjacent literal texts.
    EVTX_SPLIT = 1 << 13,
    // Fields are children of UserData/EventXml by their names, not Data of EventData.
    EVTX_USER_DATA = 1 << 14,
    // The record is lengthened so that it ends with its chunk.
    EVTX_TO_CHUNK_END = 1 << 15,
    EVTX_DEF_GAP = 1 << 16,
    // Elements outside templates have a dependency identifier too. Windows writes none there;
    // libevtx 20181227 expects one.
    EVTX_DEPENDENCY_IDS = 1 << 17,
    // The first field's value stands in the record alone, and all fields of the template show it.
    EVTX_ONE_VALUE = 1 << 18,
};

// One event. Times are FILETIME: 100 ns units since 1601-01-01 UTC.
struct evtx_event {
    uint64_t record_id;       // the record's own; 0: one more than the record before
    uint64_t event_record_id; // System/EventRecordID; 0: the record's own
    uint64_t written;         // the record's time
    uint64_t created;         // System/TimeCreated
    uint16_t event_id;
    uint8_t version;
    uint32_t process_id; // of the logging process
    uint32_t thread_id;
    struct evtx_text provider; // absent: no Name attribute
    const uint8_t *guid;       // of the provider, 16 bytes; NULL: no Guid attribute
    struct evtx_text channel;
    struct evtx_text computer;
    const struct evtx_field *fields;
    size_t field_count;
    unsigned layout; // enum evtx_layout
};

struct evtx_log;

// An empty log; evtx_log_free releases it.
struct evtx_log *evtx_log_new(void);
void evtx_log_free(struct evtx_log *log);

// Appends the event to the current chunk, or to a new one if it does not fit. Keeps nothing of it.
void evtx_log_add(struct evtx_log *log, const struct evtx_event *event);

// The next record starts a new chunk.
void evtx_log_break(struct evtx_log *log);

// Records added from here to the end of the chunk lie in its slack: its header knows none of them.
void evtx_log_slack(struct evtx_log *log);

// Chunks lie in the file as if it were circular: the first `count` of them last.
void evtx_log_rotate(struct evtx_log *log, size_t count);

// What the file header says: flags (1 dirty, 2 full) and a number of chunks that need not be true.
void evtx_log_set_flags(struct evtx_log *log, uint32_t flags);
void evtx_log_set_chunk_count(struct evtx_log *log, uint16_t count);

// Closes the log and gives its bytes, which belong to the log; nothing can be added afterwards.
const uint8_t *evtx_log_bytes(struct evtx_log *log, size_t *size);

// Closes the log and writes it to the path.
void evtx_log_save(struct evtx_log *log, const char *path);

// Corrects the checksum(s) of a file header or a chunk that a test has altered. A chunk's data
// checksum covers its records up to the free space offset, which must lie inside the chunk.
void evtx_seal_header(uint8_t *header);
void evtx_seal_chunk(uint8_t *chunk);

#endif
