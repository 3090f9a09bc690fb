// SPDX-License-Identifier: GPL-3.0-or-later
// Finds sequences of events.
//
// One pass over the sorted events, for each key with one run a step. That is enough: runs come to
// wait at a step in the order of their last events, and what has come to wait before the event at
// hand is strictly before it (see meet_place). The event that takes one takes the latest, which
// uses up all others there. So whatever waits below the latest is never taken, by any event:
//
// * The span is looked at when a run is complete, no earlier. One that exceeds it may wait above
//   others meanwhile, but these began no later, for runs are taken in the order in which they
//   began, and exceed it too.
// * `until` drops every run of the key that is there: each has its last event at or before it, and
//   any event to come is after it.
// * A missing event is no reason to drop a run early, for it must go on to use up others. It is
//   marked as spoilt. Whether one happened after a given time, the latest one tells.
// * A repeat takes the run that was completed last, until a later one comes to wait in its place.
#include "match/matcher.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/order.h"

// Of no event.
static const size_t nowhere = SIZE_MAX;

// One event of a match: a stage, or one of its runs.
struct step {
    uint64_t stage;    // its bit
    uint64_t unwanted; // the missing stages right before it
};

enum run_state { RUN_NONE, RUN_WAITING, RUN_COMPLETED };

// Events that meet the steps up to one. Events are indices into the list.
struct run {
    enum run_state state;
    bool by_fallback; // one of them does by its fallback alone
    bool spoilt;      // an unwanted event lies between two of them
    size_t unwanted;  // the latest unwanted event before the first, or nowhere
    size_t *events;   // room for all steps
};

// The latest unwanted event of a gap, and the latest at an earlier time than that.
struct sightings {
    size_t last;
    size_t earlier;
};

struct state {
    const struct match_sequence *sequence;
    const struct match_event *events;
    size_t count;
    size_t step_count;
    struct step *steps;
    uint64_t until;    // stages that end what waits
    uint64_t unwanted; // missing stages before some step
    uint64_t trailing; // missing stages after the last step
    bool fallbacks;    // a fallback counts as the stage
    struct run *runs;  // by the last step reached
    size_t *slots;     // the runs' events; a run that goes on swaps its own with the next step's
    struct sightings *sightings; // by the step after the gap
    size_t next_trailing;        // events before this one can no longer match
    struct matches *matches;
};

static bool grow(struct matches *matches) {
    size_t capacity = matches->capacity == 0 ? 64 : matches->capacity * 2;
    enum match_basis *bases = reallocarray(matches->bases, capacity, sizeof *bases);
    if (bases == NULL) {
        return false;
    }
    matches->bases = bases;
    size_t *events = reallocarray(matches->events, capacity, matches->size * sizeof *events);
    if (events == NULL) {
        return false;
    }
    matches->events = events;
    matches->capacity = capacity;
    return true;
}

static bool add_match(struct matches *matches, const struct state *state, const struct run *run,
                      enum match_basis basis) {
    if (matches->count == matches->capacity && !grow(matches)) {
        return false;
    }
    size_t *events = &matches->events[matches->count * matches->size];
    for (size_t i = 0; i < matches->size; i++) {
        events[i] = state->events[run->events[i]].event;
    }
    matches->bases[matches->count++] = basis;
    return true;
}

static uint64_t stages_met(const struct state *state, size_t index) {
    const struct match_event *event = &state->events[index];
    return event->meets | (state->fallbacks ? event->fallback : 0);
}

static bool fits_span(const struct state *state, size_t first, size_t last) {
    // Unsigned, so that times from opposite ends of the range cannot overflow; they are in order.
    uint64_t gap = (uint64_t)state->events[last].time - (uint64_t)state->events[first].time;
    return state->sequence->span == MATCHER_NO_SPAN || gap <= (uint64_t)state->sequence->span;
}

// The latest unwanted event before the step at an earlier time than event `index`, or nowhere.
static size_t latest_unwanted(const struct state *state, size_t step, size_t index) {
    const struct sightings *sightings = &state->sightings[step];
    bool is_earlier = sightings->last == nowhere ||
                      state->events[sightings->last].time < state->events[index].time;
    return is_earlier ? sightings->last : sightings->earlier;
}

// The first missing event of the key at a later time than event `index`, or nowhere. Asked in the
// order of the events, it goes through them once.
static size_t first_trailing(struct state *state, size_t index) {
    const struct match_event *after = &state->events[index];
    size_t i = state->next_trailing;
    for (; i < state->count && state->events[i].key <= after->key; i++) {
        const struct match_event *event = &state->events[i];
        if (event->key == after->key && event->time > after->time &&
            (stages_met(state, i) & state->trailing) != 0) {
            break;
        }
    }
    state->next_trailing = i;
    bool found = i < state->count && state->events[i].key == after->key;
    return found ? i : nowhere;
}

