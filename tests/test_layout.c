// SPDX-License-Identifier: GPL-3.0-or-later
// Tests of reading a record's layout where sizes and offsets lie, on chunks made by hand.
#include <string.h>

#include "base/bytes.h"
#include "evtx/layout.h"
#include "suites.h"

enum {
    RECORD_AT = CHUNK_HEADER_SIZE,
    RECORD_SIZE = 48,
    DEFINITION_AT = 1024,
    TEMPLATE_ID = 0x12345678,
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
    bytes_put_u32(at + 24 + 11, DEFINITION_AT + 24 + 15);
}

START_TEST(definition_is_read_to_its_end_alone) {
    static uint8_t chunk[CHUNK_SIZE];
    const struct record record = {.offset = RECORD_AT, .size = RECORD_SIZE};
    for (uint32_t size = 0; size < ELEMENT_END + 8; size++) {
        struct layout_cache cache;
        struct layout layout;
        write_chunk(chunk, size);
        layout_cache_clear(&cache, NULL);
        layout_read_content(&cache, chunk, &record, &layout);
        ck_assert_uint_eq(layout.body_count, 1);
        ck_assert_uint_eq(layout.bodies[0].offset, DEFINITION_AT);
        ck_assert_int_eq(layout.plain, size >= ELEMENT_END);
    }
}
END_TEST

Suite *layout_suite(void) {
    Suite *suite = suite_create("layout");
    TCase *test = tcase_create("sizes");
    tcase_add_test(test, definition_is_read_to_its_end_alone);
    suite_add_tcase(suite, test);
    return suite;
}
