// SPDX-License-Identifier: GPL-3.0-or-later
#include "scan/shares.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/order.h"
#include "scan/scan_state.h"

void shares_free(struct shares *shares) {
    free(shares->given);
    free(shares->sources);
}

bool shares_add(struct shares *shares, const struct message_share *share, const char *path) {
    struct share_given given = {.share = share->share, .path = path};
    memcpy(given.inputs, share->inputs, sizeof given.inputs);
    return array_add(&shares->given, &shares->given_count, &shares->given_capacity, &given,
                     sizeof given);
}

size_t shares_find(const struct shares *shares, const struct message_share *share,
                   uint32_t listed) {
    for (size_t i = 0; i < shares->source_count; i++) {
        const struct share_source *source = &shares->sources[i];
        if (source->listed == listed &&
            memcmp(source->inputs, share->inputs, sizeof source->inputs) == 0) {
            return source->source;
        }
    }
    return SIZE_MAX;
}

bool shares_add_source(struct shares *shares, const struct message_share *share, uint32_t listed,
                       size_t source) {
    struct share_source added = {.listed = listed, .source = source};
    memcpy(added.inputs, share->inputs, sizeof added.inputs);
    return array_add(&shares->sources, &shares->source_count, &shares->source_capacity, &added,
                     sizeof added);
}

// Missing ones

static bool are_alike(const struct share_given *a, const struct share_given *b) {
    return a->share.count == b->share.count && memcmp(a->inputs, b->inputs, sizeof a->inputs) == 0;
}

// Those of the same inputs stand together, in their order.
static int compare(const void *left, const void *right) {
    const struct share_given *a = left;
    const struct share_given *b = right;
    int result = memcmp(a->inputs, b->inputs, sizeof a->inputs);
    result = result != 0 ? result : order_numbers(a->share.count, b->share.count);
    result = result != 0 ? result : order_numbers(a->share.number, b->share.number);
    return result != 0 ? result : strcmp(a->path, b->path);
}

static void add_problem(struct scan *scan, const char *path, struct buffer *reason) {
    scan_add_made_problem(scan, PROBLEM_ABSENT, path, PROBLEM_NO_OFFSET, reason,
                          "not all parts are there");
}

// Those from `from` to just before `to`.
static void name_gap(struct scan *scan, const struct share_given *given, uint32_t from,
                     uint32_t to) {
    struct buffer text = {0};
    if (from >= to) {
        return;
    }
    if (from + 1 == to) {
        buffer_printf(&text, "part %u of %u was not given", from, given->share.count);
    } else {
        buffer_printf(&text, "parts %u to %u of %u were not given", from, to - 1,
                      given->share.count);
    }
    add_problem(scan, given->path, &text);
}

static void name_second(struct scan *scan, const struct share_given *given) {
    struct buffer text = {0};
    buffer_printf(&text, "part %u of %u is in two files that are not the same", given->share.number,
                  given->share.count);
    add_problem(scan, given->path, &text);
}

void shares_name_missing(struct shares *shares, struct scan *scan) {
    array_sort(shares->given, shares->given_count, sizeof *shares->given, compare);
    const struct share_given *first = shares->given;
    uint32_t next = 1;
    for (size_t i = 0; i < shares->given_count; i++) {
        const struct share_given *given = &shares->given[i];
        if (!are_alike(first, given)) {
            name_gap(scan, first, next, first->share.count + 1);
            first = given;
            next = 1;
        }
        if (given->share.number < next) {
            name_second(scan, given);
        } else {
            name_gap(scan, first, next, given->share.number);
            next = given->share.number + 1;
        }
    }
    if (first != NULL) {
        name_gap(scan, first, next, first->share.count + 1);
    }
}