// Whether there is no missing event too near to the whole run, whose last event is `index`.
static bool ends_are_clear(struct state *state, const struct run *run, size_t index) {
    if (state->steps[0].unwanted == 0 && state->trailing == 0) {
        return true;
    }
    size_t from = state->steps[0].unwanted != 0 ? run->unwanted : run->events[0];
    size_t to = state->trailing != 0 ? first_trailing(state, index) : index;
    return from == nowhere || to == nowhere || !fits_span(state, from, to);
}

// Gives the run, which waits or is completed, its last event.
static bool complete(struct state *state, struct run *run, size_t index, bool by_fallback) {
    bool is_repeat = run->state == RUN_COMPLETED;
    run->events[state->step_count - 1] = index;
    if (run->spoilt || !fits_span(state, run->events[0], index) ||
        !ends_are_clear(state, run, index)) {
        run->state = RUN_NONE;
        return true;
    }
    run->state = state->sequence->repeat ? RUN_COMPLETED : RUN_NONE;
    enum match_basis basis = is_repeat ? BASIS_REPEAT : BASIS_EXACT;
    if (state->fallbacks) {
        basis = BASIS_IMAGE_NAME;
        if (!run->by_fallback && !by_fallback) {
            return true;
        }
    }
    return add_match(state->matches, state, run, basis);
}

static void start(struct state *state, size_t index, bool by_fallback) {
    struct run *run = &state->runs[0];
    run->state = RUN_WAITING;
    run->by_fallback = by_fallback;
    run->spoilt = false;
    run->unwanted = latest_unwanted(state, 0, index);
    run->events[0] = index;
}

// Takes the run from the step before and lets it wait at this one.
static void extend(struct state *state, size_t step, size_t index, bool by_fallback) {
    struct run *from = &state->runs[step - 1];
    struct run *to = &state->runs[step];
    struct run run = *from;
    from->events = to->events;
    from->state = RUN_NONE;
    *to = run;
    to->by_fallback |= by_fallback;
    to->events[step] = index;
}

static bool meet(struct state *state, size_t step, size_t index) {
    bool by_fallback = (state->events[index].meets & state->steps[step].stage) == 0;
    bool is_last = step + 1 == state->step_count;
    if (step == 0) {
        start(state, index, by_fallback);
        return !is_last || complete(state, &state->runs[0], index, false);
    }
    struct run *from = &state->runs[step - 1];
    if (from->state == RUN_NONE) {
        return true;
    }
    size_t unwanted = latest_unwanted(state, step, index);
    if (unwanted != nowhere &&
        state->events[unwanted].time > state->events[from->events[step - 1]].time) {
        from->spoilt = true;
    }
    if (is_last) {
        return complete(state, from, index, by_fallback);
    }
    extend(state, step, index, by_fallback);
    return true;
}

static void see_unwanted(struct state *state, size_t index) {
    for (size_t i = 0; i < state->step_count; i++) {
        struct sightings *sightings = &state->sightings[i];
        if ((stages_met(state, index) & state->steps[i].unwanted) == 0) {
            continue;
        }
        if (sightings->last != nowhere &&
            state->events[sightings->last].time < state->events[index].time) {
            sightings->earlier = sightings->last;
        }
        sightings->last = index;
    }
}

// The events [begin, end) of one place are not before one another: the last step comes first, so
// that none sees a run that one of its own place has brought on; then missing events and `until`.
static bool meet_place(struct state *state, size_t begin, size_t end) {
    uint64_t met = 0;
    for (size_t i = begin; i < end; i++) {
        met |= stages_met(state, i);
    }
    for (size_t step = state->step_count; step-- > 0;) {
        uint64_t stage = state->steps[step].stage;
        for (size_t i = begin; (met & stage) != 0 && i < end; i++) {
            if ((stages_met(state, i) & stage) != 0 && !meet(state, step, i)) {
                return false;
            }
        }
    }
    for (size_t i = begin; (met & state->unwanted) != 0 && i < end; i++) {
        see_unwanted(state, i);
    }
    for (size_t i = 0; (met & state->until) != 0 && i < state->step_count; i++) {
        state->runs[i].state = RUN_NONE;
    }
    return true;
}

static void forget(struct state *state) {
    for (size_t i = 0; i < state->step_count; i++) {
        state->runs[i].state = RUN_NONE;
        state->sightings[i] = (struct sightings){nowhere, nowhere};
    }
}

static bool same_place(const struct match_event *a, const struct match_event *b) {
    return a->key == b->key && a->time == b->time && a->record_id == b->record_id;
}

static bool pass(struct state *state, bool fallbacks) {
    const struct match_event *events = state->events;
    state->fallbacks = fallbacks;
    state->next_trailing = 0;
    for (size_t begin = 0, end = 0; begin < state->count; begin = end) {
        if (begin == 0 || events[begin].key != events[begin - 1].key) {
            forget(state);
        }
        for (end = begin + 1; end < state->count && same_place(&events[begin], &events[end]);
             end++) {
        }
        if (!meet_place(state, begin, end)) {
            return false;
        }
    }
    return true;
}

