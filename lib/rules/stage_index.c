// SPDX-License-Identifier: GPL-3.0-or-later
#include "rules/stage_index.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/array.h"
#include "base/ascii.h"
#include "base/hash.h"
#include "rules/gram.h"

// A field whose values are looked up.
struct watched {
    struct field field;
    bool is_original_name;
    bool has_parts;    // texts that need not be the whole value
    bool has_wholes;   // texts that must
    size_t whole_size; // of the longest of those
};

// A text that is looked for, and whose it is.
struct entry {
    uint64_t key;
    struct guard_text text;
    size_t first, count; // of the index's places
};

// What was found in the values of a field. It is told by numbers that no others ever have.
struct answer {
    uint64_t values; // fields_number()
    uint32_t field;  // number of the watched one
    bool is_nothing;
    uint64_t places[]; // bits: as many words as the index has
};

// So many are remembered, as a power of two, if their places take no more bytes.
enum { ANSWERS_BITS = 12, ANSWERS_SIZE_MAX = 1 << 20 };

struct stage_index {
    struct watched *fields;
    size_t field_count, field_capacity;
    struct entry *entries;
    size_t entry_count, entry_capacity;
    uint32_t *slots; // numbers of entries by their key's hash, from 1 on; 0: none
    unsigned shift;  // from hashes to numbers of slots
    size_t slot_mask;
    // Bits by the keys' hashes, more of them than slots, in less memory: most keys that are not
    // there end here.
    uint64_t *filter;
    struct guard *places;
    uint64_t *always; // bits of places without a guard
    uint64_t *found;
    size_t words;
    char *answers; // by their hashes; of two for one place the later. NULL where none are needed
    unsigned answers_bits;
    size_t answer_size; // bytes
};

// Keys

#define WHOLE_BIT (UINT64_C(1) << 63)

static uint64_t key_of_part(size_t field, uint32_t gram) {
    return (uint64_t)field << 32 | gram;
}

static uint64_t key_of_whole(size_t field, struct text text) {
    const uint64_t number = field;
    uint64_t hash = hash_add(HASH_START, &number, sizeof number);
    return hash_add_folded(hash, text.data, text.size) | WHOLE_BIT;
}

static uint64_t mix(uint64_t key) {
    return key * UINT64_C(0x9e3779b97f4a7c15);
}

static size_t slot_of(const struct stage_index *index, uint64_t key) {
    return (size_t)(mix(key) >> index->shift);
}

// Bits a slot, as a power of two.
enum { FILTER_SHARE = 3 };

static size_t filter_place(const struct stage_index *index, uint64_t key) {
    return (size_t)(mix(key) >> (index->shift - FILTER_SHARE));
}

static bool may_have(const struct stage_index *index, uint64_t key) {
    size_t place = filter_place(index, key);
    return (index->filter[place / 64] >> place % 64 & 1) != 0;
}

// Making

// The number of the field, watched from now on. SIZE_MAX when memory ran out.
static size_t watch(struct stage_index *index, struct field field) {
    size_t i = 0;
    while (i < index->field_count && !field_same(index->fields[i].field, field)) {
        i++;
    }
    const struct watched added = {.field = field,
                                  .is_original_name = field_is_original_name(field)};
    bool is_there =
        i < index->field_count || array_add(&index->fields, &index->field_count,
                                            &index->field_capacity, &added, sizeof added);
    return is_there ? i : SIZE_MAX;
}

static bool add_text(struct stage_index *index, size_t field, const struct guard_text *text,
                     struct entry entry) {
    struct watched *watched = &index->fields[field];
    entry.text = *text;
    if (text->is_whole) {
        entry.key = key_of_whole(field, text->text);
        watched->has_wholes = true;
        watched->whole_size =
            text->text.size > watched->whole_size ? text->text.size : watched->whole_size;
    } else {
        entry.key = key_of_part(field, gram_of(text->text.data + text->gram));
        watched->has_parts = true;
    }
    return array_add(&index->entries, &index->entry_count, &index->entry_capacity, &entry,
                     sizeof entry);
}

// Takes up the predicate that the guards from `first` on are of. `count`: how many.
static bool add_predicate(struct stage_index *index, const struct guards *guards, size_t first,
                          size_t count) {
    struct guard_texts texts = guards_texts(guards, index->places[first].predicate);
    size_t field = watch(index, texts.field);
    for (size_t i = 0; field != SIZE_MAX && i < texts.count; i++) {
        if (!add_text(index, field, &texts.list[i],
                      (struct entry){.first = first, .count = count})) {
            return false;
        }
    }
    return field != SIZE_MAX;
}

