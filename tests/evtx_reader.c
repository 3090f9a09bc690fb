// SPDX-License-Identifier: GPL-3.0-or-later
#include "evtx_reader.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "evtx_binxml.h"
#include "evtx_writer.h"
#include "xmem.h"

enum {
    RECORD_HEAD = 24,
    DEFINITION_HEAD = 24, // offset of the next u32, GUID, size of the data u32
    NAME_HEAD = 8,        // offset of the next u32, hash u16, count of characters u16
    NEXT_SIZE = 4,        // of the offset of the next: nobody needs it to read this one
};

// A place in a chunk, and the record on whose behalf it is read.
struct reading {
    const uint8_t *chunk;
    size_t at;
    struct read_record *record;
};

static uint64_t take(struct reading *reading, size_t size) {
    uint64_t value = load_le(reading->chunk + reading->at, size);
    reading->at += size;
    return value;
}

static void need(struct read_record *record, size_t offset, size_t size) {
    if (record->need_count == NEEDS_MAX) {
        die("a record needs too many names");
    }
    record->needs[record->need_count++] = (struct byte_range){offset, size};
}

// The name's offset, and the name where it stands inline.
static void read_name(struct reading *reading) {
    size_t offset = take(reading, 4);
    size_t size = NAME_HEAD + 2 * ((size_t)load_le(reading->chunk + offset + 6, 2) + 1);
    need(reading->record, offset + NEXT_SIZE, size - NEXT_SIZE);
    if (offset == reading->at) {
        reading->at += size;
    }
}

// Binary XML up to the end of the fragment. Elements carry a dependency ID in definitions alone.
static void read_elements(struct reading *reading, bool has_dependency_ids) {
    for (;;) {
        unsigned token = (unsigned)take(reading, 1);
        switch (token & 0xbfu) {
        case 0x00: // end of fragment
            return;
        case 0x01: // element: dependency ID, size, name, size of the attributes
            reading->at += has_dependency_ids ? 6 : 4;
            read_name(reading);
            reading->at += (token & 0x40) != 0 ? 4 : 0;
            break;
        case 0x02: // ends of tags
        case 0x03:
        case 0x04:
            break;
        case 0x05: // text: type, count of units
            reading->at += 1;
            reading->at += 2 * (size_t)load_le(reading->chunk + reading->at, 2) + 2;
            break;
        case 0x06: // attribute
            read_name(reading);
            break;
        case 0x0d: // substitutions: number u16, type u8
        case 0x0e:
        case 0x0f: // fragment header: version, flags
            reading->at += 3;
            break;
        default:
            die("token 0x%02x is beyond this reader", token);
        }
    }
}

static size_t read_definition(struct reading reading, size_t offset) {
    size_t size = DEFINITION_HEAD + (size_t)load_le(reading.chunk + offset + 20, 4);
    need(reading.record, offset + NEXT_SIZE, size - NEXT_SIZE);
    reading.at = offset + DEFINITION_HEAD;
    read_elements(&reading, true);
    return size;
}

static void read_fragment(struct reading reading, bool has_dependency_ids);

// Version, template ID, offset of the definition, the definition where it stands inline, values.
static void read_instance(struct reading *reading, bool has_dependency_ids) {
    reading->at += 5;
    size_t definition = take(reading, 4);
    size_t size = read_definition(*reading, definition);
    if (definition >= reading->at && definition <= reading->at + 8) { // a gap may come first
        reading->at = definition + size;
    }
    size_t count = take(reading, 4);
    size_t value = reading->at + 4 * count;
    for (size_t i = 0; i < count; i++) {
        size_t value_size = take(reading, 2);
        unsigned type = (unsigned)take(reading, 2);
        if (type == EVTX_BINXML && value_size > 0) {
            struct reading nested = {reading->chunk, value, reading->record};
            read_fragment(nested, has_dependency_ids);
        }
        value += value_size;
    }
}

static void read_fragment(struct reading reading, bool has_dependency_ids) {
    reading.at += reading.chunk[reading.at] == 0x0f ? 4 : 0;
    if (reading.chunk[reading.at] == 0x0c) {
        reading.at++;
        read_instance(&reading, has_dependency_ids);
    } else {
        read_elements(&reading, has_dependency_ids);
    }
}

static void read_chunk(struct read_log *log, const uint8_t *chunk, size_t number) {
    size_t at = EVTX_RECORDS_START;
    while (at + RECORD_HEAD < EVTX_CHUNK_SIZE && memcmp(chunk + at, "**\0", 4) == 0) {
        size_t size = (size_t)load_le(chunk + at + 4, 4);
        log->records = xgrow(log->records, log->record_count, sizeof *log->records);
        struct read_record *record = &log->records[log->record_count++];
        record->id = load_le(chunk + at + 8, 8);
        record->chunk = number;
        record->need_count = 0;
        need(record, at, size);
        read_fragment((struct reading){chunk, at + RECORD_HEAD, record}, false);
        at += size;
    }
}

struct read_log read_log(const uint8_t *bytes, size_t size) {
    struct read_log log = {.chunk_count = (size - EVTX_HEADER_SIZE) / EVTX_CHUNK_SIZE};
    for (size_t i = 0; i < log.chunk_count; i++) {
        read_chunk(&log, bytes + EVTX_HEADER_SIZE + i * EVTX_CHUNK_SIZE, i);
    }
    return log;
}

void read_log_free(struct read_log *log) {
    free(log->records);
    *log = (struct read_log){0};
}
