// SPDX-License-Identifier: GPL-3.0-or-later
// The inputs in which an event has been seen, beside the one that it was taken from: a log lies in
// its archive, too, or in a volume shadow copy.
#ifndef EVTXSEQ_SIGHTINGS_H
#define EVTXSEQ_SIGHTINGS_H

#include <stdbool.h>
#include <stddef.h>

// Owned by the event; NULL: none. Paths are not owned. To see an event in the same inputs over and
// over takes no more memory than twice what it takes to see it once in each.
struct sightings {
    size_t count;
    size_t capacity;
    const char *paths[]; // in no order, some more than once
};

// Adds one. False when memory ran out: they are as they were then.
bool sightings_add(struct sightings **sightings, const char *path);

// Adds all of others.
bool sightings_merge(struct sightings **sightings, const struct sightings *others);

static inline size_t sightings_count(const struct sightings *sightings) {
    return sightings == NULL ? 0 : sightings->count;
}

// Puts them in order, each once.
void sightings_sort(struct sightings *sightings);

#endif
