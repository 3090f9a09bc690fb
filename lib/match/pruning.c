// SPDX-License-Identifier: GPL-3.0-or-later
#include "match/pruning.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/hash.h"
#include "base/order.h"

// The first set of marks of what was dropped is fit for so many at least.
enum { ROOM_MIN = 1 << 15 };

static struct mark_sets all_sets(const struct pruning *pruning) {
    return (struct mark_sets){pruning->sets, 1 + pruning->set_count};
}

static struct mark_sets dropped_sets(const struct pruning *pruning) {
    return (struct mark_sets){pruning->sets + 1, pruning->set_count};
}

static bool is_wanted(const struct pruning *pruning, const struct wanted_scope *scope,
                      const struct stage_event *event) {
    const struct mark_sets sets = all_sets(pruning);
    for (size_t i = 0; i < event->hit_count; i++) {
        if (wanted_is(scope, event->event, &event->hits[i], &sets)) {
            return true;
        }
    }
    return false;
}

static size_t count_hits(const struct timeline *timeline) {
    size_t count = 0;
    for (size_t i = 0; i < timeline->count; i++) {
        count += timeline->events[i].hit_count;
    }
    return count;
}

// Makes the marks of the events that are there. False when memory ran out.
static bool mark_held(struct pruning *pruning, const struct wanted_scope *scope,
                      const struct timeline *timeline, enum mark_care care) {
    if (!mark_set_new(&pruning->sets[0], count_hits(timeline), care)) {
        return false;
    }
    for (size_t i = 0; i < timeline->count; i++) {
        const struct stage_event *event = &timeline->events[i];
        for (size_t k = 0; k < event->hit_count; k++) {
            mark_set_add(&pruning->sets[0], wanted_mark(scope, event->event, &event->hits[k]));
        }
    }
    return true;
}

// Dropping

// Makes room for so many marks of one event more. False when memory ran out. When there are as many
// sets as there may be, the last takes more than it is fit for.
static bool make_room(struct pruning *pruning, size_t marks) {
    if (pruning->room >= marks || pruning->set_count == PRUNING_SETS_MAX) {
        return true;
    }
    uint64_t room = 0;
    for (size_t i = 1; i <= pruning->set_count; i++) {
        room += mark_set_room(&pruning->sets[i]);
    }
    room = room < ROOM_MIN ? ROOM_MIN : room;
    struct mark_set *set = &pruning->sets[pruning->set_count + 1];
    if (!mark_set_new(set, room, MARKS_CAREFUL)) {
        return false;
    }
    pruning->set_count++;
    pruning->room = mark_set_room(set);
    return true;
}

static void add_mark(struct pruning *pruning, uint64_t mark) {
    const struct mark_sets sets = dropped_sets(pruning);
    if (!mark_sets_have(&sets, mark)) {
        mark_set_add(&pruning->sets[pruning->set_count], mark);
        pruning->room -= pruning->room > 0;
    }
}

// False when memory ran out: the event stays.
static bool drop(struct pruning *pruning, const struct wanted_scope *scope,
                 struct stage_event *event, struct pruning_input *input) {
    if (!make_room(pruning, event->hit_count + 1)) {
        return false;
    }
    for (size_t i = 0; i < event->hit_count; i++) {
        add_mark(pruning, wanted_mark(scope, event->event, &event->hits[i]));
    }
    add_mark(pruning, wanted_identity(scope, event->event));
    input->dropped += timeline_weight(event);
    event->is_dropped = true;
    return true;
}

// Events in the order in which they lie in their inputs, those of a computer together.
struct place {
    uint64_t offset;
    uint32_t input;
    uint32_t computer; // a hash; that of two computers may be the same
    size_t event;      // its number in the timeline
    int64_t earliest;  // of the times of those before it, and of its own
};

static uint32_t hash_computer(const struct event *event) {
    const struct text computer = event_part(event, DATA_COMPUTER, PART_WHOLE);
    uint64_t hash = hash_add_folded(HASH_START, computer.data, computer.size);
    return (uint32_t)(hash ^ hash >> 32);
}

static int compare_places(const void *left, const void *right) {
    const struct place *a = left;
    const struct place *b = right;
    int result = order_numbers(a->input, b->input);
    result = result != 0 ? result : order_numbers(a->computer, b->computer);
    return result != 0 ? result : order_numbers(a->offset, b->offset);
}

static bool are_of_one(const struct place *a, const struct place *b) {
    return a->input == b->input && a->computer == b->computer;
}

// NULL when memory ran out.
static struct place *list_places(const struct timeline *timeline) {
    struct place *places = calloc(timeline->count + 1, sizeof *places);
    for (size_t i = 0; places != NULL && i < timeline->count; i++) {
        const struct stage_event *event = &timeline->events[i];
        places[i] = (struct place){.offset = event->offset,
                                   .input = event->input,
                                   .computer = hash_computer(event->event),
                                   .event = i,
                                   .earliest = event->time};
    }
    if (places == NULL) {
        return NULL;
    }
    array_sort(places, timeline->count, sizeof *places, compare_places);
    for (size_t i = 1; i < timeline->count; i++) {
        bool is_earlier = places[i - 1].earliest < places[i].earliest;
        if (is_earlier && are_of_one(&places[i - 1], &places[i])) {
            places[i].earliest = places[i - 1].earliest;
        }
    }
    return places;
}

