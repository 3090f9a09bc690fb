// SPDX-License-Identifier: GPL-3.0-or-later
#include "evtx/names.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 512 }; // a power of two, several times NAMES_MAX

struct name {
    uint8_t size; // bytes of UTF-16LE; 0 for none
    uint8_t text[2 * NAME_SIZE_MAX];
};

struct names {
    uint8_t slots[SLOTS]; // 1 + the number; 0 for none
    struct name list[NAMES_MAX];
};

// A name's first and last characters and its length tell Sysmon's names apart well enough.
static size_t first_slot(const uint8_t *text, size_t size) {
    return (text[0] * 7U + text[size - 2] * 31U + text[size / 4 * 2] * 17U + size * 5U) % SLOTS;
}

static bool add(struct names *names, size_t number, const char *text) {
    struct name *name = &names->list[number];
    size_t length = strlen(text);
    if (length >= NAME_SIZE_MAX) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        name->text[2 * i] = (uint8_t)text[i];
    }
    name->size = (uint8_t)(2 * length);
    if (length == 0) {
        return true;
    }
    size_t slot = first_slot(name->text, name->size);
    while (names->slots[slot] != 0) {
        slot = (slot + 1) % SLOTS;
    }
    names->slots[slot] = (uint8_t)(number + 1);
    return true;
}

struct names *names_new(const char *const *list, size_t count) {
    struct names *names = count > NAMES_MAX ? NULL : calloc(1, sizeof *names);
    for (size_t i = 0; names != NULL && i < count; i++) {
        if (!add(names, i, list[i])) {
            names_free(names);
            return NULL;
        }
    }
    return names;
}

void names_free(struct names *names) {
    free(names);
}

int names_find(const struct names *names, const uint8_t *text, size_t size) {
    if (names == NULL || size == 0 || size % 2 != 0) {
        return NAMES_OTHER;
    }
    for (size_t slot = first_slot(text, size); names->slots[slot] != 0; slot = (slot + 1) % SLOTS) {
        int number = names->slots[slot] - 1;
        const struct name *name = &names->list[number];
        if (name->size == size && memcmp(name->text, text, size) == 0) {
            return number;
        }
    }
    return NAMES_OTHER;
}