static int compare_guards(const void *a, const void *b) {
    const struct guard *x = a;
    const struct guard *y = b;
    return x->predicate != y->predicate ? (x->predicate > y->predicate ? 1 : -1)
                                        : (x->place > y->place) - (x->place < y->place);
}

static int compare_entries(const void *a, const void *b) {
    const struct entry *x = a;
    const struct entry *y = b;
    return (x->key > y->key) - (x->key < y->key);
}

// Takes up the guards of all places.
static bool add_guards(struct stage_index *index, const struct guards *guards,
                       struct guard_list *list) {
    array_sort(list->list, list->count, sizeof *list->list, compare_guards);
    index->places = list->list;
    for (size_t i = 0, next = 0; i < list->count; i = next) {
        while (next < list->count && list->list[next].predicate == list->list[i].predicate) {
            next++;
        }
        if (!add_predicate(index, guards, i, next - i)) {
            return false;
        }
    }
    return !list->failed && index->entry_count < UINT32_MAX;
}

// A slot for each key, that of the first entry with it; most slots stay empty.
static bool fill_slots(struct stage_index *index) {
    unsigned bits = 4;
    while (bits < 32 && index->entry_count > (size_t)1 << bits >> 2) {
        bits++;
    }
    index->shift = 64 - bits;
    index->slot_mask = ((size_t)1 << bits) - 1;
    index->slots = calloc((size_t)1 << bits, sizeof *index->slots);
    index->filter = calloc(((size_t)1 << (bits + FILTER_SHARE)) / 64, sizeof *index->filter);
    if (index->slots == NULL || index->filter == NULL) {
        return false;
    }
    array_sort(index->entries, index->entry_count, sizeof *index->entries, compare_entries);
    for (size_t i = 0; i < index->entry_count; i++) {
        if (i == 0 || index->entries[i].key != index->entries[i - 1].key) {
            size_t slot = slot_of(index, index->entries[i].key);
            while (index->slots[slot] != 0) {
                slot = (slot + 1) & index->slot_mask;
            }
            index->slots[slot] = (uint32_t)i + 1;
            size_t place = filter_place(index, index->entries[i].key);
            index->filter[place / 64] |= UINT64_C(1) << place % 64;
        }
    }
    return true;
}

static void add_place(uint64_t *places, size_t place) {
    places[place / 64] |= UINT64_C(1) << place % 64;
}

static size_t answers_size(const struct stage_index *index) {
    return index->answer_size << index->answers_bits;
}

