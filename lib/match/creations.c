// SPDX-License-Identifier: GPL-3.0-or-later
#include "match/creations.h"

#include <stdlib.h>

#include "base/array.h"

static void free_indexes(struct creations *creations) {
    note_index_free(&creations->processes);
    note_index_free(&creations->children);
    free(creations->chosen);
    creations->chosen = NULL;
}

void creations_free(struct creations *creations) {
    for (size_t i = 0; creations->fetched != NULL && i < creations->count; i++) {
        free(creations->fetched[i].event);
    }
    free(creations->fetched);
    free(creations->list);
    free_indexes(creations);
    notes_free(&creations->notes);
    *creations = (struct creations){0};
}

// Choosing

bool creations_index(struct creations *creations) {
    struct notes *notes = &creations->notes;
    notes_sort(notes);
    creations->chosen = calloc(notes->count + 1, sizeof *creations->chosen);
    for (size_t i = 0; creations->chosen != NULL && i < notes->count; i++) {
        creations->chosen[i] = CREATIONS_NONE;
    }
    return creations->chosen != NULL &&
           note_index_make(&creations->processes, notes, PROCESS_SELF) &&
           note_index_make(&creations->children, notes, PROCESS_PARENT);
}

uint32_t creations_find(const struct creations *creations, uint64_t process, int64_t time) {
    const struct note_index *index = &creations->processes;
    const struct notes *notes = &creations->notes;
    size_t place = note_index_after(index, notes, process, time, UINT64_MAX);
    if (place > 0 && note_index_has(index, notes, place - 1, process)) {
        return index->numbers[place - 1];
    }
    return note_index_has(index, notes, place, process) ? index->numbers[place] : CREATIONS_NONE;
}

static uint32_t count_notes(const struct creations *creations, uint64_t process) {
    const struct note_index *index = &creations->processes;
    const struct notes *notes = &creations->notes;
    return process == 0
               ? 0
               : (uint32_t)(note_index_after(index, notes, process, INT64_MAX, UINT64_MAX) -
                            note_index_find(index, notes, process));
}

// The note on the event itself.
static uint32_t find_own(const struct creations *creations, const struct stage_event *event) {
    const struct note_index *index = &creations->processes;
    const struct notes *notes = &creations->notes;
    struct process process = process_of(event->event, PROCESS_SELF);
    uint64_t key = process_key(&process);
    size_t place = note_index_after(index, notes, key, event->time, event->event->record_id);
    if (place == 0 || !note_index_has(index, notes, place - 1, key)) {
        return CREATIONS_NONE;
    }
    const struct note *note = &notes->list[index->numbers[place - 1]];
    return note->time == event->time && note->record_id == event->event->record_id
               ? index->numbers[place - 1]
               : CREATIONS_NONE;
}

uint32_t creations_others(const struct creations *creations, const struct stage_event *event) {
    struct process process = process_of(event->event, PROCESS_SELF);
    uint32_t count = count_notes(creations, process_key(&process));
    return count - (count > 0 && find_own(creations, event) != CREATIONS_NONE);
}

size_t creations_first_child(const struct creations *creations, uint64_t process) {
    return note_index_find(&creations->children, &creations->notes, process);
}

uint32_t creations_next_child(const struct creations *creations, uint64_t process, size_t *place) {
    const struct note_index *index = &creations->children;
    return note_index_has(index, &creations->notes, *place, process) ? index->numbers[(*place)++]
                                                                     : CREATIONS_NONE;
}

bool creations_choose(struct creations *creations, uint32_t note, uint32_t *number) {
    if (creations->chosen[note] == CREATIONS_NONE) {
        uint32_t count = count_notes(creations, creations->notes.list[note].process);
        const struct creation creation = {.note = note, .others = count - (count > 0)};
        if (!array_add(&creations->list, &creations->count, &creations->capacity, &creation,
                       sizeof creation)) {
            return false;
        }
        creations->chosen[note] = (uint32_t)(creations->count - 1);
    }
    *number = creations->chosen[note];
    return true;
}

const struct note *creations_note(const struct creations *creations, uint32_t number) {
    return &creations->notes.list[creations->list[number].note];
}

void creations_use(struct creations *creations, const struct stage_event *event) {
    uint32_t note = find_own(creations, event);
    if (note != CREATIONS_NONE && creations->chosen[note] != CREATIONS_NONE) {
        creations->list[creations->chosen[note]].event = event;
    }
}

bool creations_keep(struct creations *creations) {
    size_t count = creations->count;
    struct note *notes = calloc(count + 1, sizeof *notes);
    creations->fetched = calloc(count + 1, sizeof *creations->fetched);
    if (notes == NULL || creations->fetched == NULL) {
        free(notes);
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        notes[i] = *creations_note(creations, (uint32_t)i);
        creations->list[i].note = (uint32_t)i;
    }
    free_indexes(creations);
    notes_free(&creations->notes);
    creations->notes = (struct notes){.list = notes, .count = count, .capacity = count + 1};
    return true;
}

// Fetching

bool creations_places(const struct creations *creations, struct note_places *places) {
    if (!note_places_make(places, &creations->notes)) {
        return false;
    }
    size_t kept = 0;
    for (size_t i = 0; i < places->count; i++) {
        if (creations->list[places->list[i].note].event == NULL) {
            places->list[kept++] = places->list[i];
        }
    }
    places->count = kept;
    return true;
}

// An input may have changed.
static bool is_as_noted(const struct note *note, const struct note_scope *scope,
                        const struct event *event) {
    struct note again;
    return note_of(event, scope, &again) && again.process == note->process &&
           again.parent == note->parent && again.time == note->time &&
           again.record_id == note->record_id && again.host == note->host;
}

bool creations_fetch(struct creations *creations, const struct note_scope *scope, uint32_t number,
                     const struct stage_event *event) {
    const struct note *note = creations_note(creations, number);
    struct stage_event *fetched = &creations->fetched[number];
    if (creations->list[number].event != NULL || !is_as_noted(note, scope, event->event)) {
        return false;
    }
    *fetched = *event;
    fetched->time = note->time;
    fetched->own_machine = event_machine(event->event);
    fetched->machine = fetched->own_machine;
    creations->list[number].event = fetched;
    return true;
}

const struct stage_event *creations_event(const struct creations *creations, uint32_t number) {
    return number == CREATIONS_NONE ? NULL : creations->list[number].event;
}

bool creations_agree(const struct stage_event *a, enum process_role role_in_a,
                     const struct stage_event *b, enum process_role role_in_b) {
    if (a == NULL || b == NULL) {
        return false;
    }
    struct process x = process_of(a->event, role_in_a);
    struct process y = process_of(b->event, role_in_b);
    return process_agrees(&x, &y);
}
