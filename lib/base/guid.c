// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/guid.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/ascii.h"
#include "base/bytes.h"

enum { DIGITS_SIZE = 36 }; // the text without its braces

// Text

// Where in the text, from its first digit on, each byte's two digits stand.
static const uint8_t digit_places[GUID_SIZE] = {6,  4,  2,  0,  11, 9,  16, 14,
                                                19, 21, 24, 26, 28, 30, 32, 34};

static bool parse_digits(const char digits[DIGITS_SIZE], struct guid *guid) {
    unsigned all = 0;
    for (size_t i = 0; i < GUID_SIZE; i++) {
        const char *pair = digits + digit_places[i];
        unsigned byte = ascii_digit(pair[0]) << 4 | ascii_digit(pair[1]);
        guid->bytes[i] = (uint8_t)byte;
        all |= byte;
    }
    return all <= UINT8_MAX && digits[8] == '-' && digits[13] == '-' && digits[18] == '-' &&
           digits[23] == '-';
}

bool guid_parse(const char *text, struct guid *guid) {
    return strlen(text) == GUID_TEXT_SIZE - 1 && text[0] == '{' &&
           text[GUID_TEXT_SIZE - 2] == '}' && parse_digits(text + 1, guid);
}

void guid_format(const uint8_t bytes[GUID_SIZE], char text[GUID_TEXT_SIZE]) {
    static const char digits[] = "0123456789ABCDEF";
    memcpy(text, "{00000000-0000-0000-0000-000000000000}", GUID_TEXT_SIZE);
    for (size_t i = 0; i < GUID_SIZE; i++) {
        char *pair = text + 1 + digit_places[i];
        pair[0] = digits[bytes[i] >> 4];
        pair[1] = digits[bytes[i] & 15];
    }
}

// Sets

void guid_set_free(struct guid_set *set) {
    free(set->list);
    *set = (struct guid_set){0};
}

static unsigned start_of(uint32_t first_bytes) {
    return first_bytes * UINT32_C(0x9e3779b1) >> (32 - GUID_STARTS_BITS);
}

static void add_start(struct guid_set *set, uint32_t first_bytes) {
    unsigned start = start_of(first_bytes);
    set->starts[start / 64] |= UINT64_C(1) << start % 64;
}

// The first two digits as text, in each case that they can have.
static void add_text_starts(struct guid_set *set, const struct guid *guid) {
    static const char digits[2][17] = {"0123456789abcdef", "0123456789ABCDEF"};
    unsigned high = guid->bytes[3] >> 4;
    unsigned low = guid->bytes[3] & 15;
    for (int i = 0; i < 4; i++) {
        add_start(set, (uint32_t)digits[i & 1][high] | (uint32_t)digits[i >> 1][low] << 16);
    }
}

bool guid_set_add(struct guid_set *set, const struct guid *guid) {
    add_start(set, bytes_u32(guid->bytes));
    add_text_starts(set, guid);
    return array_add(&set->list, &set->count, &set->capacity, guid, sizeof *guid);
}

static int compare(const void *a, const void *b) {
    return memcmp(a, b, sizeof(struct guid));
}

void guid_set_sort(struct guid_set *set) {
    size_t kept = 0;
    array_sort(set->list, set->count, sizeof *set->list, compare);
    for (size_t i = 0; i < set->count; i++) {
        if (kept == 0 || compare(&set->list[kept - 1], &set->list[i]) != 0) {
            set->list[kept++] = set->list[i];
        }
    }
    set->count = kept;
}

static bool has(const struct guid_set *set, const struct guid *guid) {
    return set->count > 0 &&
           bsearch(guid, set->list, set->count, sizeof *set->list, compare) != NULL;
}

static bool read_text(const uint8_t *data, size_t size, struct guid *guid) {
    char digits[DIGITS_SIZE];
    if (size < sizeof digits * 2) {
        return false;
    }
    for (size_t i = 0; i < DIGITS_SIZE; i++) {
        if (data[2 * i + 1] != 0) {
            return false;
        }
        digits[i] = (char)data[2 * i];
    }
    return parse_digits(digits, guid);
}

static bool is_at(const struct guid_set *set, const uint8_t *data, size_t size) {
    struct guid guid;
    memcpy(guid.bytes, data, GUID_SIZE);
    return has(set, &guid) || (read_text(data, size, &guid) && has(set, &guid));
}

bool guid_set_search(const struct guid_set *set, const uint8_t *data, size_t size) {
    for (size_t i = 0; size >= GUID_SIZE && i <= size - GUID_SIZE; i++) {
        unsigned start = start_of(bytes_u32(data + i));
        if ((set->starts[start / 64] >> start % 64 & 1) != 0 && is_at(set, data + i, size - i)) {
            return true;
        }
    }
    return false;
}
