// SPDX-License-Identifier: GPL-3.0-or-later
// The paths to read: those of the command line, and those of a list.
#ifndef EVTXSEQ_PATHS_H
#define EVTXSEQ_PATHS_H

#include <stdbool.h>
#include <stddef.h>

#include "options.h"

struct paths {
    const char **list; // owned; the first `given` strings are argv's, the others owned
    size_t count;
    size_t capacity;
    size_t given;
};

// Gathers the paths. False when there are none, or they cannot be had, which has been said on
// standard error. To be released with paths_free() in any case.
bool paths_read(struct paths *paths, const struct options *options);
void paths_free(struct paths *paths);

#endif
