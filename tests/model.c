// SPDX-License-Identifier: GPL-3.0-or-later
#include "model.h"

#include <stdbool.h>
#include <stdlib.h>

#include "xmem.h"

enum { STEPS_MAX = 64 };

// The sequence written out: a step an event of it, and one a missing stage.
struct step {
    uint64_t stage; // its bit
    bool missing;
};

// A sequence that waits for the event of the next step, or once did.
struct partial {
    enum { WAITING, USED_UP, COMPLETED } state;
    size_t count;
    const struct match_event *events[MODEL_EVENTS_MAX];
    bool by_fallback;
};

struct list {
    struct partial *list;
    size_t count;
};

struct model {
    const struct match_sequence *sequence;
    struct match_event *events; // in order
    size_t count;
    struct step steps[STEPS_MAX];
    size_t step_count;
    uint64_t until;
    bool fallbacks; // count as the stages themselves
    struct model_matches matches;
};

static bool is_before(const struct match_event *a, const struct match_event *b) {
    return a->time < b->time || (a->time == b->time && a->record_id < b->record_id);
}

static bool is_listed_before(const struct match_event *a, const struct match_event *b) {
    if (a->key != b->key) {
        return a->key < b->key;
    }
    return is_before(a, b) || (!is_before(b, a) && a->event < b->event);
}

static void sort(struct match_event *events, size_t count) {
    for (size_t i = 1; i < count; i++) {
        for (size_t k = i; k > 0 && is_listed_before(&events[k], &events[k - 1]); k--) {
            struct match_event other = events[k];
            events[k] = events[k - 1];
            events[k - 1] = other;
        }
    }
}

static bool meets(const struct model *model, const struct match_event *event, uint64_t stages) {
    return (event->meets & stages) != 0 || (model->fallbacks && (event->fallback & stages) != 0);
}

static bool within_span(const struct model *model, int64_t from, int64_t to) {
    return model->sequence->span == MATCHER_NO_SPAN ||
           (uint64_t)to - (uint64_t)from <= (uint64_t)model->sequence->span;
}

static bool ended_by_until(const struct model *model, const struct match_event *last,
                           const struct match_event *next) {
    for (size_t i = 0; i < model->count; i++) {
        const struct match_event *event = &model->events[i];
        if (event->key == next->key && meets(model, event, model->until) &&
            !is_before(event, last) && is_before(event, next)) {
            return true;
        }
    }
    return false;
}

// Whether an event of the stage and key lies in time strictly between the two.
static bool happened(const struct model *model, uint64_t stage, const struct match_event *a,
                     const struct match_event *b) {
    for (size_t i = 0; i < model->count; i++) {
        const struct match_event *event = &model->events[i];
        if (event->key == a->key && meets(model, event, stage) && event->time > a->time &&
            event->time < b->time) {
            return true;
        }
    }
    return false;
}

// The event of the stage nearest in time to the sequence's end: the last before its first event, or
// the first after its last; NULL if there is none.
static const struct match_event *nearest(const struct model *model, uint64_t stage,
                                         const struct match_event *end, bool after) {
    const struct match_event *found = NULL;
    for (size_t i = 0; i < model->count; i++) {
        const struct match_event *event = &model->events[i];
        if (event->key != end->key || !meets(model, event, stage)) {
            continue;
        }
        if (after && event->time > end->time && (found == NULL || event->time < found->time)) {
            found = event;
        }
        if (!after && event->time < end->time && (found == NULL || event->time > found->time)) {
            found = event;
        }
    }
    return found;
}

static bool none_between(const struct model *model, const struct partial *whole) {
    size_t met = 0;
    for (size_t i = 0; i < model->step_count; i++) {
        if (!model->steps[i].missing) {
            met++;
        } else if (met > 0 && met < whole->count &&
                   happened(model, model->steps[i].stage, whole->events[met - 1],
                            whole->events[met])) {
            return false;
        }
    }
    return true;
}

static bool none_around(const struct model *model, const struct partial *whole) {
    const struct match_event *first = whole->events[0];
    const struct match_event *last = whole->events[whole->count - 1];
    const struct match_event *before = NULL;
    const struct match_event *after = NULL;
    for (size_t i = 0; i < model->step_count && model->steps[i].missing; i++) {
        const struct match_event *event = nearest(model, model->steps[i].stage, first, false);
        before = event != NULL && (before == NULL || event->time > before->time) ? event : before;
    }
    for (size_t i = model->step_count; i-- > 0 && model->steps[i].missing;) {
        const struct match_event *event = nearest(model, model->steps[i].stage, last, true);
        after = event != NULL && (after == NULL || event->time < after->time) ? event : after;
    }
    bool begins = model->steps[0].missing;
    bool ends = model->steps[model->step_count - 1].missing;
    if (begins && ends) {
        return before == NULL || after == NULL || !within_span(model, before->time, after->time);
    }
    if (begins) {
        return before == NULL || !within_span(model, before->time, last->time);
    }
    return !ends || after == NULL || !within_span(model, first->time, after->time);
}

