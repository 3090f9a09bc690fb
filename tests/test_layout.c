// SPDX-License-Identifier: GPL-3.0-or-later
// Tests of reading a definition where sizes and offsets lie, on chunks made by hand.
#include <string.h>

#include "base/bytes.h"
#include "evtx/layout.h"
#include "scan_bytes.h"
#include "suites.h"

enum {
    RECORD_AT = CHUNK_HEADER_SIZE,
    RECORD_SIZE = 48,
    DEFINITION_AT = 1024,
    TEMPLATE_ID = 0x12345678,
    NAME_AT = DEFINITION_AT + DEFINITION_HEADER_SIZE + 15,
    ELEMENT_END = 28, // in the definition's data
};

// A record that is an instance, without values, of a template whose definition stands elsewhere and
// has one empty element.
static void write_chunk(uint8_t *chunk, uint32_t definition_size) {
    static const uint8_t record[] = {'*', '*', 0, 0, RECORD_SIZE};
    static const uint8_t instance[] = {0x0f, 1, 1, 0, 0x0c, 1};
    static const uint8_t element[] = {
        0x0f, 1, 1, 0, 0x01, 0xff, 0xff,                     // fragment, element, dependency ID
        0,    0, 0, 0, 0,    0,    0,    0,                  // its size; offset of its name
        0,    0, 0, 0, 0,    0,    1,    0, 'E', 0, 0, 0, 3, // the name; an empty tag
    };
    memset(chunk, 0, CHUNK_SIZE);
    uint8_t *at = chunk + RECORD_AT;
    memcpy(at, record, sizeof record);
    memcpy(at + RECORD_HEADER_SIZE, instance, sizeof instance);
    bytes_put_u32(at + 30, TEMPLATE_ID);
    bytes_put_u32(at + 34, DEFINITION_AT);
    bytes_put_u32(at + RECORD_SIZE - 4, RECORD_SIZE);
    at = chunk + DEFINITION_AT;
    bytes_put_u32(at + 4, TEMPLATE_ID);
    bytes_put_u32(at + 20, definition_size);
    memcpy(at + 24, element, sizeof element);
    bytes_put_u32(at + 24 + 11, NAME_AT);
}

START_TEST(definition_is_read_to_its_end_alone) {
    static uint8_t chunk[CHUNK_SIZE];
    static struct definition definition;
    const struct record record = {.offset = RECORD_AT, .size = RECORD_SIZE};
    struct definitions *definitions = definitions_new(NULL);
    for (uint32_t size = 0; size < ELEMENT_END + 8; size++) {
        static struct layout layout;
        write_chunk(chunk, size);
        definitions_start(definitions, chunk);
        layout_read(&layout, definitions, chunk, &record);
        ck_assert_uint_eq(layout.run_count, 1);
        ck_assert_uint_eq(layout.runs[0].offset, DEFINITION_AT);
        ck_assert_uint_eq(layout.runs[0].size, DEFINITION_HEADER_SIZE + size);
        definition_read(&definition, chunk, DEFINITION_AT, NULL, NULL);
        ck_assert_int_eq(definition.is_plain, size >= ELEMENT_END);
        ck_assert_int_eq(definition.is_understood, size >= ELEMENT_END);
    }
    definitions_free(definitions);
}
END_TEST

// A name ends where its count says, at a NUL, and is one to every reader.
START_TEST(names_end_at_their_nul) {
    static uint8_t chunk[CHUNK_SIZE];
    static struct definition definition;
    static const struct {
        uint8_t place; // in the name, whose count stands at 6, whose one character at 8
        uint8_t byte;
        bool is_understood;
    } changes[] = {
        {8, 'e', true}, {8, '_', true}, {8, 0, false},   {8, '1', false}, {8, ':', false},
        {9, 1, false},  {10, 1, false}, {8, '<', false}, {6, 0, false},   {8, 'Z', true},
    };
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        write_chunk(chunk, ELEMENT_END);
        chunk[NAME_AT + changes[i].place] = changes[i].byte;
        definition_read(&definition, chunk, DEFINITION_AT, NULL, NULL);
        ck_assert_msg(definition.is_understood == changes[i].is_understood, "change %zu", i);
    }
}
END_TEST

// The number of values that an instance within a value counts is looked at whatever the value's
// size is, as libevtx looks at it.
START_TEST(impossible_counts_are_found) {
    enum { RECORD = 2, EVENT_DATA = 17, HEAD = 10, IMPOSSIBLE = 0x40000012 };
    static const uint16_t sizes[] = {UINT16_MAX, 0, 1, HEAD, HEAD + 4};
    static uint8_t data[CHUNK_SIZE];
    static struct layout layout;
    struct definitions *definitions = definitions_new(NULL);
    struct log_event event;
    struct sample sample;
    struct instance instance;
    log_event_begin(&event, 7, false);
    sample_write(&sample, &event, 0);
    const struct record *record = &sample.chunk.records[RECORD];
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        memcpy(data, sample.data, CHUNK_SIZE);
        struct cursor cursor = instance_record_cursor(data, record);
        ck_assert(cursor_fragment_header(&cursor) && instance_open(&cursor, &instance));
        uint8_t *descriptor = data + instance.descriptors + (size_t)4 * EVENT_DATA;
        for (const uint8_t *other = data + instance.descriptors; other < descriptor; other += 4) {
            (void)cursor_take(&cursor, bytes_u16(other));
        }
        definitions_start(definitions, data);
        layout_read(&layout, definitions, data, record);
        ck_assert(!layout.has_impossible_count);
        bytes_put_u32(data + cursor.at + HEAD, IMPOSSIBLE);
        bytes_put_u16(descriptor, sizes[i] == UINT16_MAX ? bytes_u16(descriptor) : sizes[i]);
        definitions_start(definitions, data);
        layout_read(&layout, definitions, data, record);
        ck_assert_msg(layout.has_impossible_count, "size %u", sizes[i]);
    }
    log_event_free(&event);
    evtx_log_free(sample.log);
    definitions_free(definitions);
}
END_TEST

void layout_tests(TCase *tests) {
    tcase_add_test(tests, impossible_counts_are_found);
    tcase_add_test(tests, definition_is_read_to_its_end_alone);
    tcase_add_test(tests, names_end_at_their_nul);
}
