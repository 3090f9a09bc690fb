// SPDX-License-Identifier: GPL-3.0-or-later
#include "scan/held.h"

#include <stdlib.h>

// What the events of one input may weigh. What is more is cut off in steps of an eighth.
static size_t weight_max(const struct scan *scan) {
    size_t most = scan->options.input_weight_max;
    return most == 0 ? SCAN_INPUT_WEIGHT_MAX : most;
}

bool held_is_too_much(const struct scan *scan, uint64_t weight) {
    return weight > weight_max(scan);
}

// Leaves out of the timeline what is too much of one input: what lies farthest in it, so that it
// does not matter in which order its parts have been read. What has been dropped is not too much:
// it lies before all that was still to come of the input, and what was too much was cut off first.
static void cut_events(struct scan *scan, struct source *source) {
    size_t number = (size_t)(source - scan->sources.list);
    size_t most = weight_max(scan) - source->dropped;
    source->left_out += timeline_cut(&scan->result.timeline, number, most, &source->cut);
    source->weight = weight_max(scan);
}

static void cut_all(struct scan *scan) {
    for (size_t i = 0; i < scan->sources.count; i++) {
        if (held_is_too_much(scan, scan->sources.list[i].weight)) {
            cut_events(scan, &scan->sources.list[i]);
        }
    }
}

// Dropping

static struct wanted_scope wanted_scope_of(const struct scan *scan) {
    return (struct wanted_scope){.rules = scan->options.rules,
                                 .options = &scan->options.findings,
                                 .clock = scan->options.clock};
}

// What comes before this place of the input has come. What is carved lies in no order.
static uint64_t end_of(const struct scan *scan, size_t number) {
    const struct current *current = &scan->current;
    uint64_t end = pool_end(scan->pool, number);
    if (scan->options.carve) {
        return 0;
    }
    bool is_begun = current->is_open && current->number == number;
    return is_begun && current->rest.begin < end ? current->rest.begin : end;
}

// Where memory runs out nothing is dropped.
static void prune(struct scan *scan) {
    struct timeline *timeline = &scan->result.timeline;
    struct wanted_scope scope = wanted_scope_of(scan);
    struct pruning_input *inputs = calloc(scan->sources.count + 1, sizeof *inputs);
    cut_all(scan);
    for (size_t i = 0; inputs != NULL && i < scan->sources.count; i++) {
        inputs[i] = (struct pruning_input){end_of(scan, i), scan->sources.list[i].dropped};
    }
    if (inputs != NULL) {
        pruning_run(&scan->pruning, &scope, timeline, inputs);
    }
    for (size_t i = 0; inputs != NULL && i < scan->sources.count; i++) {
        scan->sources.list[i].dropped = inputs[i].dropped;
    }
    free(inputs);
    scan->result.dropped = scan->pruning.dropped;
}

// What is left is looked through again when as much has come: that takes no more time for all
// events than in proportion to their number.
static void keep_down(struct scan *scan) {
    size_t from = scan->options.prune_from == 0 ? SCAN_PRUNE_FROM : scan->options.prune_from;
    size_t least = scan->prune_at < from ? from : scan->prune_at;
    if (scan->merge == NULL && scan->result.timeline.count >= least) {
        prune(scan);
        scan->prune_at = 2 * scan->result.timeline.count;
    }
}

static void add(struct scan *scan, const struct stage_event *event) {
    scan->has_failed = !timeline_add(&scan->result.timeline, event) || scan->has_failed;
}

static void add_again(struct scan *scan, const struct stage_event *event) {
    struct wanted_scope scope = wanted_scope_of(scan);
    if (pruning_takes(&scan->pruning, &scope, event)) {
        add(scan, event);
    } else {
        free(event->event);
    }
}

void held_add(struct scan *scan, const struct stage_event *event, struct source *source) {
    if (event->offset >= source->cut) {
        source->left_out += scan->pass != PASS_AGAIN;
        free(event->event);
        return;
    }
    if (scan->pass == PASS_AGAIN) {
        add_again(scan, event);
        return;
    }
    source->weight += timeline_weight(event);
    add(scan, event);
    if (source->weight > weight_max(scan) + weight_max(scan) / 8) {
        cut_events(scan, source);
    }
    keep_down(scan);
}

void held_forget(struct scan *scan) {
    struct timeline *timeline = &scan->result.timeline;
    for (size_t i = 0; i < timeline->count; i++) {
        timeline->events[i].is_dropped = timeline->events[i].is_lasting;
    }
    (void)timeline_drop(timeline);
    for (size_t i = 0; i < scan->sources.count; i++) {
        struct source *source = &scan->sources.list[i];
        if (!source->is_once) {
            source->weight = 0;
            source->dropped = 0;
            source->left_out = 0;
            source->cut = UINT64_MAX;
        }
    }
    pruning_free(&scan->pruning);
    scan->prune_at = 0;
}

bool held_misses_some(struct scan *scan) {
    struct wanted_scope scope = wanted_scope_of(scan);
    bool is_missing = false;
    cut_all(scan);
    bool ok = pruning_review(&scan->pruning, &scope, &scan->result.timeline, &is_missing);
    scan->has_failed = scan->has_failed || !ok;
    scan->result.readings_more = scan->pruning.rounds;
    return ok && is_missing;
}

void held_name_cuts(struct scan *scan) {
    for (size_t i = 0; i < scan->sources.count; i++) {
        const struct source *source = &scan->sources.list[i];
        if (source->left_out > 0) {
            struct buffer reason = {0};
            buffer_printf(&reason, "%zu events from here on are left out", source->left_out);
            scan_add_made_problem(scan, PROBLEM_TOO_MUCH, source->path, source->cut, &reason,
                                  "events from here on are left out");
        }
    }
}
