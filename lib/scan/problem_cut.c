// SPDX-License-Identifier: GPL-3.0-or-later
#include "scan/problem_cut.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/order.h"

// Problems listed of one input: 5 MB of them. What is more is left out in steps.
enum { PROBLEMS_MAX = 100000, STEP = PROBLEMS_MAX / 8 };

// By which places are put in order: what is not at any comes first.
static uint64_t order_of(uint64_t offset) {
    return offset + 1;
}

// These are few: one a chunk, one an input.
static bool is_named_apart(enum problem_kind kind) {
    return kind == PROBLEM_WORKER || kind == PROBLEM_TOO_MUCH;
}

static bool is_of(const struct problem *problem, const struct source *source) {
    return problem->path == source->path && !is_named_apart(problem->kind);
}

static size_t list_orders(const struct scan *scan, const struct source *source, uint64_t *orders) {
    const struct problems *problems = &scan->result.problems;
    size_t number = (size_t)(source - scan->sources.list);
    size_t count = 0;
    for (size_t i = 0; i < problems->count; i++) {
        if (is_of(&problems->list[i], source)) {
            orders[count++] = order_of(problems->list[i].offset);
        }
    }
    for (size_t i = 0; i < scan->suspect_count; i++) {
        if (scan->suspects[i].source == number) {
            orders[count++] = order_of(scan->suspects[i].offset);
        }
    }
    return count;
}

static size_t drop_problems(struct problems *problems, const struct source *source) {
    size_t kept = 0;
    for (size_t i = 0; i < problems->count; i++) {
        const struct problem *problem = &problems->list[i];
        if (is_of(problem, source) && order_of(problem->offset) >= source->problem_cut) {
            problems->counts[problem->kind]--;
        } else {
            problems->list[kept++] = *problem;
        }
    }
    size_t dropped = problems->count - kept;
    problems->count = kept;
    return dropped;
}

static size_t drop_suspects(struct scan *scan, const struct source *source) {
    size_t number = (size_t)(source - scan->sources.list);
    size_t kept = 0;
    for (size_t i = 0; i < scan->suspect_count; i++) {
        const struct suspect *suspect = &scan->suspects[i];
        if (suspect->source != number || order_of(suspect->offset) < source->problem_cut) {
            scan->suspects[kept++] = *suspect;
        }
    }
    size_t dropped = scan->suspect_count - kept;
    scan->suspect_count = kept;
    return dropped;
}

// Where memory runs out, it is tried again with the next problem.
static void cut(struct scan *scan, struct source *source) {
    size_t most = scan->result.problems.count + scan->suspect_count;
    uint64_t *orders = malloc((most + 1) * sizeof *orders);
    if (orders == NULL) {
        return;
    }
    size_t count = list_orders(scan, source, orders);
    array_sort(orders, count, sizeof *orders, order_numbers_at);
    if (count > PROBLEMS_MAX) {
        source->problem_cut = orders[PROBLEMS_MAX];
        count -= drop_problems(&scan->result.problems, source);
        count -= drop_suspects(scan, source);
    }
    source->problems = count;
    free(orders);
}

bool problem_cut_allows(const struct source *source, uint64_t offset) {
    return order_of(offset) < source->problem_cut;
}

void problem_cut_count(struct scan *scan, struct source *source) {
    source->problems++;
    if (source->problems > PROBLEMS_MAX + STEP) {
        cut(scan, source);
    }
}

void problem_cut_finish(struct scan *scan) {
    for (size_t i = 0; i < scan->sources.count; i++) {
        struct source *source = &scan->sources.list[i];
        if (source->problems > PROBLEMS_MAX) {
            cut(scan, source);
        }
    }
}

void problem_cut_name(struct scan *scan) {
    for (size_t i = 0; i < scan->sources.count; i++) {
        const struct source *source = &scan->sources.list[i];
        if (source->problem_cut != UINT64_MAX) {
            scan_add_problem(scan, PROBLEM_TOO_MUCH, source->path, source->problem_cut - 1,
                             "problems from here on are left out");
        }
    }
}
