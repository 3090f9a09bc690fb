// SPDX-License-Identifier: GPL-3.0-or-later
#include "match/notes.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/order.h"
#include "base/search.h"

// The scope

void note_scope_free(struct note_scope *scope) {
    free(scope->hosts);
    guid_set_free(&scope->guids);
    *scope = (struct note_scope){0};
}

static size_t find_host(const struct note_scope *scope, uint64_t key) {
    return search_first(scope->hosts, scope->host_count, sizeof *scope->hosts, &key,
                        order_numbers_at);
}

static bool has_host(const struct note_scope *scope, size_t at, uint64_t key) {
    return at < scope->host_count && scope->hosts[at] == key;
}

static bool add_host(struct note_scope *scope, uint64_t key) {
    size_t count = scope->host_count;
    return (count > 0 && scope->hosts[count - 1] == key) ||
           array_add(&scope->hosts, &scope->host_count, &scope->host_capacity, &key, sizeof key);
}

static bool add_process(struct note_scope *scope, const struct event *event,
                        enum process_role role) {
    struct process process = process_of(event, role);
    return !process.has_guid || (guid_set_add(&scope->guids, &process.guid) &&
                                 add_host(scope, process_host_key(&process)));
}

bool note_scope_add(struct note_scope *scope, const struct event *event) {
    return add_process(scope, event, PROCESS_SELF) &&
           (event->id != PROCESS_CREATION || add_process(scope, event, PROCESS_PARENT));
}

void note_scope_sort(struct note_scope *scope) {
    size_t kept = 0;
    array_sort(scope->hosts, scope->host_count, sizeof *scope->hosts, order_numbers_at);
    for (size_t i = 0; i < scope->host_count; i++) {
        if (kept == 0 || scope->hosts[kept - 1] != scope->hosts[i]) {
            scope->hosts[kept++] = scope->hosts[i];
        }
    }
    scope->host_count = kept;
    guid_set_sort(&scope->guids);
}

bool note_scope_needs(const struct note_scope *scope, const uint8_t *bytes, size_t size) {
    return guid_set_search(&scope->guids, bytes, size);
}

bool note_of(const struct event *event, const struct note_scope *scope, struct note *note) {
    if (event->id != PROCESS_CREATION) {
        return false;
    }
    struct process process = process_of(event, PROCESS_SELF);
    struct process parent = process_of(event, PROCESS_PARENT);
    uint64_t key = process_host_key(&process);
    size_t host = find_host(scope, key);
    if (!has_host(scope, host, key)) {
        return false;
    }
    *note = (struct note){
        .process = process_key(&process),
        .parent = process_key(&parent),
        .time = event_time(event, scope->clock),
        .record_id = event->record_id,
        .host = (uint32_t)host,
    };
    return true;
}

// Notes

static int compare_identities(const struct note *a, const struct note *b) {
    int result = order_numbers(a->host, b->host);
    result = result != 0 ? result : order_times(a->time, b->time);
    return result != 0 ? result : order_numbers(a->record_id, b->record_id);
}

static int compare_notes(const void *left, const void *right) {
    const struct note *a = left;
    const struct note *b = right;
    int result = compare_identities(a, b);
    result = result != 0 ? result : order_numbers(a->recovered, b->recovered);
    result = result != 0 ? result : order_numbers(a->input, b->input);
    result = result != 0 ? result : order_numbers(a->chunk + a->record, b->chunk + b->record);
    return result != 0 ? result : order_numbers(a->chunk, b->chunk);
}

void notes_sort(struct notes *notes) {
    size_t kept = 0;
    array_sort(notes->list, notes->count, sizeof *notes->list, compare_notes);
    for (size_t i = 0; i < notes->count; i++) {
        if (kept == 0 || compare_identities(&notes->list[kept - 1], &notes->list[i]) != 0) {
            notes->list[kept++] = notes->list[i];
        }
    }
    notes->count = kept;
}

// Makes room for one more. Repetitions go first, as in timeline.c.
static bool make_room(struct notes *notes) {
    if (notes->count < notes->capacity) {
        return true;
    }
    notes_sort(notes);
    if (notes->count <= notes->capacity / 2 && notes->capacity > 0) {
        return true;
    }
    return notes->capacity < NOTES_MAX &&
           array_grow(&notes->list, notes->capacity, &notes->capacity, sizeof *notes->list);
}

bool notes_add(struct notes *notes, const struct note *note) {
    if (!make_room(notes)) {
        return false;
    }
    notes->list[notes->count++] = *note;
    return true;
}

void notes_free(struct notes *notes) {
    free(notes->list);
    *notes = (struct notes){0};
}

// The index

static uint64_t key_of(const struct note *note, enum process_role role) {
    return role == PROCESS_SELF ? note->process : note->parent;
}

struct order {
    const struct notes *notes;
    enum process_role role;
};

// A place in an index: what its notes are ordered by.
struct place_key {
    uint64_t key;
    int64_t time;
    uint64_t record_id;
};

static struct place_key place_key_of(const struct order *order, uint32_t number) {
    const struct note *note = &order->notes->list[number];
    return (struct place_key){key_of(note, order->role), note->time, note->record_id};
}

