// SPDX-License-Identifier: GPL-3.0-or-later
// The literal text, or the GUID, that an event must hold to meet a condition.
#include "rules/atoms.h"

#include <string.h>

#include "base/guid.h"

// Shorter text is found everywhere and saves nothing.
enum { ATOM_SIZE_MIN = 4 };

static bool is_printable_ascii(char c) {
    return c >= ' ' && c <= '~';
}

static bool add_atom(struct atoms *atoms, const char *text, size_t size) {
    if (size < ATOM_SIZE_MIN || size >= ATOM_SIZE_MAX) {
        return false;
    }
    for (size_t i = 0; i < size; i++) {
        if (!is_printable_ascii(text[i])) {
            return false;
        }
    }
    for (size_t i = 0; i < atoms->count; i++) {
        if (strlen(atoms->texts[i]) == size && memcmp(atoms->texts[i], text, size) == 0) {
            return true;
        }
    }
    if (atoms->count == ATOMS_MAX) {
        return false;
    }
    memcpy(atoms->texts[atoms->count], text, size);
    atoms->texts[atoms->count++][size] = '\0';
    return true;
}

static bool add_guid_list(struct atoms *atoms, const struct condition *condition) {
    if (atoms->guid_list_count == ATOM_GUID_LISTS_MAX) {
        return false;
    }
    atoms->guid_lists[atoms->guid_list_count++] = condition;
    return true;
}

static bool add_all(struct atoms *atoms, const struct atoms *more) {
    for (size_t i = 0; i < more->guid_list_count; i++) {
        if (!add_guid_list(atoms, more->guid_lists[i])) {
            return false;
        }
    }
    for (size_t i = 0; i < more->count; i++) {
        if (!add_atom(atoms, more->texts[i], strlen(more->texts[i]))) {
            return false;
        }
    }
    return true;
}

// The longest run of a wildcard pattern that has no wildcard in it.
static bool add_literal_of(struct atoms *atoms, const char *pattern) {
    const char *best = pattern;
    size_t best_size = 0;
    while (*pattern != '\0') {
        size_t size = strcspn(pattern, "*?");
        if (size > best_size) {
            best = pattern;
            best_size = size;
        }
        pattern += size;
        pattern += strspn(pattern, "*?");
    }
    return add_atom(atoms, best, best_size);
}

// A value as it stands in the record: a path's name has a backslash before it, a user's domain one
// behind it.
static bool add_value(struct atoms *atoms, const struct condition *condition, const char *value) {
    char text[ATOM_SIZE_MAX];
    size_t size = strlen(value);
    if (condition->kind == CONDITION_LIKE) {
        return add_literal_of(atoms, value);
    }
    if (size > sizeof text - 2) {
        return false;
    }
    char *at = text;
    if (condition->part == PART_NAME || condition->part == PART_USER) {
        *at++ = '\\';
    }
    memcpy(at, value, size);
    at += size;
    if (condition->part == PART_DOMAIN) {
        *at++ = '\\';
    }
    return add_atom(atoms, text, (size_t)(at - text));
}

static size_t shortest(const struct atoms *atoms) {
    size_t result = atoms->guid_list_count > 0 ? GUID_SIZE : ATOM_SIZE_MAX;
    for (size_t i = 0; i < atoms->count; i++) {
        size_t size = strlen(atoms->texts[i]);
        result = size < result ? size : result;
    }
    return result;
}

// Few and long atoms are rare in a log.
static bool is_better(const struct atoms *a, const struct atoms *b) {
    size_t size_a = shortest(a);
    size_t size_b = shortest(b);
    return size_a != size_b ? size_a > size_b : a->count < b->count;
}

// Every child must hold, so the atoms of any one of them will do: the best.
static bool atoms_of_all(const struct condition *condition, struct atoms *atoms) {
    bool any = false;
    for (size_t i = 0; i < condition->child_count; i++) {
        struct atoms child = {0};
        if (atoms_of_condition(condition->children[i], &child) &&
            (!any || is_better(&child, atoms))) {
            *atoms = child;
            any = true;
        }
    }
    return any;
}

static bool atoms_of_any(const struct condition *condition, struct atoms *atoms) {
    for (size_t i = 0; i < condition->child_count; i++) {
        struct atoms child = {0};
        if (!atoms_of_condition(condition->children[i], &child) || !add_all(atoms, &child)) {
            return false;
        }
    }
    return condition->child_count > 0;
}

static bool is_guid(enum event_data field) {
    return field == DATA_PROCESS_GUID || field == DATA_PARENT_PROCESS_GUID;
}

// Sysmon logs GUIDs as values of that type, which hold no text.
static bool atoms_of_guids(const struct condition *condition, struct atoms *atoms) {
    struct guid guid;
    if (condition->kind != CONDITION_IS || condition->part != PART_WHOLE) {
        return false;
    }
    for (size_t i = 0; i < condition->value_count; i++) {
        if (!guid_parse(condition->values[i], &guid)) {
            return false;
        }
    }
    return condition->value_count > 0 && add_guid_list(atoms, condition);
}

// Nor do numbers.
static bool is_number(enum event_data field) {
    return field == DATA_PROCESS_ID || field == DATA_PARENT_PROCESS_ID;
}

static bool atoms_of_values(const struct condition *condition, struct atoms *atoms) {
    if (is_guid(condition->field)) {
        return atoms_of_guids(condition, atoms);
    }
    if (is_number(condition->field)) {
        return false;
    }
    for (size_t i = 0; i < condition->value_count; i++) {
        if (!add_value(atoms, condition, condition->values[i])) {
            return false;
        }
    }
    return condition->value_count > 0;
}

bool atoms_of_condition(const struct condition *condition, struct atoms *atoms) {
    atoms->count = 0;
    atoms->guid_list_count = 0;
    switch (condition->kind) {
    case CONDITION_ALL:
        return atoms_of_all(condition, atoms);
    case CONDITION_ANY:
        return atoms_of_any(condition, atoms);
    case CONDITION_IS:
    case CONDITION_LIKE:
        return atoms_of_values(condition, atoms);
    case CONDITION_IS_NOT:
    case CONDITION_NO_FIELD:
        break;
    }
    return false;
}

bool atoms_of_stage(const struct stage *stage, struct atoms *atoms) {
    struct atoms fallback = {0};
    if (!atoms_of_condition(stage->condition, atoms)) {
        return false;
    }
    return stage->fallback == NULL ||
           (atoms_of_condition(stage->fallback, &fallback) && add_all(atoms, &fallback));
}