// Events of one match, or more than MATCHER_EVENTS_MAX.
static size_t count_steps(const struct match_sequence *sequence) {
    size_t count = 0;
    for (size_t i = 0; i < sequence->stage_count && count <= MATCHER_EVENTS_MAX; i++) {
        const struct match_stage *stage = &sequence->stages[i];
        if (stage->kind == MATCH_STAGE_EVENT) {
            count += stage->runs <= MATCHER_EVENTS_MAX ? stage->runs : MATCHER_EVENTS_MAX + 1;
        }
    }
    return count;
}

static void make_steps(struct state *state) {
    size_t count = 0;
    uint64_t unwanted = 0;
    for (size_t i = 0; i < state->sequence->stage_count; i++) {
        const struct match_stage *stage = &state->sequence->stages[i];
        uint64_t bit = UINT64_C(1) << i;
        if (stage->kind == MATCH_STAGE_UNTIL) {
            state->until |= bit;
        } else if (stage->kind == MATCH_STAGE_MISSING) {
            unwanted |= bit;
        } else {
            for (size_t k = 0; k < stage->runs; k++) {
                state->steps[count++] = (struct step){.stage = bit, .unwanted = unwanted};
                state->unwanted |= unwanted;
                unwanted = 0;
            }
        }
    }
    state->trailing = unwanted;
}

static bool allocate(struct state *state) {
    size_t count = state->step_count;
    state->steps = calloc(count, sizeof *state->steps);
    state->runs = calloc(count, sizeof *state->runs);
    state->sightings = calloc(count, sizeof *state->sightings);
    state->slots = calloc(count * count, sizeof *state->slots);
    if (state->steps == NULL || state->runs == NULL || state->sightings == NULL ||
        state->slots == NULL) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        state->runs[i].events = &state->slots[i * count];
    }
    return true;
}

static bool has_fallback(const struct match_event *events, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if ((events[i].fallback & ~events[i].meets) != 0) {
            return true;
        }
    }
    return false;
}

static bool has_missing_end(const struct match_sequence *sequence) {
    bool begun = false;
    bool missing = false; // since the last event
    for (size_t i = 0; i < sequence->stage_count; i++) {
        enum match_stage_kind kind = sequence->stages[i].kind;
        if (kind == MATCH_STAGE_EVENT) {
            if (missing && !begun) {
                return true;
            }
            begun = true;
        }
        missing = kind == MATCH_STAGE_MISSING || (missing && kind == MATCH_STAGE_UNTIL);
    }
    return missing;
}

const char *matcher_check(const struct match_sequence *sequence) {
    if (sequence->stage_count > MATCHER_STAGES_MAX) {
        return "more than 64 stages";
    }
    for (size_t i = 0; i < sequence->stage_count; i++) {
        if (sequence->stages[i].kind == MATCH_STAGE_EVENT && sequence->stages[i].runs == 0) {
            return "runs of 0";
        }
    }
    size_t steps = count_steps(sequence);
    if (steps == 0) {
        return "no stage that must happen";
    }
    if (steps > MATCHER_EVENTS_MAX) {
        return "more than 1024 events in a sequence";
    }
    if (sequence->span < 0) {
        return "a negative maxspan";
    }
    if (sequence->span == MATCHER_NO_SPAN && has_missing_end(sequence)) {
        return "a missing event at the beginning or the end without maxspan";
    }
    return NULL;
}

bool matcher_run(const struct match_sequence *sequence, const struct match_event *events,
                 size_t count, struct matches *matches) {
    if (matcher_check(sequence) != NULL) {
        return false;
    }
    struct state state = {
        .sequence = sequence,
        .events = events,
        .count = count,
        .step_count = count_steps(sequence),
        .matches = matches,
    };
    matches->size = state.step_count;
    bool ok = allocate(&state);
    if (ok) {
        make_steps(&state);
        ok = pass(&state, false) && (!has_fallback(events, count) || pass(&state, true));
    }
    free(state.steps);
    free(state.runs);
    free(state.sightings);
    free(state.slots);
    return ok;
}

static int compare(const void *left, const void *right) {
    const struct match_event *a = left;
    const struct match_event *b = right;
    int result = order_numbers(a->key, b->key);
    result = result != 0 ? result : order_times(a->time, b->time);
    result = result != 0 ? result : order_numbers(a->record_id, b->record_id);
    return result != 0 ? result : order_numbers(a->event, b->event);
}

void matcher_sort(struct match_event *events, size_t count) {
    array_sort(events, count, sizeof *events, compare);
}

const size_t *matches_events(const struct matches *matches, size_t match) {
    return &matches->events[match * matches->size];
}

void matches_free(struct matches *matches) {
    free(matches->bases);
    free(matches->events);
    *matches = (struct matches){0};
}

const char *match_basis_name(enum match_basis basis) {
    switch (basis) {
    case BASIS_EXACT:
        return "exact";
    case BASIS_REPEAT:
        return "repeat";
    case BASIS_IMAGE_NAME:
        return "image-name";
    }
    return "";
}
