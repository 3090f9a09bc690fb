// SPDX-License-Identifier: GPL-3.0-or-later
#include "out/problem_lines.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "out/wrap.h"

enum { PATHS_SHOWN = 3 };

// What is wrong. Some reasons say all that their kind says.
static void add_what(struct wrap *wrap, const struct problem *problem) {
    switch (problem->kind) {
    case PROBLEM_NO_LOG:
        break;
    case PROBLEM_UNREADABLE:
        wrap_add(wrap, COLOUR_NONE, "cannot be read: ");
        break;
    default:
        wrap_printf(wrap, COLOUR_NONE, "%s: ", problem_kind_text(problem->kind, 1));
    }
    wrap_add(wrap, COLOUR_NONE, problem->reason);
}

static void add_offset(struct wrap *wrap, const struct problem *problem) {
    if (problem->offset != PROBLEM_NO_OFFSET) {
        wrap_printf(wrap, COLOUR_NONE, "offset %" PRIu64 ": ", problem->offset);
    }
}

static void add_one(struct wrap *wrap, const struct problem *problem) {
    wrap_begin(wrap, "evtxseq: ", "  ");
    wrap_printf(wrap, COLOUR_NONE, "%s: ", problem->path);
    add_offset(wrap, problem);
    add_what(wrap, problem);
    wrap_end(wrap);
}

// All problems

static size_t count_of_path(const struct problems *problems, size_t from) {
    size_t count = 1;
    while (from + count < problems->count &&
           strcmp(problems->list[from].path, problems->list[from + count].path) == 0) {
        count++;
    }
    return count;
}

static void add_of_path(struct wrap *wrap, const struct problem *list, size_t count) {
    if (count == 1 || wrap->width == 0) {
        for (size_t i = 0; i < count; i++) {
            add_one(wrap, &list[i]);
        }
        return;
    }
    wrap_begin(wrap, "evtxseq: ", "  ");
    wrap_printf(wrap, COLOUR_NONE, "%s: %zu problems", list->path, count);
    wrap_end(wrap);
    for (size_t i = 0; i < count; i++) {
        wrap_begin(wrap, "  ", "    ");
        add_offset(wrap, &list[i]);
        add_what(wrap, &list[i]);
        wrap_end(wrap);
    }
}

static void add_all(struct wrap *wrap, const struct problems *problems) {
    for (size_t i = 0, count = 0; i < problems->count; i += count) {
        count = count_of_path(problems, i);
        add_of_path(wrap, &problems->list[i], count);
    }
}

// Serious problems

// Problems of one kind and reason, which are in the order of their paths.
struct group {
    const struct problem *first;
    size_t count;
    size_t path_count;
    const char *paths[PATHS_SHOWN]; // the first
    const char *last;
};

struct groups {
    struct group *list; // owned
    size_t count;
    size_t capacity;
};

// NULL when memory ran out. There are no more groups than there are reasons.
static struct group *find_group(struct groups *groups, const struct problem *problem) {
    for (size_t i = 0; i < groups->count; i++) {
        const struct problem *first = groups->list[i].first;
        if (first->kind == problem->kind && strcmp(first->reason, problem->reason) == 0) {
            return &groups->list[i];
        }
    }
    const struct group group = {.first = problem};
    bool is_added =
        array_add(&groups->list, &groups->count, &groups->capacity, &group, sizeof group);
    return is_added ? &groups->list[groups->count - 1] : NULL;
}

static void note(struct group *group, const char *path) {
    group->count++;
    if (group->last != NULL && strcmp(group->last, path) == 0) {
        return;
    }
    if (group->path_count < PATHS_SHOWN) {
        group->paths[group->path_count] = path;
    }
    group->path_count++;
    group->last = path;
}

static void add_group(struct wrap *wrap, const struct group *group) {
    wrap_begin(wrap, "evtxseq: ", "  ");
    wrap_printf(wrap, COLOUR_NONE, "%zu %s: %s", group->count,
                problem_kind_text(group->first->kind, group->count), group->first->reason);
    for (size_t i = 0; i < group->path_count && i < PATHS_SHOWN; i++) {
        wrap_printf(wrap, COLOUR_NONE, "%s%s", i == 0 ? ": " : ", ", group->paths[i]);
    }
    if (group->path_count > PATHS_SHOWN) {
        wrap_printf(wrap, COLOUR_NONE, " and %zu more", group->path_count - PATHS_SHOWN);
    }
    wrap_add(wrap, COLOUR_NONE, "; -v names each");
    wrap_end(wrap);
}

static bool is_grouped(const struct problem *problem) {
    return problem_is_serious(problem->kind) && problem->kind != PROBLEM_MAY_MATCH;
}

// False when memory ran out.
static bool make_groups(struct groups *groups, const struct problems *problems) {
    for (size_t i = 0; i < problems->count; i++) {
        if (is_grouped(&problems->list[i])) {
            struct group *group = find_group(groups, &problems->list[i]);
            if (group == NULL) {
                return false;
            }
            note(group, problems->list[i].path);
        }
    }
    return true;
}

static void add_serious(struct wrap *wrap, const struct problems *problems) {
    struct groups groups = {0};
    if (!make_groups(&groups, problems)) {
        wrap->out->failed = true;
    }
    for (size_t i = 0; i < problems->count; i++) {
        if (problems->list[i].kind == PROBLEM_MAY_MATCH) {
            add_one(wrap, &problems->list[i]);
        }
    }
    for (size_t i = 0; i < groups.count; i++) {
        const struct group *group = &groups.list[i];
        if (group->count == 1) {
            add_one(wrap, group->first);
        } else {
            add_group(wrap, group);
        }
    }
    free(groups.list);
}

void problem_lines_add(struct buffer *out, const struct problems *problems, bool all,
                       const struct text_style *style) {
    struct wrap wrap = {.out = out, .width = style->width};
    if (all) {
        add_all(&wrap, problems);
    } else {
        add_serious(&wrap, problems);
    }
    wrap_free(&wrap);
}