// Room for answers, fewer where each takes much. Of most events few values come again in a log. No
// page of it is taken before it is used, in a run or in each of its many processes: that of
// calloc() may be taken at once.
static bool make_answers(struct stage_index *index) {
    if (index->field_count == 0) {
        return true;
    }
    index->answers_bits = ANSWERS_BITS;
    while (index->answers_bits > 1 &&
           index->words > ANSWERS_SIZE_MAX / sizeof(uint64_t) >> index->answers_bits) {
        index->answers_bits--;
    }
    index->answer_size = sizeof(struct answer) + index->words * sizeof(uint64_t);
    void *pages =
        mmap(NULL, answers_size(index), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    index->answers = pages == MAP_FAILED ? NULL : pages;
    return index->answers != NULL;
}

struct stage_index *stage_index_new(const struct guards *guards, unsigned event_id,
                                    const size_t *numbers, size_t count) {
    struct guard_list list = {0};
    struct stage_index *index = calloc(1, sizeof *index);
    if (index == NULL) {
        return NULL;
    }
    index->words = (count + 63) / 64;
    index->always = calloc(index->words + 1, sizeof *index->always);
    index->found = calloc(index->words + 1, sizeof *index->found);
    bool is_good = index->always != NULL && index->found != NULL;
    for (size_t i = 0; is_good && i < count; i++) {
        if (!guards_add(guards, numbers[i], event_id, i, &list)) {
            add_place(index->always, i);
        }
    }
    if (!add_guards(index, guards, &list) || !is_good || !fill_slots(index) ||
        !make_answers(index)) {
        stage_index_free(index);
        return NULL;
    }
    return index;
}

void stage_index_free(struct stage_index *index) {
    if (index != NULL) {
        free(index->fields);
        free(index->entries);
        free(index->slots);
        free(index->filter);
        free(index->places);
        free(index->always);
        free(index->found);
        if (index->answers != NULL) {
            (void)munmap(index->answers, answers_size(index));
        }
        free(index);
    }
}

// Searching

// Whether the entry's text stands in the value where its gram was found, at `at`.
static bool stands_at(const struct guard_text *text, struct text value, size_t at) {
    size_t start = at - text->gram;
    return at >= text->gram && value.size - start >= text->text.size &&
           (!text->is_whole || value.size == text->text.size) &&
           ascii_same(value.data + start, text->text.data, text->text.size, true);
}

static void take(const struct stage_index *index, const struct entry *entry, uint64_t *found) {
    for (size_t i = 0; i < entry->count; i++) {
        add_place(found, index->places[entry->first + i].place);
    }
}

// Each of these adds the places of what it finds.

static void look_up(const struct stage_index *index, uint64_t key, struct text value, size_t at,
                    uint64_t *found) {
    const struct entry *end = index->entries + index->entry_count;
    if (!may_have(index, key)) {
        return;
    }
    for (size_t slot = slot_of(index, key); index->slots[slot] != 0;
         slot = (slot + 1) & index->slot_mask) {
        const struct entry *entry = &index->entries[index->slots[slot] - 1];
        if (entry->key == key) {
            for (; entry < end && entry->key == key; entry++) {
                if (stands_at(&entry->text, value, at)) {
                    take(index, entry, found);
                }
            }
            return;
        }
    }
}

static void look_up_parts(const struct stage_index *index, size_t field, struct text value,
                          struct field_reader *reader, uint64_t *found) {
    char *folded = arena_take(&reader->arena, value.size);
    if (folded == NULL) {
        reader->failed = true;
        return;
    }
    for (size_t i = 0; i < value.size; i++) {
        folded[i] = ascii_fold(value.data[i]);
    }
    for (size_t at = 0; at + GRAM_SIZE <= value.size; at++) {
        look_up(index, key_of_part(field, gram_of_folded(folded + at)), value, at, found);
    }
}

static void look_up_value(const struct stage_index *index, size_t field, struct text value,
                          struct field_reader *reader, uint64_t *found) {
    const struct watched *watched = &index->fields[field];
    if (watched->has_wholes && value.size <= watched->whole_size) {
        look_up(index, key_of_whole(field, value), value, 0, found);
    }
    if (watched->has_parts && value.size >= GRAM_SIZE) {
        look_up_parts(index, field, value, reader, found);
    }
}

static void look_up_field(const struct stage_index *index, size_t field,
                          struct field_reader *reader, uint64_t *found) {
    struct field_values values = fields_read(reader, index->fields[field].field, 0);
    for (size_t i = 0; i < values.count; i++) {
        if (values.list[i].type == FIELD_TYPE_TEXT) {
            look_up_value(index, field, values.list[i].text, reader, found);
        }
    }
}

// The same of a field whose values have a number: what was found when they came the last time, if
// that is still known.
static void recall_field(struct stage_index *index, size_t field, uint64_t values,
                         struct field_reader *reader) {
    size_t place =
        (size_t)(mix(values * UINT64_C(0x100000001b3) + field) >> (64 - index->answers_bits));
    struct answer *answer = (void *)(index->answers + place * index->answer_size);
    uint64_t *found = answer->places;
    if (answer->values != values || answer->field != field) {
        memset(found, 0, index->words * sizeof *found);
        look_up_field(index, field, reader, found);
        bool has_failed = reader->failed || reader->subject->failed;
        answer->values = has_failed ? 0 : values;
        answer->field = (uint32_t)field;
        answer->is_nothing = true;
        for (size_t i = 0; i < index->words; i++) {
            answer->is_nothing = answer->is_nothing && found[i] == 0;
        }
    }
    for (size_t i = 0; !answer->is_nothing && i < index->words; i++) {
        index->found[i] |= found[i];
    }
}

const uint64_t *stage_index_search(struct stage_index *index, struct field_reader *reader) {
    memcpy(index->found, index->always, index->words * sizeof *index->found);
    for (size_t field = 0; field < index->field_count; field++) {
        // Of a condition that holds only if a name stands in, the text is found in that name.
        reader->name_stands_in = index->fields[field].is_original_name;
        uint64_t values = fields_number(reader, index->fields[field].field);
        if (values == 0) {
            look_up_field(index, field, reader, index->found);
        } else {
            recall_field(index, field, values, reader);
        }
    }
    reader->name_stands_in = false;
    return index->found;
}
