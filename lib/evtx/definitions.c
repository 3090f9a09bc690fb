// SPDX-License-Identifier: GPL-3.0-or-later
#include "evtx/definitions.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

enum {
    HINTS = 64,
    PLACES_MAX = 256, // definitions of a chunk that another may be replaced by
    // Definitions met, in slots of a hash table. Real logs have tens; past half of them, all are
    // forgotten and met again.
    KNOWN_SLOTS = 8192,
    FAILURES_MAX = 3,
    NEWS_MAX = 4, // a comparison is of two definitions at most
};

// A definition that stands in the instance which brought it.
struct place {
    uint32_t offset;
    uint32_t id;
};

// A definition met, by its content.
struct known {
    uint64_t hash;
    uint32_t offset; // in `contents`
    uint32_t size;   // bytes; 0 for none
    enum definition_check check;
    int failures;
};

struct definitions {
    const struct names *names;
    const uint8_t *chunk;
    size_t count; // read so far
    size_t last;  // the number of the one handed out last
    size_t next;  // of the one whose place the next takes when all are taken
    // Where to look first: the number of a definition with such an offset, if there is one.
    uint8_t hints[HINTS];
    uint32_t offsets[DEFINITIONS_MAX];
    struct definition list[DEFINITIONS_MAX];
    bool is_weighed[DEFINITIONS_MAX];
    struct definition_weight weights[DEFINITIONS_MAX]; // of those
    bool has_places;                                   // they have been looked for
    size_t place_count;
    struct place places[PLACES_MAX];
    size_t known_count;
    struct known *known; // KNOWN_SLOTS of them; NULL without names
    struct buffer contents;
    size_t news_count;
    size_t news[NEWS_MAX]; // slots of definitions noted as equal, not yet told
};

struct definitions *definitions_new(const struct names *names) {
    struct definitions *definitions = calloc(1, sizeof *definitions);
    if (definitions == NULL || names == NULL) {
        return definitions;
    }
    definitions->names = names;
    definitions->known = calloc(KNOWN_SLOTS, sizeof *definitions->known);
    if (definitions->known == NULL) {
        free(definitions);
        return NULL;
    }
    return definitions;
}

void definitions_free(struct definitions *definitions) {
    if (definitions != NULL) {
        buffer_free(&definitions->contents);
        free(definitions->known);
        free(definitions);
    }
}

void definitions_start(struct definitions *definitions, const uint8_t *chunk) {
    definitions->chunk = chunk;
    definitions->count = 0;
    definitions->has_places = false;
}

// Places

// Finds all definitions in the chunk that stand in the instance which brought them.
static void find_places(struct definitions *definitions) {
    const uint8_t *chunk = definitions->chunk;
    const uint8_t *found = chunk + CHUNK_HEADER_SIZE;
    const uint8_t *end = chunk + CHUNK_SIZE;
    definitions->has_places = true;
    definitions->place_count = 0;
    // Text hardly ever has the token, and memchr() is several times as fast as memmem().
    while (definitions->place_count < PLACES_MAX &&
           (found = memchr(found, TOKEN_TEMPLATE_INSTANCE, (size_t)(end - found))) != NULL) {
        size_t at = (size_t)(found - chunk) + 10;
        if (at <= CHUNK_SIZE - DEFINITION_HEADER_SIZE && bytes_u32(found + 6) == at &&
            bytes_u32(found + 2) == bytes_u32(chunk + at + 4)) {
            definitions->places[definitions->place_count++] =
                (struct place){(uint32_t)at, bytes_u32(found + 2)};
        }
        found++;
    }
}

// libevtx takes only those that stand before the instance.
static bool find_other(struct definitions *definitions, const struct instance *instance,
                       uint32_t *offset) {
    if (!definitions->has_places) {
        find_places(definitions);
    }
    for (size_t i = 0; i < definitions->place_count; i++) {
        const struct place *place = &definitions->places[i];
        if (place->id == instance->template_id && place->offset < instance->link) {
            *offset = place->offset;
            return true;
        }
    }
    return false;
}

struct definition_place definitions_place(struct definitions *definitions,
                                          const struct instance *instance, bool is_remains) {
    struct definition_place place = {.offset = instance->definition};
    if (!instance_is_definition_of(definitions->chunk, place.offset, instance->template_id) &&
        !instance->is_inline && is_remains) {
        place.is_replaced = find_other(definitions, instance, &place.offset);
        place.is_gone = !place.is_replaced;
    }
    return place;
}

// Definitions met

static void forget_all(struct definitions *definitions) {
    memset(definitions->known, 0, KNOWN_SLOTS * sizeof *definitions->known);
    definitions->known_count = 0;
    definitions->news_count = 0;
    buffer_clear(&definitions->contents);
}

static bool is_same(const struct definitions *definitions, const struct known *known,
                    const struct known *other) {
    const char *contents = definitions->contents.data;
    return known->hash == other->hash && known->size == other->size &&
           memcmp(contents + known->offset, contents + other->offset, other->size) == 0;
}

