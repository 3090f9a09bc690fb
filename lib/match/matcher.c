// SPDX-License-Identifier: GPL-3.0-or-later
// Finds sequences of stages.
#include "match/matcher.h"

#include <stdlib.h>

// The latest run of events that meets stages 0..k of one key. Earlier runs need not be kept: an
// event takes the latest and drops all others.
struct partial {
    bool exists;
    bool used; // an event of the next stage has taken it
    size_t events[RULE_STAGES_MAX];
};

struct state {
    const struct match_event *events;
    size_t stage_count;
    int64_t span;
    struct partial partials[RULE_STAGES_MAX]; // by the last stage reached
    struct matches *matches;
};

static bool add_match(struct matches *matches, const struct match *match) {
    if (matches->count == matches->capacity) {
        size_t capacity = matches->capacity == 0 ? 64 : matches->capacity * 2;
        struct match *list = reallocarray(matches->list, capacity, sizeof *list);
        if (list == NULL) {
            return false;
        }
        matches->list = list;
        matches->capacity = capacity;
    }
    matches->list[matches->count++] = *match;
    return true;
}

static bool fits_span(const struct state *state, size_t first, size_t last) {
    // Unsigned, so that times from opposite ends of the range cannot overflow; they are in order.
    uint64_t gap = (uint64_t)state->events[last].time - (uint64_t)state->events[first].time;
    return state->span >= 0 && gap <= (uint64_t)state->span;
}

// The run that reaches `stage` with event `index`, if there is one within the span.
static bool extend(const struct state *state, size_t stage, size_t index, struct partial *run) {
    if (stage == 0) {
        *run = (struct partial){.exists = true};
    } else {
        *run = state->partials[stage - 1];
        if (!run->exists || !fits_span(state, run->events[0], index)) {
            return false;
        }
    }
    run->events[stage] = index;
    return true;
}

static bool complete(struct state *state, const struct partial *run, enum match_basis basis) {
    struct match match = {.basis = basis};
    for (size_t i = 0; i < state->stage_count; i++) {
        match.events[i] = run->events[i];
    }
    return add_match(state->matches, &match);
}

static bool meet_last_stage(struct state *state, size_t stage, size_t index, bool by_fallback) {
    struct partial run;
    bool fits = extend(state, stage, index, &run);
    enum match_basis basis = BASIS_IMAGE_NAME;
    if (!by_fallback) {
        basis = fits && stage > 0 && run.used ? BASIS_REPEAT : BASIS_EXACT;
        if (stage > 0) {
            state->partials[stage - 1].used = true;
        }
    }
    return !fits || complete(state, &run, basis);
}

static void meet_inner_stage(struct state *state, size_t stage, size_t index) {
    struct partial run;
    bool fits = extend(state, stage, index, &run) && !(stage > 0 && run.used);
    if (stage > 0) {
        state->partials[stage - 1].used = true;
    }
    if (fits) {
        run.used = false;
        state->partials[stage] = run;
    }
}

static bool meet(struct state *state, size_t stage, size_t index) {
    uint32_t bit = UINT32_C(1) << stage;
    bool meets = (state->events[index].meets & bit) != 0;
    if (stage + 1 == state->stage_count) {
        bool by_fallback = !meets && (state->events[index].fallback & bit) != 0;
        return (!meets && !by_fallback) || meet_last_stage(state, stage, index, by_fallback);
    }
    if (meets) {
        meet_inner_stage(state, stage, index);
    }
    return true;
}

static bool same_place(const struct match_event *a, const struct match_event *b) {
    return a->key == b->key && a->time == b->time && a->record_id == b->record_id;
}

bool matcher_run(const struct match_event *events, size_t count, size_t stage_count, int64_t span,
                 struct matches *matches) {
    if (stage_count == 0 || stage_count > RULE_STAGES_MAX) {
        return true;
    }
    struct state state = {
        .events = events, .stage_count = stage_count, .span = span, .matches = matches};
    for (size_t begin = 0, end = 0; begin < count; begin = end) {
        if (begin > 0 && events[begin].key != events[begin - 1].key) {
            for (size_t i = 0; i < stage_count; i++) {
                state.partials[i].exists = false;
            }
        }
        for (end = begin; end < count && same_place(&events[begin], &events[end]); end++) {
        }
        // Events of one place are not before one another: the last stage first, so that none sees
        // a predecessor of its own place.
        for (size_t stage = stage_count; stage-- > 0;) {
            for (size_t i = begin; i < end; i++) {
                if (!meet(&state, stage, i)) {
                    return false;
                }
            }
        }
    }
    return true;
}

void matches_free(struct matches *matches) {
    free(matches->list);
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
