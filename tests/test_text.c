// SPDX-License-Identifier: GPL-3.0-or-later
// Tests of UTF-8, of text made fit for a terminal, of the buffers that hold it, arrays and hashes.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/buffer.h"
#include "base/hash.h"
#include "base/utf8.h"
#include "base/visible.h"
#include "suites.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum { LAST_CHARACTER = 0x10ffff, FIRST_SURROGATE = 0xd800, LAST_SURROGATE = 0xdfff };

static bool is_surrogate(uint32_t character) {
    return character >= FIRST_SURROGATE && character <= LAST_SURROGATE;
}

// UTF-8.

START_TEST(every_character_comes_back) {
    for (uint32_t character = 0; character <= LAST_CHARACTER; character++) {
        if (is_surrogate(character)) {
            continue;
        }
        char text[UTF8_SIZE_MAX];
        size_t expected = character < 0x80      ? 1
                          : character < 0x800   ? 2
                          : character < 0x10000 ? 3
                                                : 4;
        uint32_t back = UINT32_MAX;
        if (utf8_write(character, text) != expected ||
            utf8_read(text, expected, &back) != expected || back != character) {
            ck_abort_msg("U+%04" PRIX32 " comes back as U+%04" PRIX32, character, back);
        }
        for (size_t size = 1; size < expected; size++) {
            if (utf8_read(text, size, &back) != 0) {
                ck_abort_msg("U+%04" PRIX32 " taken though cut to %zu bytes", character, size);
            }
        }
    }
}
END_TEST

// Bytes first..last at each place; the rows of Unicode's table of well-formed UTF-8.
struct well_formed {
    size_t length;
    unsigned char first[UTF8_SIZE_MAX], last[UTF8_SIZE_MAX];
};

static const struct well_formed table[] = {
    {1, {0x00}, {0x7f}},
    {2, {0xc2, 0x80}, {0xdf, 0xbf}},
    {3, {0xe0, 0xa0, 0x80}, {0xe0, 0xbf, 0xbf}},
    {3, {0xe1, 0x80, 0x80}, {0xec, 0xbf, 0xbf}},
    {3, {0xed, 0x80, 0x80}, {0xed, 0x9f, 0xbf}},
    {3, {0xee, 0x80, 0x80}, {0xef, 0xbf, 0xbf}},
    {4, {0xf0, 0x90, 0x80, 0x80}, {0xf0, 0xbf, 0xbf, 0xbf}},
    {4, {0xf1, 0x80, 0x80, 0x80}, {0xf3, 0xbf, 0xbf, 0xbf}},
    {4, {0xf4, 0x80, 0x80, 0x80}, {0xf4, 0x8f, 0xbf, 0xbf}},
};

static size_t well_formed_length(const unsigned char *bytes) {
    for (size_t i = 0; i < COUNT(table); i++) {
        size_t k = 0;
        while (k < table[i].length && bytes[k] >= table[i].first[k] &&
               bytes[k] <= table[i].last[k]) {
            k++;
        }
        if (k == table[i].length) {
            return k;
        }
    }
    return 0;
}

START_TEST(what_is_not_well_formed_is_refused) {
    // Bytes around every border of the table.
    static const unsigned char edges[] = {0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f,
                                          0xa0, 0xbf, 0xc0, 0xe0, 0xff};
    const size_t n = COUNT(edges);
    for (size_t i = 0; i < 256 * n * n * n; i++) {
        unsigned char bytes[] = {(unsigned char)(i & 0xff), edges[i / 256 % n],
                                 edges[i / 256 / n % n], edges[i / 256 / n / n]};
        char text[sizeof bytes];
        memcpy(text, bytes, sizeof text);
        uint32_t character = 0;
        if (utf8_read(text, sizeof text, &character) != well_formed_length(bytes)) {
            ck_abort_msg("%02x %02x %02x %02x", bytes[0], bytes[1], bytes[2], bytes[3]);
        }
    }
}
END_TEST