// The number of the definition whose content from `begin` on has just been added to the contents,
// or -1 when there is no memory to know it.
static int recognise(struct definitions *definitions, size_t begin) {
    struct buffer *contents = &definitions->contents;
    if (contents->failed) {
        buffer_free(contents);
        forget_all(definitions);
        return -1;
    }
    size_t size = contents->size - begin;
    struct known met = {hash_words(0, contents->data + begin, size), (uint32_t)begin,
                        (uint32_t)size, DEFINITION_UNCHECKED, 0};
    size_t slot = met.hash % KNOWN_SLOTS;
    for (; definitions->known[slot].size != 0; slot = (slot + 1) % KNOWN_SLOTS) {
        if (is_same(definitions, &definitions->known[slot], &met)) {
            contents->size = begin;
            return (int)slot;
        }
    }
    definitions->known[slot] = met;
    definitions->known_count++;
    return (int)slot;
}

enum definition_check definitions_check(const struct definitions *definitions,
                                        const struct definition *definition) {
    return definition->known < 0 ? DEFINITION_UNCHECKED
                                 : definitions->known[definition->known].check;
}

void definitions_note(struct definitions *definitions, const struct definition *definition,
                      enum definition_check check) {
    if (definition->known < 0) {
        return;
    }
    struct known *known = &definitions->known[definition->known];
    if (check == DEFINITION_EQUAL && definitions->news_count < NEWS_MAX) {
        definitions->news[definitions->news_count++] = (size_t)definition->known;
    }
    if (check == DEFINITION_UNCHECKED && ++known->failures == FAILURES_MAX) {
        check = DEFINITION_EQUAL;
    }
    known->check = check;
}

const char *definitions_next_equal(struct definitions *definitions, size_t *size) {
    if (definitions->news_count == 0) {
        return NULL;
    }
    const struct known *known = &definitions->known[definitions->news[--definitions->news_count]];
    *size = known->size;
    return definitions->contents.data + known->offset;
}

void definitions_learn(struct definitions *definitions, const char *content, size_t size) {
    size_t begin = definitions->contents.size;
    if (definitions->known == NULL || definitions->known_count >= KNOWN_SLOTS / 2) {
        return;
    }
    buffer_add(&definitions->contents, content, size);
    int slot = recognise(definitions, begin);
    if (slot >= 0) {
        definitions->known[slot].check = DEFINITION_EQUAL;
    }
}

// Definitions of the chunk

// A place for one more; never that of the last one handed out, which is still in use.
static size_t make_room(struct definitions *definitions) {
    if (definitions->known != NULL && definitions->known_count >= KNOWN_SLOTS / 2) {
        forget_all(definitions);
        for (size_t i = 0; i < definitions->count; i++) {
            definitions->list[i].known = -1;
        }
    }
    if (definitions->count < DEFINITIONS_MAX) {
        return definitions->count++;
    }
    size_t number = definitions->next % DEFINITIONS_MAX;
    number = number == definitions->last ? (number + 1) % DEFINITIONS_MAX : number;
    definitions->next = number + 1;
    return number;
}

// Apart from definitions_read(), which every record needs, and few need this.
__attribute__((noinline)) static const struct definition *add(struct definitions *definitions,
                                                              uint32_t offset) {
    size_t number = make_room(definitions);
    struct definition *definition = &definitions->list[number];
    size_t begin = definitions->contents.size;
    definitions->offsets[number] = offset;
    definitions->hints[offset / 4 % HINTS] = (uint8_t)number;
    definitions->last = number;
    definitions->is_weighed[number] = false;
    definition_read(definition, definitions->chunk, offset, definitions->names,
                    definitions->known == NULL ? NULL : &definitions->contents);
    definition->known = definitions->known == NULL || !definition->is_understood
                            ? -1
                            : recognise(definitions, begin);
    if (definition->known < 0) {
        definitions->contents.size = begin < definitions->contents.size ? begin : 0;
    }
    return definition;
}

const struct definition *definitions_read(struct definitions *definitions, uint32_t offset) {
    size_t hint = definitions->hints[offset / 4 % HINTS];
    if (hint < definitions->count && definitions->offsets[hint] == offset) {
        definitions->last = hint;
        return &definitions->list[hint];
    }
    for (size_t i = 0; i < definitions->count; i++) {
        if (definitions->offsets[i] == offset) {
            definitions->hints[offset / 4 % HINTS] = (uint8_t)i;
            definitions->last = i;
            return &definitions->list[i];
        }
    }
    return add(definitions, offset);
}

const struct definition_weight *definitions_weigh(struct definitions *definitions,
                                                  const struct definition *definition) {
    size_t number = (size_t)(definition - definitions->list);
    if (!definitions->is_weighed[number]) {
        definition_weigh(definitions->chunk, &definition->run, &definitions->weights[number]);
        definitions->is_weighed[number] = true;
    }
    return &definitions->weights[number];
}

void definitions_read_inline(const struct definitions *definitions, struct definition *definition,
                             uint32_t offset, uint32_t size) {
    definition_read_inline(definition, definitions->chunk, offset, size, definitions->names);
    definition->known = -1;
}