static void report(struct model *model, const struct partial *whole, enum match_basis basis) {
    if (model->fallbacks) {
        if (!whole->by_fallback) {
            return;
        }
        basis = BASIS_IMAGE_NAME;
    }
    struct model_matches *matches = &model->matches;
    matches->list = xgrow(matches->list, matches->count, sizeof *matches->list);
    struct model_match *match = &matches->list[matches->count++];
    *match = (struct model_match){.basis = basis};
    for (size_t i = 0; i < whole->count; i++) {
        match->events[i] = whole->events[i]->event;
    }
}

static void add_event(struct partial *partial, const struct match_event *event, uint64_t stage) {
    partial->events[partial->count++] = event;
    partial->by_fallback |= (event->meets & stage) == 0;
}

// Uses up what waits strictly before the event and returns the latest, even if it had been used up
// before; NULL if there never was one. The list is in the order of the last events.
static struct partial *take(struct list *list, const struct match_event *event) {
    struct partial *latest = NULL;
    for (size_t i = 0; i < list->count; i++) {
        const struct match_event *last = list->list[i].events[list->list[i].count - 1];
        if (last->key != event->key || !is_before(last, event)) {
            continue;
        }
        if (latest != NULL && latest->state == WAITING) {
            latest->state = USED_UP;
        }
        latest = &list->list[i];
    }
    return latest;
}

static void add_partial(struct list *list, const struct partial *partial) {
    list->list = xgrow(list->list, list->count, sizeof *list->list);
    list->list[list->count++] = *partial;
}

// Gives an event that meets the step its turn.
static void try_event(struct model *model, struct list *before, struct list *after, bool is_last,
                      uint64_t stage, const struct match_event *event) {
    struct partial next = {.state = WAITING};
    struct partial *taken = NULL;
    if (before != NULL) {
        taken = take(before, event);
        if (taken == NULL || taken->state == USED_UP ||
            (taken->state == COMPLETED && !model->sequence->repeat)) {
            return;
        }
        next = *taken;
        taken->state = taken->state == WAITING ? USED_UP : taken->state;
        if (!within_span(model, next.events[0]->time, event->time) ||
            ended_by_until(model, next.events[next.count - 1], event)) {
            return;
        }
    }
    enum match_basis basis = next.state == COMPLETED ? BASIS_REPEAT : BASIS_EXACT;
    add_event(&next, event, stage);
    if (!is_last) {
        add_partial(after, &next);
    } else if (none_between(model, &next) && none_around(model, &next)) {
        report(model, &next, basis);
        if (taken != NULL) {
            taken->state = COMPLETED;
        }
    }
}

static void run_stages(struct model *model) {
    struct list lists[STEPS_MAX] = {{0}};
    size_t last = model->step_count - 1;
    while (model->steps[last].missing) {
        last--;
    }
    struct list *before = NULL;
    for (size_t i = 0; i <= last; i++) {
        if (model->steps[i].missing) {
            continue;
        }
        for (size_t k = 0; k < model->count; k++) {
            if (meets(model, &model->events[k], model->steps[i].stage)) {
                try_event(model, before, &lists[i], i == last, model->steps[i].stage,
                          &model->events[k]);
            }
        }
        before = &lists[i];
    }
    for (size_t i = 0; i < STEPS_MAX; i++) {
        free(lists[i].list);
    }
}

struct model_matches model_run(const struct match_sequence *sequence,
                               const struct match_event *events, size_t count) {
    struct model model = {.sequence = sequence, .count = count};
    for (size_t i = 0; i < sequence->stage_count; i++) {
        const struct match_stage *stage = &sequence->stages[i];
        uint64_t bit = UINT64_C(1) << i;
        if (stage->kind == MATCH_STAGE_UNTIL) {
            model.until |= bit;
            continue;
        }
        bool missing = stage->kind == MATCH_STAGE_MISSING;
        for (size_t k = 0; k < (missing ? 1 : stage->runs); k++) {
            model.steps[model.step_count++] = (struct step){.stage = bit, .missing = missing};
        }
    }
    model.events = xcalloc(count + 1, sizeof *events);
    for (size_t i = 0; i < count; i++) {
        model.events[i] = events[i];
    }
    sort(model.events, count);
    run_stages(&model);
    model.fallbacks = true;
    run_stages(&model);
    free(model.events);
    return model.matches;
}