START_TEST(known_bad_forms_are_refused) {
    static const char *const texts[] = {
        "\xc0\x80",
        "\xc1\xbf",
        "\xe0\x80\x80",
        "\xe0\x9f\xbf",
        "\xf0\x80\x80\x80",
        "\xf0\x8f\xbf\xbf",
        "\xed\xa0\x80",
        "\xed\xbf\xbf",
        "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80",
        "\xf8\x88\x80\x80",
        "\x80",
        "\xbf",
        "\xfe",
        "\xff",
        "\xc3(",
    };
    for (size_t i = 0; i < COUNT(texts); i++) {
        uint32_t character = 0;
        ck_assert_msg(utf8_read(texts[i], strlen(texts[i]), &character) == 0, "form %zu", i);
    }
}
END_TEST

START_TEST(only_what_is_no_utf8_is_escaped) {
    static const char *const texts[][2] = {
        {"", ""},
        {"C:\\a b\xc3\xa9\xf0\x9f\x98\x80\x1b\t", "C:\\a b\xc3\xa9\xf0\x9f\x98\x80\x1b\t"},
        {"\xff", "\\xFF"},
        {"a\xe2\x82", "a\\xE2\\x82"},
        {"\xe2\x82z\xc3\xa9", "\\xE2\\x82z\xc3\xa9"},
        {"\xed\xa0\x80", "\\xED\\xA0\\x80"},
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct buffer buffer = {0};
        utf8_add(&buffer, texts[i][0], strlen(texts[i][0]));
        ck_assert(!buffer.failed);
        ck_assert_uint_eq(buffer.size, strlen(texts[i][1]));
        ck_assert_mem_eq(buffer.data, texts[i][1], buffer.size);
        buffer_free(&buffer);
    }
}
END_TEST

// Text for a terminal.

static void expect_visible(const char *text, size_t size, const char *expected) {
    struct buffer buffer = {0};
    visible_add(&buffer, text, size);
    ck_assert(!buffer.failed);
    buffer_add_byte(&buffer, '\0');
    ck_assert_str_eq(buffer.data, expected);
    ck_assert_uint_eq(buffer.size, strlen(expected) + 1);
    buffer_free(&buffer);
}

static void expect_character(uint32_t character, const char *expected) {
    char text[UTF8_SIZE_MAX];
    expect_visible(text, utf8_write(character, text), expected);
}

static void expect_escaped(uint32_t character) {
    char expected[16];
    (void)snprintf(expected, sizeof expected, "\\u{%04" PRIX32 "}", character);
    expect_character(character, expected);
}

START_TEST(plain_text_stays) {
    static const char *const texts[] = {
        "",
        "C:\\Users\\bob\\x.exe",
        "\\x1B is four characters",
        "\\u{202E} too",
        " ~!\"%&'()*+,-./",
        "Gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xe6\xbc\xa2\xe5\xad\x97 \xf0\x9f\x98\x80",
        "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d", // letters of a script written from right to left
    };
    for (size_t i = 0; i < COUNT(texts); i++) {
        expect_visible(texts[i], strlen(texts[i]), texts[i]);
    }
}
END_TEST

START_TEST(escape_sequences_are_shown) {
    static const char *const texts[][2] = {
        {"\x1b[2J\x1b[1;31mgone", "\\x1B[2J\\x1B[1;31mgone"},
        {"\x1b]0;title\a", "\\x1B]0;title\\x07"},
        {"\x1b]8;;http://x/\x1b\\y", "\\x1B]8;;http://x/\\x1B\\y"},
        {"a\r\nb\tc\vd\fe", "a\\x0D\\x0Ab\\x09c\\x0Bd\\x0Ce"},
        {"rm\b\bls\x7f", "rm\\x08\\x08ls\\x7F"},
        // The one-character forms of the sequences' introducers.
        {"\xc2\x9b"
         "31m\xc2\x9d"
         "0;x\xc2\x9c",
         "\\u{009B}31m\\u{009D}0;x\\u{009C}"},
        {"\xc2\x85", "\\u{0085}"},
        {"\x9b"
         "31m",
         "\\x9B31m"},
    };
    for (size_t i = 0; i < COUNT(texts); i++) {
        expect_visible(texts[i][0], strlen(texts[i][0]), texts[i][1]);
    }
    expect_visible("a\0b", 3, "a\\x00b");
}
END_TEST

