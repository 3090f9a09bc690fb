// SPDX-License-Identifier: GPL-3.0-or-later
// Tests of GUIDs and of sets of them.
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/guid.h"
#include "random_log.h"
#include "suites.h"
#include "xmem.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

#define PROCESS "{a1b2c3d4-10a0-6632-4201-000000001100}"
#define PARENT "{a1b2c3d4-0f00-6632-2000-000000001100}"
#define LOGON "{a1b2c3d4-0e00-6632-e503-020000000000}"
#define STRANGER "{a1b2c3d4-10a0-6632-4201-000000001101}"

// Worked out by hand from the format: three little-endian numbers, then bytes as they are written.
START_TEST(guid_is_mixed_endian) {
    static const uint8_t bytes[GUID_SIZE] = {0x67, 0x45, 0x23, 0x01, 0xab, 0x89, 0xef, 0xcd,
                                             0xf0, 0xe1, 0xd2, 0xc3, 0xb4, 0xa5, 0x96, 0x87};
    static const char text[] = "{01234567-89AB-CDEF-F0E1-D2C3B4A59687}";
    struct guid guid;
    char back[GUID_TEXT_SIZE];
    ck_assert(guid_parse(text, &guid));
    ck_assert_mem_eq(guid.bytes, bytes, GUID_SIZE);
    guid_format(guid.bytes, back);
    ck_assert_str_eq(back, text);
    ck_assert(guid_parse("{01234567-89ab-cdef-f0e1-d2c3b4a59687}", &guid));
    ck_assert_mem_eq(guid.bytes, bytes, GUID_SIZE);
}
END_TEST

START_TEST(what_is_no_guid_is_refused) {
    static const char *const texts[] = {
        "",
        "{}",
        "{01234567-89ab-cdef-f0e1-d2c3b4a5968}",
        "{01234567-89ab-cdef-f0e1-d2c3b4a596870}",
        "01234567-89ab-cdef-f0e1-d2c3b4a59687",
        "(01234567-89ab-cdef-f0e1-d2c3b4a59687)",
        "{01234567-89ab-cdef-f0e1-d2c3b4a59687 ",
        "{0123456789ab-cdef-f0e1-d2c3b4a5968700}",
        "{01234567-89ab-cdef-f0e1-d2c3b4a5968g}",
        "{01234567-89ab-cdef-f0e1-d2c3b4a5968-}",
        "{01234567 89ab-cdef-f0e1-d2c3b4a59687}",
    };
    struct guid guid;
    for (size_t i = 0; i < COUNT(texts); i++) {
        ck_assert_msg(!guid_parse(texts[i], &guid), "%s", texts[i]);
    }
}
END_TEST

// Few different bytes, so that GUIDs begin alike.
static struct guid random_guid(struct random *random) {
    struct guid guid = {{0}};
    for (size_t i = 0; i < 3; i++) {
        guid.bytes[random_below(random, GUID_SIZE)] = (uint8_t)random_below(random, 4);
    }
    return guid;
}

static size_t index_of(const struct guid *list, size_t count, const struct guid *guid) {
    size_t i = 0;
    while (i < count && memcmp(&list[i], guid, sizeof *guid) != 0) {
        i++;
    }
    return i;
}

START_TEST(set_has_what_was_added) {
    enum { MANY = 3000 };
    struct random random = {(unsigned)_i + 1U};
    struct guid_set set = {0};
    struct guid *list = xcalloc(MANY, sizeof *list);
    bool *is_added = xcalloc(MANY, sizeof *is_added);
    size_t added = 0;
    ck_assert(!guid_set_search(&set, list[0].bytes, GUID_SIZE));
    for (size_t i = 0; i < MANY; i++) {
        list[i] = random_guid(&random);
        size_t first = index_of(list, i, &list[i]);
        if (random_chance(&random, 50)) {
            ck_assert(guid_set_add(&set, &list[i]));
            added += !is_added[first];
            is_added[first] = true;
        }
    }
    guid_set_sort(&set);
    ck_assert_uint_eq(set.count, added);
    for (size_t i = 0; i < MANY; i++) {
        ck_assert_int_eq(guid_set_search(&set, list[i].bytes, GUID_SIZE),
                         is_added[index_of(list, i, &list[i])]);
    }
    guid_set_free(&set);
    free(list);
    free(is_added);
}
END_TEST

// Writes the GUID as a value or as text in UTF-16LE, in one case or another. Returns its size.
static size_t write_guid(uint8_t *to, const struct guid *guid, bool as_text, bool capital) {
    char text[GUID_TEXT_SIZE];
    if (!as_text) {
        memcpy(to, guid->bytes, GUID_SIZE);
        return GUID_SIZE;
    }
    guid_format(guid->bytes, text);
    for (size_t i = 1; i < GUID_TEXT_SIZE - 2; i++) {
        to[2 * i - 2] = (uint8_t)(capital ? text[i] : ascii_fold(text[i]));
        to[2 * i - 1] = 0;
    }
    return (size_t)2 * (GUID_TEXT_SIZE - 3);
}

START_TEST(search_finds_every_place) {
    enum { SIZE = 300 };
    struct random random = {(unsigned)_i + 1U};
    struct guid guid;
    struct guid_set set = {0};
    ck_assert(guid_parse("{fedcba98-7654-3210-abcd-ef0123456789}", &guid));
    ck_assert(guid_set_add(&set, &guid));
    guid_set_sort(&set);
    for (size_t place = 0; place < SIZE; place++) {
        uint8_t data[2 * SIZE];
        for (size_t i = 0; i < sizeof data; i++) {
            data[i] = (uint8_t)random_below(&random, 255); // never the GUID's own bytes in a row
        }
        size_t size = write_guid(data + place, &guid, (_i & 1) != 0, (_i & 2) != 0);
        ck_assert(guid_set_search(&set, data, place + size));
        ck_assert(guid_set_search(&set, data, sizeof data));
        // Not when its last byte is cut off, or its first, or when one digit is another.
        ck_assert(!guid_set_search(&set, data, place + size - 1 - (_i & 1)));
        ck_assert(!guid_set_search(&set, data + place + 1, sizeof data - place - 1));
        data[place + (size - 1) / 2 * 2] ^= 1;
        ck_assert(!guid_set_search(&set, data, sizeof data));
    }
    ck_assert(!guid_set_search(&set, (const uint8_t *)"", 0));
    guid_set_free(&set);
}
END_TEST

void guid_tests(TCase *tests) {
    tcase_add_test(tests, guid_is_mixed_endian);
    tcase_add_test(tests, what_is_no_guid_is_refused);
    tcase_add_loop_test(tests, set_has_what_was_added, 0, 5);
    tcase_add_loop_test(tests, search_finds_every_place, 0, 4);
}
