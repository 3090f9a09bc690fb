// SPDX-License-Identifier: GPL-3.0-or-later
#include "scan/sources.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/order.h"

void sources_free(struct sources *sources) {
    free(sources->list);
    free(sources->by_rank);
}

bool sources_add(struct sources *sources, const char *path) {
    const struct source source = {.path = path, .cut = UINT64_MAX, .problem_cut = UINT64_MAX};
    return array_add(&sources->list, &sources->count, &sources->capacity, &source, sizeof source);
}

static int compare_paths(const void *left, const void *right, void *sources) {
    const struct source *list = sources;
    const size_t *a = left;
    const size_t *b = right;
    int result = strcmp(list[*a].path, list[*b].path);
    return result != 0 ? result : order_numbers(*a, *b);
}

bool sources_rank(struct sources *sources) {
    if (sources->by_rank != NULL) {
        return true;
    }
    sources->by_rank = calloc(sources->count + 1, sizeof *sources->by_rank);
    if (sources->by_rank == NULL) {
        return false;
    }
    for (size_t i = 0; i < sources->count; i++) {
        sources->by_rank[i] = i;
    }
    qsort_r(sources->by_rank, sources->count, sizeof *sources->by_rank, compare_paths,
            sources->list);
    for (size_t i = 0; i < sources->count; i++) {
        sources->list[sources->by_rank[i]].rank = (uint32_t)i;
    }
    return true;
}

bool sources_have_file(const struct sources *sources, struct file_id id) {
    for (size_t i = 0; i < sources->count; i++) {
        if (file_id_same(sources->list[i].id, id)) {
            return true;
        }
    }
    return false;
}
