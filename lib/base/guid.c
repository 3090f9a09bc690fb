// SPDX-License-Identifier: GPL-3.0-or-later
// GUIDs: as text, as they lie in a record, and sets of them to look for in raw bytes.
#include "base/guid.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/bytes.h"

enum {
    DIGITS_SIZE = 36, // the text without its braces
    FIRST_CAPACITY = 64,
    STARTS_BITS = 16,
};

struct slot {
    struct guid guid;
    uint32_t marks; // 0: empty
};

struct guid_set {
    struct slot *slots; // hashed, a power of two of them; at most half are taken
    size_t capacity;
    size_t count;
    // Of the first four bytes that one of the GUIDs, in either form, can have: bit `start_of` them.
    uint64_t starts[(1 << STARTS_BITS) / 64];
};

// Text

// Where in the text, from its first digit on, each byte's two digits stand.
static const uint8_t digit_places[GUID_SIZE] = {6,  4,  2,  0,  11, 9,  16, 14,
                                                19, 21, 24, 26, 28, 30, 32, 34};

static bool is_dash_place(size_t place) {
    return place == 8 || place == 13 || place == 18 || place == 23;
}

static unsigned digit_value(char digit) {
    return digit <= '9' ? (unsigned)(digit - '0') : (unsigned)(ascii_fold(digit) - 'a' + 10);
}

static bool parse_digits(const char digits[DIGITS_SIZE], struct guid *guid) {
    for (size_t i = 0; i < DIGITS_SIZE; i++) {
        if (is_dash_place(i) ? digits[i] != '-' : !ascii_is_hex(digits[i])) {
            return false;
        }
    }
    for (size_t i = 0; i < GUID_SIZE; i++) {
        const char *pair = digits + digit_places[i];
        guid->bytes[i] = (uint8_t)(digit_value(pair[0]) << 4 | digit_value(pair[1]));
    }
    return true;
}

bool guid_parse(const char *text, struct guid *guid) {
    return strlen(text) == GUID_TEXT_SIZE - 1 && text[0] == '{' &&
           text[GUID_TEXT_SIZE - 2] == '}' && parse_digits(text + 1, guid);
}

void guid_format(const struct guid *guid, char text[GUID_TEXT_SIZE]) {
    const uint8_t *b = guid->bytes;
    (void)snprintf(text, GUID_TEXT_SIZE, "{%08x-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x}",
                   bytes_u32(b), bytes_u16(b + 4), bytes_u16(b + 6), b[8], b[9], b[10], b[11],
                   b[12], b[13], b[14], b[15]);
}

// Sets

struct guid_set *guid_set_new(void) {
    struct guid_set *set = calloc(1, sizeof *set);
    if (set != NULL) {
        set->capacity = FIRST_CAPACITY;
        set->slots = calloc(set->capacity, sizeof *set->slots);
        if (set->slots == NULL) {
            free(set);
            return NULL;
        }
    }
    return set;
}

void guid_set_free(struct guid_set *set) {
    if (set != NULL) {
        free(set->slots);
        free(set);
    }
}

size_t guid_set_count(const struct guid_set *set) {
    return set->count;
}

// FNV-1a, as in findings.c; a log can do no worse than make a set slow.
static size_t hash(const struct guid *guid) {
    uint64_t result = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < GUID_SIZE; i++) {
        result = (result ^ guid->bytes[i]) * UINT64_C(0x100000001b3);
    }
    return (size_t)(result ^ result >> 32);
}

static struct slot *find_slot(const struct guid_set *set, const struct guid *guid) {
    size_t at = hash(guid) & (set->capacity - 1);
    while (set->slots[at].marks != 0 && memcmp(&set->slots[at].guid, guid, sizeof *guid) != 0) {
        at = (at + 1) & (set->capacity - 1);
    }
    return &set->slots[at];
}

static bool grow(struct guid_set *set) {
    struct guid_set larger = {.capacity = set->capacity * 2};
    larger.slots = calloc(larger.capacity, sizeof *larger.slots);
    if (larger.slots == NULL) {
        return false;
    }
    for (size_t i = 0; i < set->capacity; i++) {
        if (set->slots[i].marks != 0) {
            *find_slot(&larger, &set->slots[i].guid) = set->slots[i];
        }
    }
    free(set->slots);
    set->slots = larger.slots;
    set->capacity = larger.capacity;
    return true;
}

static unsigned start_of(uint32_t first_bytes) {
    return first_bytes * UINT32_C(0x9e3779b1) >> (32 - STARTS_BITS);
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

bool guid_set_add(struct guid_set *set, const struct guid *guid, uint32_t marks) {
    struct slot *slot = find_slot(set, guid);
    if (slot->marks == 0) {
        if (set->count >= set->capacity / 2) {
            if (!grow(set)) {
                return false;
            }
            slot = find_slot(set, guid);
        }
        slot->guid = *guid;
        set->count++;
        add_start(set, bytes_u32(guid->bytes));
        add_text_starts(set, guid);
    }
    slot->marks |= marks;
    return true;
}

uint32_t guid_set_marks(const struct guid_set *set, const struct guid *guid) {
    return find_slot(set, guid)->marks;
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

static uint32_t marks_at(const struct guid_set *set, const uint8_t *data, size_t size) {
    struct guid guid;
    memcpy(guid.bytes, data, GUID_SIZE);
    uint32_t marks = guid_set_marks(set, &guid);
    return marks == 0 && read_text(data, size, &guid) ? guid_set_marks(set, &guid) : marks;
}

uint32_t guid_set_search(const struct guid_set *set, const uint8_t *data, size_t size, size_t *at) {
    for (size_t i = *at; size >= GUID_SIZE && i <= size - GUID_SIZE; i++) {
        unsigned start = start_of(bytes_u32(data + i));
        if ((set->starts[start / 64] >> start % 64 & 1) == 0) {
            continue;
        }
        uint32_t marks = marks_at(set, data + i, size - i);
        if (marks != 0) {
            *at = i;
            return marks;
        }
    }
    return 0;
}