START_TEST(direction_is_shown) {
    static const uint32_t characters[] = {
        0x061c, 0x200e, 0x200f, 0x202a, 0x202b, 0x202c,
        0x202d, 0x202e, 0x2066, 0x2067, 0x2068, 0x2069,
    };
    for (size_t i = 0; i < COUNT(characters); i++) {
        expect_escaped(characters[i]);
    }
    expect_visible("invoice\xe2\x80\x8fxcod.exe", 18, "invoice\\u{200F}xcod.exe");
}
END_TEST

// Unicode's categories Zl, Zp and Cf (format), control characters and what the direction test has
// left out. Source: the Unicode Character Database, version 14.
START_TEST(invisible_formatting_is_shown) {
    static const struct {
        uint32_t first, last;
    } ranges[] = {
        {0x00ad, 0x00ad},   {0x0600, 0x0605},   {0x06dd, 0x06dd},   {0x070f, 0x070f},
        {0x0890, 0x0891},   {0x08e2, 0x08e2},   {0x180e, 0x180e},   {0x200b, 0x200d},
        {0x2028, 0x2029},   {0x2060, 0x2064},   {0x206a, 0x206f},   {0xfeff, 0xfeff},
        {0xfff9, 0xfffb},   {0x110bd, 0x110bd}, {0x110cd, 0x110cd}, {0x13430, 0x13438},
        {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0001, 0xe0001}, {0xe0020, 0xe007f},
    };
    for (size_t i = 0; i < COUNT(ranges); i++) {
        for (uint32_t c = ranges[i].first; c <= ranges[i].last; c++) {
            expect_escaped(c);
        }
    }
}
END_TEST

START_TEST(every_single_byte) {
    for (unsigned byte = 0; byte < 256; byte++) {
        char text[] = {(char)byte, '\0'};
        char escape[8];
        (void)snprintf(escape, sizeof escape, "\\x%02X", byte);
        expect_visible(text, 1, byte >= ' ' && byte <= '~' ? text : escape);
    }
}
END_TEST

