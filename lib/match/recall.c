// SPDX-License-Identifier: GPL-3.0-or-later
#include "match/recall.h"

#include <stdlib.h>

#include "base/array.h"

static bool add(struct recall *recall, struct stage_event *event) {
    event->is_wanted =
        recall->count < NOTES_MAX &&
        array_add(&recall->events, &recall->count, &recall->capacity, &event, sizeof event);
    return event->is_wanted;
}

// The findings' events, each once.
static bool list_events(struct recall *recall, struct timeline *timeline,
                        const struct findings *findings, bool is_all) {
    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *finding = &findings->list[i];
        for (size_t k = 0; k < finding->event_count; k++) {
            struct stage_event *event = &timeline->events[finding->events[k] - timeline->events];
            bool is_asked = event->is_lasting && (is_all || event->is_brief);
            if (is_asked && !event->is_wanted && !add(recall, event)) {
                return false;
            }
        }
    }
    return true;
}

static bool list_places(struct recall *recall, const uint32_t *ranks) {
    struct note_place *list = calloc(recall->count + 1, sizeof *list);
    recall->places = (struct note_places){list, recall->count};
    for (size_t i = 0; list != NULL && i < recall->count; i++) {
        const struct stage_event *event = recall->events[i];
        list[i] = (struct note_place){.offset = event->offset,
                                      .chunk = event->offset - event->in_chunk,
                                      .input = ranks[event->input],
                                      .note = (uint32_t)i};
    }
    if (list != NULL) {
        note_places_sort(&recall->places);
    }
    return list != NULL;
}

bool recall_make(struct recall *recall, struct timeline *timeline, const struct findings *findings,
                 bool is_all, const uint32_t *ranks) {
    *recall = (struct recall){.timeline = timeline};
    bool ok = list_events(recall, timeline, findings, is_all) && list_places(recall, ranks);
    if (!ok) {
        recall_free(recall);
    }
    return ok;
}

bool recall_take(const struct recall *recall, uint32_t rank, uint64_t offset,
                 const struct event *event) {
    const struct note_places *places = &recall->places;
    size_t at = note_places_find(places, rank, offset);
    bool is_same = true;
    for (; note_places_have(places, at, rank, offset); at++) {
        struct stage_event *kept = recall->events[places->list[at].note];
        is_same = timeline_is_same(kept, event) && is_same;
        (void)timeline_restore(recall->timeline, kept, event);
    }
    return is_same;
}

void recall_free(struct recall *recall) {
    free(recall->events);
    note_places_free(&recall->places);
    *recall = (struct recall){0};
}