// Whether the event's span has passed for every rule, before what the input had before it began,
// and before what it has after it.
static bool is_past(const struct wanted_scope *scope, const struct stage_event *event,
                    int64_t earliest, int64_t latest) {
    bool is_past = true;
    for (size_t i = 0; is_past && i < event->hit_count; i++) {
        const struct rule_hit *hit = &event->hits[i];
        is_past = wanted_can_tell(scope, hit) &&
                  wanted_is_apart(scope, hit, earliest, event->time) &&
                  wanted_is_apart(scope, hit, event->time, latest);
    }
    return is_past;
}

// From the last place to the first, so that what comes after one is known.
static void drop_past(struct pruning *pruning, const struct wanted_scope *scope,
                      struct timeline *timeline, const struct place *places,
                      struct pruning_input *inputs) {
    int64_t latest = INT64_MIN;
    bool has_room = true;
    for (size_t i = timeline->count; has_room && i-- > 0;) {
        struct stage_event *event = &timeline->events[places[i].event];
        struct pruning_input *input = &inputs[event->input];
        if (i + 1 < timeline->count && !are_of_one(&places[i], &places[i + 1])) {
            latest = INT64_MIN;
        }
        if (!event->is_lasting || event->offset >= input->end) {
            continue;
        }
        latest = event->time > latest ? event->time : latest;
        if (is_past(scope, event, places[i].earliest, latest) &&
            !is_wanted(pruning, scope, event)) {
            has_room = drop(pruning, scope, event, input);
        }
    }
}

void pruning_run(struct pruning *pruning, const struct wanted_scope *scope,
                 struct timeline *timeline, struct pruning_input *inputs) {
    struct place *places = list_places(timeline);
    if (places != NULL && mark_held(pruning, scope, timeline, MARKS_ROUGH)) {
        drop_past(pruning, scope, timeline, places, inputs);
        pruning->dropped += timeline_drop(timeline);
    }
    mark_set_free(&pruning->sets[0]);
    free(places);
}

// Reading again

// Whether something that was dropped counts together with the event, which is wanted, or has been
// passed over and is the same.
static bool misses(const struct pruning *pruning, const struct wanted_scope *scope,
                   const struct stage_event *event) {
    const struct mark_sets sets = all_sets(pruning);
    const struct mark_sets dropped = dropped_sets(pruning);
    uint64_t identity = wanted_identity(scope, event->event);
    if (pruning->rounds > 0) {
        return mark_set_has(&pruning->passed, identity);
    }
    bool misses = mark_sets_have(&dropped, identity);
    for (size_t i = 0; !misses && i < event->hit_count; i++) {
        const struct rule_hit *hit = &event->hits[i];
        misses = wanted_can_tell(scope, hit) && wanted_is(scope, event->event, hit, &sets) &&
                 wanted_misses(scope, event->event, hit, &sets, &dropped);
    }
    return misses;
}

// Takes down what is wanted of the events that are there; whether something else is missing then.
static bool list_wanted(struct pruning *pruning, const struct wanted_scope *scope,
                        const struct timeline *timeline) {
    bool is_missing = false;
    for (size_t i = 0; i < timeline->count; i++) {
        const struct stage_event *event = &timeline->events[i];
        if (is_wanted(pruning, scope, event)) {
            mark_set_add(&pruning->wanted, wanted_identity(scope, event->event));
            is_missing = is_missing || misses(pruning, scope, event);
        }
    }
    return is_missing;
}

// After the second round all that is wanted is there, and its identity was known before that.
enum { ROUNDS_MAX = 2 };

bool pruning_review(struct pruning *pruning, const struct wanted_scope *scope,
                    const struct timeline *timeline, bool *is_to_read) {
    *is_to_read = false;
    if (pruning->dropped == 0 || pruning->rounds == ROUNDS_MAX) {
        return true;
    }
    mark_set_free(&pruning->wanted);
    if (!mark_set_new(&pruning->wanted, timeline->count, MARKS_CAREFUL) ||
        (pruning->rounds == 0 && !mark_held(pruning, scope, timeline, MARKS_CAREFUL))) {
        return false;
    }
    *is_to_read = list_wanted(pruning, scope, timeline);
    pruning->rounds += *is_to_read;
    mark_set_free(&pruning->passed);
    return !*is_to_read || mark_set_new(&pruning->passed, pruning->dropped, MARKS_CAREFUL);
}

bool pruning_takes(struct pruning *pruning, const struct wanted_scope *scope,
                   const struct stage_event *event) {
    uint64_t identity = wanted_identity(scope, event->event);
    bool takes = is_wanted(pruning, scope, event) || mark_set_has(&pruning->wanted, identity);
    if (!takes) {
        mark_set_add(&pruning->passed, identity);
    }
    return takes;
}

void pruning_free(struct pruning *pruning) {
    for (size_t i = 0; i <= PRUNING_SETS_MAX; i++) {
        mark_set_free(&pruning->sets[i]);
    }
    mark_set_free(&pruning->wanted);
    mark_set_free(&pruning->passed);
    *pruning = (struct pruning){0};
}
