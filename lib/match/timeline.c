// SPDX-License-Identifier: GPL-3.0-or-later
#include "match/timeline.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/ascii.h"
#include "base/hash.h"
#include "base/order.h"

static const char *computer_of(const struct stage_event *event) {
    const char *computer = event_value(event->event, DATA_COMPUTER);
    return computer == NULL ? "" : computer;
}

// Most are of one host, and spell it one way.
static int compare_hosts(const struct stage_event *a, const struct stage_event *b) {
    const char *x = computer_of(a);
    const char *y = computer_of(b);
    int result = strcmp(x, y) == 0 ? 0 : ascii_compare(x, y);
    return result != 0 ? result : order_numbers(a->machine, b->machine);
}

void timeline_add_host_id(const struct stage_event *event, struct buffer *out) {
    for (const char *c = computer_of(event); *c != '\0'; c++) {
        buffer_add_byte(out, ascii_fold(*c));
    }
    buffer_add_byte(out, '-');
    buffer_printf(out, EVENT_MACHINE_FORMAT, event->machine);
}

// Of events on one host.
static int compare_identities(const struct stage_event *a, const struct stage_event *b) {
    int result = order_times(a->time, b->time);
    result = result != 0 ? result : order_numbers(a->event->record_id, b->event->record_id);
    return result != 0 ? result : order_numbers(a->event->id, b->event->id);
}

// A total order but for the very same record, so that the result does not depend on that of adding.
static int compare_events(const void *left, const void *right) {
    const struct stage_event *a = left;
    const struct stage_event *b = right;
    int result = compare_hosts(a, b);
    result = result != 0 ? result : compare_identities(a, b);
    result = result != 0 ? result : order_numbers(a->recovered, b->recovered);
    result = result != 0 ? result : strcmp(a->path, b->path);
    return result != 0 ? result : order_numbers(a->offset, b->offset);
}

static void drop(struct timeline *timeline, struct stage_event *event) {
    timeline->whole_size -= event->is_brief ? 0 : event->event->size;
    free(event->event);
    free(event->sightings);
}

// Drops an event that is the same as the one kept, which was seen there, too.
static void drop_repetition(struct timeline *timeline, struct stage_event *kept,
                            struct stage_event *event) {
    bool is_elsewhere = strcmp(kept->path, event->path) != 0;
    if ((is_elsewhere && !sightings_add(&kept->sightings, event->path)) ||
        !sightings_merge(&kept->sightings, event->sightings)) {
        timeline->has_failed = true;
    }
    drop(timeline, event);
}

void timeline_sort(struct timeline *timeline) {
    size_t kept = 0;
    array_sort(timeline->events, timeline->count, sizeof *timeline->events, compare_events);
    for (size_t i = 0; i < timeline->count; i++) {
        struct stage_event *event = &timeline->events[i];
        struct stage_event *last = kept == 0 ? NULL : &timeline->events[kept - 1];
        bool is_other_host = last != NULL && compare_hosts(last, event) != 0;
        if (last != NULL && !is_other_host && compare_identities(last, event) == 0) {
            drop_repetition(timeline, last, event);
            continue;
        }
        event->host = last == NULL ? 0 : last->host + is_other_host;
        timeline->events[kept++] = *event;
    }
    timeline->count = kept;
}

// Makes room for one more. Repetitions go first, so that reading the same events over and over
// takes no more memory than reading them once.
static bool make_room(struct timeline *timeline) {
    if (timeline->count < timeline->capacity) {
        return true;
    }
    timeline_sort(timeline);
    if (timeline->count <= timeline->capacity / 2 && timeline->capacity > 0) {
        return true;
    }
    return array_grow(&timeline->events, timeline->capacity, &timeline->capacity,
                      sizeof *timeline->events);
}

// Events that take less

// Puts a copy of the event in the place of that of the stage event, the hits after it.
static bool replace(struct stage_event *stage_event, const struct event *event) {
    const size_t alignment = _Alignof(struct rule_hit);
    size_t size = event->size < sizeof *event ? sizeof *event : event->size;
    size_t place = (size + alignment - 1) / alignment * alignment;
    size_t hits_size = stage_event->hit_count * sizeof(struct rule_hit);
    char *block = malloc(place + hits_size);
    if (block == NULL) {
        return false;
    }
    memcpy(block, event, event->size);
    if (hits_size > 0) {
        memcpy(block + place, stage_event->hits, hits_size);
    }
    free(stage_event->event);
    stage_event->event = (struct event *)(void *)block;
    stage_event->hits = (const struct rule_hit *)(const void *)(block + place);
    return true;
}

static uint32_t hash_of(const struct event *event) {
    return (uint32_t)(event_hash(event) >> 32);
}

// Has those after it lean on this event, too, if there is room for it.
static const struct event *add_base(struct timeline *timeline, const struct event *event) {
    struct bases *bases = &timeline->bases;
    bool has_room = event->size <= UINT16_MAX && // a larger one is no base
                    event->size <= timeline->whole_max / TIMELINE_BASES_PART - bases->size;
    struct event *base = has_room ? arena_take(&bases->arena, event->size) : NULL;
    if (base != NULL) {
        memcpy(base, event, event->size);
        bases->latest[event->id] = base;
        bases->size += event->size;
        timeline->whole_size += event->size;
    }
    return base;
}

// The whole event as one that takes less, where it can; itself where not. It is in the timeline's
// room for that then.
static const struct event *make_lean(struct timeline *timeline, const struct event *event) {
    struct bases *bases = &timeline->bases;
    if (event->id >= TIMELINE_IDS_MAX) {
        return event;
    }
    const struct event *base = bases->latest[event->id];
    const struct event *lean = base == NULL ? NULL : event_lean(event, base, &bases->room);
    if (lean == NULL) {
        base = add_base(timeline, event);
        lean = base == NULL ? NULL : event_lean(event, base, &bases->room);
    }
    return lean == NULL ? event : lean;
}