static int compare_place_keys(struct place_key a, struct place_key b) {
    int result = order_numbers(a.key, b.key);
    result = result != 0 ? result : order_times(a.time, b.time);
    return result != 0 ? result : order_numbers(a.record_id, b.record_id);
}

static int compare_places(const void *left, const void *right, void *order) {
    const uint32_t *a = left;
    const uint32_t *b = right;
    int result = compare_place_keys(place_key_of(order, *a), place_key_of(order, *b));
    return result != 0 ? result : order_numbers(*a, *b);
}

// Brings those of the same keys together.
static int compare_both_keys(const void *left, const void *right, void *order) {
    const struct notes *notes = ((const struct order *)order)->notes;
    const uint32_t *a = left;
    const uint32_t *b = right;
    int result = order_numbers(notes->list[*a].parent, notes->list[*b].parent);
    result = result != 0 ? result : order_numbers(notes->list[*a].process, notes->list[*b].process);
    return result != 0 ? result : order_numbers(*a, *b);
}

static bool repeats(const struct note *before, const struct note *note) {
    return note->process != 0 && note->process == before->process && note->parent == before->parent;
}

static void drop_repeats(struct note_index *index, struct order *order) {
    const struct note *notes = order->notes->list;
    size_t kept = 0;
    qsort_r(index->numbers, index->count, sizeof *index->numbers, compare_both_keys, order);
    for (size_t i = 0; i < index->count; i++) {
        if (kept == 0 || !repeats(&notes[index->numbers[kept - 1]], &notes[index->numbers[i]])) {
            index->numbers[kept++] = index->numbers[i];
        }
    }
    index->count = kept;
}

static bool belongs(const struct note *note, enum process_role role) {
    return key_of(note, role) != 0 && (role == PROCESS_SELF || note->process != note->parent);
}

bool note_index_make(struct note_index *index, const struct notes *notes, enum process_role role) {
    struct order order = {notes, role};
    *index = (struct note_index){.role = role};
    index->numbers = calloc(notes->count + 1, sizeof *index->numbers);
    if (index->numbers == NULL) {
        return false;
    }
    for (size_t i = 0; i < notes->count; i++) {
        if (belongs(&notes->list[i], role)) {
            index->numbers[index->count++] = (uint32_t)i;
        }
    }
    if (role == PROCESS_PARENT) {
        drop_repeats(index, &order);
    }
    qsort_r(index->numbers, index->count, sizeof *index->numbers, compare_places, &order);
    return true;
}

void note_index_free(struct note_index *index) {
    free(index->numbers);
    *index = (struct note_index){0};
}

bool note_index_has(const struct note_index *index, const struct notes *notes, size_t place,
                    uint64_t key) {
    return place < index->count && key_of(&notes->list[index->numbers[place]], index->role) == key;
}

struct wanted_place {
    struct order order;
    struct place_key key;
};

// What is equal comes before, too.
static int compare_with_place(const void *number, const void *wanted) {
    const struct wanted_place *place = wanted;
    const uint32_t *at = number;
    return compare_place_keys(place_key_of(&place->order, *at), place->key) <= 0 ? -1 : 1;
}

size_t note_index_after(const struct note_index *index, const struct notes *notes, uint64_t key,
                        int64_t time, uint64_t record_id) {
    const struct wanted_place wanted = {{notes, index->role}, {key, time, record_id}};
    return search_first(index->numbers, index->count, sizeof *index->numbers, &wanted,
                        compare_with_place);
}

size_t note_index_find(const struct note_index *index, const struct notes *notes, uint64_t key) {
    return key == 0 ? 0 : note_index_after(index, notes, key - 1, INT64_MAX, UINT64_MAX);
}

// Places

static int compare_note_places(const void *left, const void *right) {
    const struct note_place *a = left;
    const struct note_place *b = right;
    int result = order_numbers(a->input, b->input);
    result = result != 0 ? result : order_numbers(a->offset, b->offset);
    return result != 0 ? result : order_numbers(a->chunk, b->chunk);
}

void note_places_sort(struct note_places *places) {
    array_sort(places->list, places->count, sizeof *places->list, compare_note_places);
}

bool note_places_make(struct note_places *places, const struct notes *notes) {
    *places = (struct note_places){.list = calloc(notes->count + 1, sizeof *places->list)};
    if (places->list == NULL) {
        return false;
    }
    for (size_t i = 0; i < notes->count; i++) {
        const struct note *note = &notes->list[i];
        places->list[places->count++] = (struct note_place){.offset = note->chunk + note->record,
                                                            .chunk = note->chunk,
                                                            .input = note->input,
                                                            .note = (uint32_t)i};
    }
    note_places_sort(places);
    return true;
}

void note_places_free(struct note_places *places) {
    free(places->list);
    *places = (struct note_places){0};
}

size_t note_places_find(const struct note_places *places, uint32_t input, uint64_t offset) {
    const struct note_place place = {.offset = offset, .input = input};
    return search_first(places->list, places->count, sizeof *places->list, &place,
                        compare_note_places);
}

bool note_places_have(const struct note_places *places, size_t at, uint32_t input,
                      uint64_t offset) {
    return at < places->count && places->list[at].input == input &&
           places->list[at].offset == offset;
}

bool note_places_have_input(const struct note_places *places, uint32_t input) {
    size_t at = note_places_find(places, input, 0);
    return at < places->count && places->list[at].input == input;
}
