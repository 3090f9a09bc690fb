// SPDX-License-Identifier: GPL-3.0-or-later
#include "out/places.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"

size_t places_find(const struct places *places, const char *path) {
    size_t i = 0;
    while (i < places->count && strcmp(places->list[i], path) != 0) {
        i++;
    }
    return i;
}

bool places_add(struct places *places, const char *path) {
    return places_find(places, path) < places->count ||
           array_add(&places->list, &places->count, &places->capacity, &path, sizeof path);
}

void places_free(struct places *places) {
    free(places->list);
    *places = (struct places){0};
}
