// SPDX-License-Identifier: GPL-3.0-or-later
#include "rules/source_map.h"

static struct source_point *points_of(const struct source_map *map, size_t *count) {
    *count = map->points.size / sizeof(struct source_point);
    return (struct source_point *)(void *)map->points.data;
}

void source_map_free(struct source_map *map) {
    buffer_free(&map->points);
}

void source_map_add(struct source_map *map, size_t at, size_t offset) {
    const struct source_point point = {.at = at, .offset = offset};
    buffer_add(&map->points, &point, sizeof point);
}

void source_map_finish(struct source_map *map, const struct source_text *source) {
    size_t count = 0;
    struct source_point *points = points_of(map, &count);
    struct source_place place = source->start;
    size_t offset = 0;
    for (size_t i = 0; i < count; i++) {
        place = source_advance(place, source->text + offset, points[i].offset - offset);
        offset = points[i].offset;
        points[i].place = place;
    }
}

struct source_place source_map_place(const struct source_map *map, const char *text, size_t at) {
    size_t count = 0;
    const struct source_point *points = points_of(map, &count);
    size_t i = 0;
    while (i + 1 < count && points[i + 1].at <= at) {
        i++;
    }
    return source_advance(points[i].place, text + points[i].at, at - points[i].at);
}
