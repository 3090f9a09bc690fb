// SPDX-License-Identifier: GPL-3.0-or-later
// Remembers values, in a table.
#include "rules/recurring.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

enum {
    PAIRS_BITS = 10,
    SIZE_MAX_KEPT = 480, // bytes; nearly all paths and most command lines have fewer
};

struct place {
    struct recurring_value value;
    uint8_t data;
    uint8_t type;
    bool is_literal;
    uint16_t size;
    uint8_t bytes[SIZE_MAX_KEPT];
};

_Static_assert(DATA_COUNT <= UINT8_MAX && SIZE_MAX_KEPT <= UINT16_MAX, "what a place has room for");

// A value may have either place. The one that was asked for last stays where there is another.
struct pair {
    struct place places[2];
    uint8_t last;
};

struct recurring {
    uint64_t numbers; // given so far
    struct pair pairs[1 << PAIRS_BITS];
};

struct recurring *recurring_new(void) {
    return calloc(1, sizeof(struct recurring));
}

void recurring_free(struct recurring *recurring) {
    free(recurring);
}

static bool is_same(const struct place *place, enum event_data data, const struct value *value) {
    return place->size == value->size && place->data == data && place->type == value->type &&
           place->is_literal == value->is_literal && place->value.number != 0 &&
           memcmp(place->bytes, value->bytes, value->size) == 0;
}

static void take_up(struct place *place, enum event_data data, const struct value *value) {
    place->data = (uint8_t)data;
    place->type = value->type;
    place->is_literal = value->is_literal;
    place->size = (uint16_t)value->size;
    memcpy(place->bytes, value->bytes, value->size);
}

struct recurring_value *recurring_find(struct recurring *recurring, enum event_data data,
                                       const struct value *value) {
    if (value->size > SIZE_MAX_KEPT) {
        return NULL;
    }
    uint64_t hash = hash_words(data, value->bytes, value->size);
    struct pair *pair = &recurring->pairs[hash >> (64 - PAIRS_BITS)];
    bool is_last = is_same(&pair->places[pair->last], data, value);
    pair->last ^= !is_last;
    struct place *place = &pair->places[pair->last];
    bool is_known = is_last || is_same(place, data, value);
    if (!is_known) {
        take_up(place, data, value);
        place->value.number = ++recurring->numbers;
    }
    place->value.is_new = !is_known;
    return &place->value;
}