// Plain text is looked at eight bytes at a time.
START_TEST(one_byte_anywhere) {
    static const unsigned char bytes[] = {0, 0x1f, 0x7f, 0x80, 0xff};
    for (size_t size = 1; size <= 33; size++) {
        for (size_t at = 0; at < size; at++) {
            for (size_t i = 0; i < COUNT(bytes); i++) {
                char text[34];
                char expected[128];
                memset(text, 'x', size);
                text[at] = (char)bytes[i];
                (void)snprintf(expected, sizeof expected, "%.*s\\x%02X%.*s", (int)at,
                               "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", bytes[i], (int)(size - at - 1),
                               "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
                expect_visible(text, size, expected);
            }
        }
    }
}
END_TEST

START_TEST(invalid_bytes_are_shown) {
    static const char *const texts[][2] = {
        {"a\xff"
         "b",
         "a\\xFFb"},
        {"\xc3", "\\xC3"},
        {"\xe2\x82", "\\xE2\\x82"},
        {"\xf0\x9f\x98", "\\xF0\\x9F\\x98"},
        {"\xc0\x9b", "\\xC0\\x9B"},
        {"\xed\xa0\x80", "\\xED\\xA0\\x80"},
        {"\xf4\x90\x80\x80", "\\xF4\\x90\\x80\\x80"},
        // What follows a broken character is read afresh.
        {"\xe2\xc3\xa9", "\\xE2\xc3\xa9"},
        {"\xe2\x80\x1b[m", "\\xE2\\x80\\x1B[m"},
    };
    for (size_t i = 0; i < COUNT(texts); i++) {
        expect_visible(texts[i][0], strlen(texts[i][0]), texts[i][1]);
    }
}
END_TEST

// Whatever comes in, what goes out is valid UTF-8 without control characters.
START_TEST(random_bytes_come_out_clean) {
    unsigned short state[3] = {5, 6, 7};
    struct buffer buffer = {0};
    for (int round = 0; round < 20000; round++) {
        char text[24];
        for (size_t i = 0; i < sizeof text; i++) {
            text[i] = (char)(nrand48(state) % 256);
        }
        buffer_clear(&buffer);
        visible_add(&buffer, text, sizeof text);
        ck_assert(!buffer.failed);
        for (size_t at = 0, length = 0; at < buffer.size; at += length) {
            uint32_t character = 0;
            length = utf8_read(buffer.data + at, buffer.size - at, &character);
            if (length == 0 || character < 0x20 || (character >= 0x7f && character < 0xa0)) {
                ck_abort_msg("round %d: byte %zu of what came out", round, at);
            }
        }
    }
    buffer_free(&buffer);
}
END_TEST

// Buffers.

static void expect_content(const struct buffer *buffer, const char *expected) {
    ck_assert(!buffer->failed);
    ck_assert_uint_eq(buffer->size, strlen(expected));
    ck_assert_mem_eq(buffer->data, expected, buffer->size);
}

START_TEST(buffer_takes_everything) {
    struct buffer buffer = {0};
    buffer_add(&buffer, NULL, 0);
    expect_content(&buffer, "");
    buffer_add_text(&buffer, "ab");
    buffer_add_text(&buffer, "");
    buffer_add_byte(&buffer, 'c');
    buffer_printf(&buffer, "%d-%s", 42, "x");
    buffer_add(&buffer, "yz!", 2);
    expect_content(&buffer, "abc42-xyz");
    buffer_printf(&buffer, "%s", "");
    expect_content(&buffer, "abc42-xyz");
    buffer_add_byte(&buffer, '\0');
    ck_assert_uint_eq(buffer.size, 10);
    buffer_free(&buffer);
}
END_TEST

START_TEST(buffer_grows) {
    struct buffer buffer = {0};
    for (int i = 0; i < 100000; i++) {
        buffer_add_byte(&buffer, (char)('a' + i % 26));
    }
    buffer_printf(&buffer, "%5000s", "end");
    ck_assert(!buffer.failed);
    ck_assert_uint_eq(buffer.size, 105000);
    ck_assert_uint_ge(buffer.capacity, buffer.size);
    for (int i = 0; i < 100000; i++) {
        if (buffer.data[i] != (char)('a' + i % 26)) {
            ck_abort_msg("byte %d", i);
        }
    }
    ck_assert_mem_eq(buffer.data + 104995, "  end", 5);
    buffer_free(&buffer);
}
END_TEST

START_TEST(buffer_reserves_room) {
    struct buffer buffer = {0};
    buffer_add_text(&buffer, "a");
    char *room = buffer_reserve(&buffer, 1000);
    ck_assert_ptr_nonnull(room);
    ck_assert_uint_eq(buffer.size, 1);
    memset(room, 'b', 1000);
    buffer.size += 1000;
    ck_assert_int_eq(buffer.data[0], 'a');
    ck_assert_int_eq(buffer.data[1000], 'b');
    buffer_free(&buffer);
}
END_TEST

START_TEST(buffer_can_be_used_again) {
    struct buffer buffer = {0};
    buffer_add_text(&buffer, "first");
    size_t capacity = buffer.capacity;
    buffer_clear(&buffer);
    ck_assert_uint_eq(buffer.size, 0);
    ck_assert_uint_eq(buffer.capacity, capacity);
    buffer_add_text(&buffer, "second");
    expect_content(&buffer, "second");
    buffer_free(&buffer);
    ck_assert_ptr_null(buffer.data);
    ck_assert_uint_eq(buffer.size, 0);
    buffer_add_text(&buffer, "third");
    expect_content(&buffer, "third");
    buffer_free(&buffer);
}
END_TEST

START_TEST(buffer_remembers_a_failure) {
    struct buffer buffer = {0};
    buffer_add_text(&buffer, "ab");
    ck_assert_ptr_null(buffer_reserve(&buffer, SIZE_MAX));
    ck_assert(buffer.failed);
    buffer_add_text(&buffer, "c");
    buffer_printf(&buffer, "d");
    ck_assert(buffer.failed);
    ck_assert_uint_eq(buffer.size, 2);
    buffer_clear(&buffer);
    buffer_add_text(&buffer, "e");
    expect_content(&buffer, "e");
    buffer_free(&buffer);
    buffer_free(&buffer);
}
END_TEST

START_TEST(arrays_keep_what_is_in_them) {
    int *list = NULL;
    size_t count = 0;
    size_t capacity = 0;
    for (int i = 0; i < 1000; i++) {
        ck_assert(array_add(&list, &count, &capacity, &i, sizeof i));
        ck_assert_uint_eq(count, (size_t)i + 1);
        ck_assert_uint_ge(capacity, count);
    }
    for (int i = 0; i < 1000; i++) {
        ck_assert_int_eq(list[i], i);
    }
    free(list);
}
END_TEST

#ifndef EVTXSEQ_SANITIZED // whose allocator ends the process instead
START_TEST(arrays_stay_when_they_cannot_grow) {
    size_t capacity = SIZE_MAX / 2 / sizeof(int);
    size_t before = capacity;
    int *list = malloc(sizeof *list);
    const int *was = list;
    ck_assert_ptr_nonnull(list);
    ck_assert(!array_grow(&list, capacity, &capacity, sizeof *list));
    ck_assert_uint_eq(capacity, before);
    ck_assert_ptr_eq(list, was);
    free(list);
}
END_TEST
#endif

// Source: the test vectors of draft-eastlake-fnv.
START_TEST(hashes_are_fnv_1a) {
    ck_assert_uint_eq(hash_add(HASH_START, "", 0), UINT64_C(0xcbf29ce484222325));
    ck_assert_uint_eq(hash_add(HASH_START, "a", 1), UINT64_C(0xaf63dc4c8601ec8c));
    ck_assert_uint_eq(hash_add(hash_add(HASH_START, "foo", 3), "bar", 3),
                      UINT64_C(0x85944171f73967e8));
}
END_TEST

void text_tests(TCase *tests) {
    tcase_add_test(tests, every_character_comes_back);
    tcase_add_test(tests, what_is_not_well_formed_is_refused);
    tcase_add_test(tests, known_bad_forms_are_refused);
    tcase_add_test(tests, only_what_is_no_utf8_is_escaped);
    tcase_add_test(tests, plain_text_stays);
    tcase_add_test(tests, escape_sequences_are_shown);
    tcase_add_test(tests, direction_is_shown);
    tcase_add_test(tests, invisible_formatting_is_shown);
    tcase_add_test(tests, every_single_byte);
    tcase_add_test(tests, one_byte_anywhere);
    tcase_add_test(tests, invalid_bytes_are_shown);
    tcase_add_test(tests, random_bytes_come_out_clean);
    tcase_add_test(tests, buffer_takes_everything);
    tcase_add_test(tests, buffer_grows);
    tcase_add_test(tests, buffer_reserves_room);
    tcase_add_test(tests, buffer_can_be_used_again);
    tcase_add_test(tests, buffer_remembers_a_failure);
    tcase_add_test(tests, arrays_keep_what_is_in_them);
#ifndef EVTXSEQ_SANITIZED
    tcase_add_test(tests, arrays_stay_when_they_cannot_grow);
#endif
    tcase_add_test(tests, hashes_are_fnv_1a);
}
