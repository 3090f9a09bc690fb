// SPDX-License-Identifier: GPL-3.0-or-later
#include "rules/recurring.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

enum {
    PAIRS_BITS = 10,
    SEEN_BITS = 13,
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

// A value may have either place. The one that was asked for last stays where there is another. The
// hashes are apart from the places, so that no place is looked at in vain; and those are given out
// in turn, so that a process with few values takes few pages.
struct pair {
    uint64_t hashes[2];
    uint16_t places[2]; // their numbers, from 1 on; 0: none yet
    uint32_t last;
};

struct recurring {
    uint64_t numbers;              // given so far
    size_t place_count;            // the same
    uint32_t seen[1 << SEEN_BITS]; // parts of the hashes of values that have come, by others
    struct pair pairs[1 << PAIRS_BITS];
    struct place places[1 + (2 << PAIRS_BITS)]; // the first is never a value's
};

_Static_assert((2 << PAIRS_BITS) <= UINT16_MAX, "numbers of places");

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

// Whether a value of this hash has come before, as far as is remembered. Now it has.
static bool has_come(struct recurring *recurring, uint64_t hash) {
    uint32_t *seen = &recurring->seen[hash >> (64 - SEEN_BITS)];
    bool is_seen = *seen == (uint32_t)hash;
    *seen = (uint32_t)hash;
    return is_seen;
}

struct recurring_value *recurring_find(struct recurring *recurring, enum event_data data,
                                       const struct value *value) {
    if (value->size > SIZE_MAX_KEPT) {
        return NULL;
    }
    uint64_t hash = hash_words(data, value->bytes, value->size);
    size_t number = (size_t)(hash >> (64 - PAIRS_BITS));
    struct pair *pair = &recurring->pairs[number];
    size_t which = pair->hashes[pair->last] == hash ? pair->last : pair->last ^ 1U;
    struct place *place = &recurring->places[pair->places[which]];
    bool is_new = pair->hashes[which] != hash || !is_same(place, data, value);
    if (is_new) {
        if (!has_come(recurring, hash)) {
            return NULL;
        }
        if (pair->places[which] == 0) {
            pair->places[which] = (uint16_t)++recurring->place_count;
            place = &recurring->places[recurring->place_count];
        }
        take_up(place, data, value);
        pair->hashes[which] = hash;
        place->value.number = ++recurring->numbers;
    }
    place->value.is_new = is_new;
    pair->last = (uint32_t)which;
    return &place->value;
}