// Where memory runs out the event stays as it is.
static void shorten(struct timeline *timeline, struct stage_event *stage_event) {
    size_t size = stage_event->event->size;
    uint32_t hash = hash_of(stage_event->event);
    struct event *brief =
        stage_event->is_lasting && !stage_event->is_brief ? event_brief(stage_event->event) : NULL;
    if (brief != NULL && replace(stage_event, brief)) {
        stage_event->is_brief = true;
        stage_event->whole_hash = hash;
        timeline->whole_size -= size;
    }
    free(brief);
}

bool timeline_is_same(const struct stage_event *kept, const struct event *event) {
    if (kept->is_brief) {
        return kept->whole_size == event->size && kept->whole_hash == hash_of(event);
    }
    return event_is_same(kept->event, event);
}

bool timeline_restore(struct timeline *timeline, struct stage_event *brief,
                      const struct event *event) {
    const struct event *old = brief->event;
    bool is_same = old->id == event->id && old->record_id == event->record_id &&
                   old->has_utc_time == event->has_utc_time && old->utc_time == event->utc_time &&
                   old->time_created == event->time_created;
    if (!brief->is_brief || !is_same || !replace(brief, make_lean(timeline, event))) {
        return false;
    }
    brief->is_brief = false;
    return true;
}

// Once there are too many whole events, all that can be are made brief. Where memory runs out, they
// stay as they are.
static void keep_size(struct timeline *timeline, struct stage_event *added) {
    added->whole_size = added->event->size;
    if (!timeline->is_full || !added->is_lasting) {
        const struct event *lean = make_lean(timeline, added->event);
        (void)(lean == added->event || replace(added, lean));
    }
    timeline->whole_size += added->event->size;
    if (timeline->is_full) {
        shorten(timeline, added);
    } else if (timeline->whole_size > timeline->whole_max) {
        timeline->is_full = true;
        for (size_t i = 0; i < timeline->count; i++) {
            shorten(timeline, &timeline->events[i]);
        }
    }
}

bool timeline_add(struct timeline *timeline, const struct stage_event *event) {
    if (!make_room(timeline)) {
        free(event->event);
        return false;
    }
    struct stage_event *added = &timeline->events[timeline->count++];
    *added = *event;
    added->time = event_time(event->event, timeline->clock);
    added->own_machine = event_machine(event->event);
    added->machine = added->own_machine;
    keep_size(timeline, added);
    return true;
}

// So that 700,000 small ones weigh 64 MiB: when there are so many they are brief. Few meet more
// stages than FEW_HITS, of many rules too.
enum { SMALL_SIZE = 2048, SMALL_WEIGHT = 95, FEW_HITS = 16 };

size_t timeline_weight(const struct stage_event *event) {
    bool is_whole = !event->is_brief && !event->event->is_lean;
    size_t size = is_whole ? event->event->size : event->whole_size;
    size_t hits = event->hit_count > FEW_HITS ? event->hit_count - FEW_HITS : 0;
    return (size <= SMALL_SIZE ? SMALL_WEIGHT : size) + hits * sizeof *event->hits;
}

// The events of one input, by their places.
struct placed {
    uint64_t offset;
    size_t weight;
};

static int compare_places(const void *left, const void *right) {
    const struct placed *a = left;
    const struct placed *b = right;
    return order_numbers(a->offset, b->offset);
}

// Where the events begin that are too many: the list is put in order.
static uint64_t find_cut(struct placed *list, size_t count, size_t most) {
    size_t weight = 0;
    array_sort(list, count, sizeof *list, compare_places);
    for (size_t i = 0; i < count; i++) {
        weight += list[i].weight;
        if (weight > most) {
            return list[i].offset;
        }
    }
    return UINT64_MAX;
}

size_t timeline_drop(struct timeline *timeline) {
    size_t kept = 0;
    for (size_t i = 0; i < timeline->count; i++) {
        struct stage_event *event = &timeline->events[i];
        if (event->is_dropped) {
            drop(timeline, event);
        } else {
            timeline->events[kept++] = *event;
        }
    }
    size_t dropped = timeline->count - kept;
    timeline->count = kept;
    return dropped;
}

static size_t drop_from(struct timeline *timeline, size_t input, uint64_t from) {
    for (size_t i = 0; i < timeline->count; i++) {
        struct stage_event *event = &timeline->events[i];
        event->is_dropped = event->input == input && event->offset >= from;
    }
    return timeline_drop(timeline);
}

size_t timeline_cut(struct timeline *timeline, size_t input, size_t most, uint64_t *from) {
    struct placed *list = malloc((timeline->count + 1) * sizeof *list);
    size_t count = 0;
    if (list == NULL) {
        return 0;
    }
    for (size_t i = 0; i < timeline->count; i++) {
        const struct stage_event *event = &timeline->events[i];
        if (event->input == input) {
            list[count++] = (struct placed){event->offset, timeline_weight(event)};
        }
    }
    uint64_t cut = find_cut(list, count, most);
    free(list);
    *from = cut < *from ? cut : *from;
    return drop_from(timeline, input, *from);
}

void timeline_free(struct timeline *timeline) {
    for (size_t i = 0; i < timeline->count; i++) {
        free(timeline->events[i].event);
        free(timeline->events[i].sightings);
    }
    free(timeline->events);
    arena_free(&timeline->bases.arena);
    buffer_free(&timeline->bases.room);
    *timeline = (struct timeline){0};
}
