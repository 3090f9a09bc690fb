// SPDX-License-Identifier: GPL-3.0-or-later
#include "scan/problem.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/order.h"

void problems_add(struct problems *problems, struct problem problem) {
    problems->counts[problem.kind]++;
    (void)array_add(&problems->list, &problems->count, &problems->capacity, &problem,
                    sizeof problem);
}

void problems_free(struct problems *problems) {
    free(problems->list);
    *problems = (struct problems){0};
}

static int compare_places(const struct problem *a, const struct problem *b) {
    int result = strcmp(a->path, b->path);
    result = result != 0 ? result : order_numbers(a->offset, b->offset);
    return result != 0 ? result : order_numbers(a->kind, b->kind);
}

static int compare(const void *left, const void *right) {
    const struct problem *a = left;
    const struct problem *b = right;
    int by_place = compare_places(a, b);
    return by_place != 0 ? by_place : strcmp(a->reason, b->reason);
}

// The same, but those of one input stand together, also where another has a path of the same text.
static int compare_within_inputs(const void *left, const void *right) {
    const struct problem *a = left;
    const struct problem *b = right;
    int result = compare_places(a, b);
    result = result != 0 ? result : order_numbers((uintptr_t)a->path, (uintptr_t)b->path);
    return result != 0 ? result : strcmp(a->reason, b->reason);
}

// An input that was given twice has two paths of one text.
static bool is_same_place(const struct problem *a, const struct problem *b) {
    return a->path == b->path && a->offset == b->offset && a->kind == b->kind;
}

static bool is_repetition(const struct problem *a, const struct problem *b) {
    bool has_several =
        a->kind == PROBLEM_UNDECIDED || a->kind == PROBLEM_WORKER || a->kind == PROBLEM_ARCHIVE;
    return is_same_place(a, b) && (!has_several || strcmp(a->reason, b->reason) == 0);
}

// A record that a later pass has found to be evidence.
static bool is_outdone(const struct problem *problem, const struct problem *by) {
    return by->kind == PROBLEM_MAY_MATCH && problem->path == by->path &&
           problem->offset == by->offset &&
           (problem->kind == PROBLEM_RECORD || problem->kind == PROBLEM_REMAINS);
}

// The first of several reasons stays, or one that says more, for one pass may know more than
// another.
static void drop_repetitions(struct problems *problems) {
    size_t kept = 0;
    for (size_t i = 0; i < problems->count; i++) {
        const struct problem *problem = &problems->list[i];
        const struct problem *last = kept > 0 ? &problems->list[kept - 1] : NULL;
        bool is_repeated = last != NULL && is_repetition(last, problem);
        bool is_counted =
            last != NULL && problem->kind == PROBLEM_WORKER && is_same_place(last, problem);
        if (last != NULL && is_outdone(problem, last)) {
            problems->counts[problem->kind]--;
            continue;
        }
        problems->counts[problem->kind] -= is_repeated || is_counted;
        if (!is_repeated || strncmp(problem->reason, last->reason, strlen(last->reason)) == 0) {
            kept += !is_repeated;
            problems->list[kept - 1] = *problem;
        }
    }
    problems->count = kept;
}

void problems_sort(struct problems *problems) {
    if (problems->count > 1) {
        array_sort(problems->list, problems->count, sizeof *problems->list, compare_within_inputs);
        drop_repetitions(problems);
        array_sort(problems->list, problems->count, sizeof *problems->list, compare);
    }
}

bool problem_is_serious(enum problem_kind kind) {
    return kind == PROBLEM_UNREADABLE || kind == PROBLEM_NO_LOG || kind == PROBLEM_MAY_MATCH ||
           kind == PROBLEM_UNDECIDED || kind == PROBLEM_WORKER || kind == PROBLEM_DIFFERENCE ||
           kind == PROBLEM_OVERLAP || kind == PROBLEM_CHECKSUM || kind == PROBLEM_MISSING ||
           kind == PROBLEM_TOO_MUCH || kind == PROBLEM_ARCHIVE || kind == PROBLEM_ABSENT ||
           kind == PROBLEM_IMAGE;
}

bool problems_have_serious(const struct problems *problems) {
    for (int kind = 0; kind < PROBLEM_KINDS; kind++) {
        if (problem_is_serious((enum problem_kind)kind) && problems->counts[kind] > 0) {
            return true;
        }
    }
    return false;
}

const char *problem_kind_text(enum problem_kind kind, size_t count) {
    static const char *const texts[PROBLEM_KINDS][2] = {
        [PROBLEM_UNREADABLE] = {"unreadable input", "unreadable inputs"},
        [PROBLEM_NO_LOG] = {"input without an EVTX log", "inputs without an EVTX log"},
        [PROBLEM_MAY_MATCH] = {"undecodable record that may match",
                               "undecodable records that may match"},
        [PROBLEM_UNDECIDED] = {"event that takes a rule too long",
                               "events that take a rule too long"},
        [PROBLEM_WORKER] = {"chunk that stopped the decoder", "chunks that stopped the decoder"},
        [PROBLEM_OVERLAP] = {"place with too many chunks", "places with too many chunks"},
        [PROBLEM_CHECKSUM] = {"chunk that fails its checksum", "chunks that fail their checksums"},
        [PROBLEM_MISSING] = {"gap between chunks", "gaps between chunks"},
        [PROBLEM_TOO_MUCH] = {"input that is kept in part", "inputs that are kept in part"},
        [PROBLEM_ARCHIVE] = {"archive not read in full", "archives not read in full"},
        [PROBLEM_IMAGE] = {"forensic image not read in full", "forensic images not read in full"},
        [PROBLEM_NOT_CARVED] = {"forensic image that was passed over",
                                "forensic images that were passed over"},
        [PROBLEM_OUTDATED] = {"chunk with an outdated checksum", "chunks with outdated checksums"},
        [PROBLEM_TRUNCATED] = {"truncated input", "truncated inputs"},
        [PROBLEM_FILE_HEADER] = {"damaged file header", "damaged file headers"},
        [PROBLEM_CHUNK] = {"damaged chunk", "damaged chunks"},
        [PROBLEM_RECORD] = {"undecodable record", "undecodable records"},
        [PROBLEM_REMAINS] = {"undecodable remains of a record", "undecodable remains of records"},
        [PROBLEM_LINK] = {"symbolic link that was not followed",
                          "symbolic links that were not followed"},
        [PROBLEM_ABSENT] = {"missing events file", "missing events files"},
        [PROBLEM_DAMAGED_RECORD] = {"damaged record", "damaged records"},
        [PROBLEM_DIFFERENCE] = {"event read in two ways", "events read in two ways"},
        [PROBLEM_DEFINITION] = {"template definition left to the decoder",
                                "template definitions left to the decoder"},
    };
    return texts[kind][count != 1];
}
