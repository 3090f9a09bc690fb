// SPDX-License-Identifier: GPL-3.0-or-later
#include "match/sightings.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"

static int compare_paths(const void *left, const void *right) {
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

void sightings_sort(struct sightings *sightings) {
    size_t count = sightings_count(sightings);
    size_t kept = 0;
    if (count < 2) {
        return;
    }
    const char **paths = sightings->paths;
    array_sort(paths, count, sizeof *paths, compare_paths);
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || strcmp(paths[kept - 1], paths[i]) != 0) {
            paths[kept++] = paths[i];
        }
    }
    sightings->count = kept;
}

static bool is_full(const struct sightings *sightings) {
    return sightings == NULL || sightings->count == sightings->capacity;
}

// Repetitions go before there is more room, which is made only where few did.
static bool make_room(struct sightings **sightings) {
    enum { FIRST_CAPACITY = 2 };
    struct sightings *old = *sightings;
    if (!is_full(old)) {
        return true;
    }
    sightings_sort(old);
    if (old != NULL && old->count <= old->capacity / 2) {
        return true;
    }
    size_t capacity = old == NULL ? FIRST_CAPACITY : 2 * old->capacity;
    struct sightings *grown = realloc(old, sizeof *grown + capacity * sizeof *grown->paths);
    if (grown == NULL) {
        return false;
    }
    grown->count = old == NULL ? 0 : grown->count;
    grown->capacity = capacity;
    *sightings = grown;
    return true;
}

bool sightings_add(struct sightings **sightings, const char *path) {
    if (!make_room(sightings)) {
        return false;
    }
    struct sightings *added = *sightings;
    added->paths[added->count++] = path;
    return true;
}

bool sightings_merge(struct sightings **sightings, const struct sightings *others) {
    for (size_t i = 0; i < sightings_count(others); i++) {
        if (!sightings_add(sightings, others->paths[i])) {
            return false;
        }
    }
    return true;
}
