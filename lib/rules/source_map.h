// SPDX-License-Identifier: GPL-3.0-or-later
// Where the bytes of a text stand in the file that it was read from, though escapes were resolved
// on the way: a rule's query in a string of its file.
#ifndef EVTXSEQ_SOURCE_MAP_H
#define EVTXSEQ_SOURCE_MAP_H

#include "rules/source_error.h"

// From byte `at` of the text on, up to the next point, it stands in the file as it is.
struct source_point {
    size_t at;
    size_t offset; // in the source
    struct source_place place;
};

struct source_map {
    struct buffer points; // of struct source_point, in the order of the text
};

void source_map_free(struct source_map *map);

// Adds a point; neither `at` nor `offset` is below that of the point before. Check
// `points.failed` at the end.
void source_map_add(struct source_map *map, size_t at, size_t offset);

// Looks up the places of all points; the source is not needed any more.
void source_map_finish(struct source_map *map, const struct source_text *source);

// The place of the character that starts with byte `at` of the text. There is a point at 0.
struct source_place source_map_place(const struct source_map *map, const char *text, size_t at);

#endif
