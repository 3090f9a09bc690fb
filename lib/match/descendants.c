// SPDX-License-Identifier: GPL-3.0-or-later
#include "match/descendants.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/order.h"
#include "match/process.h"

#define NO_TREE UINT32_MAX

// A process that descends from that of a last event: a creation, and how far from it.
struct node {
    uint32_t creation;
    uint32_t generation;
};

struct tree {
    const struct stage_event *root; // a last event
    size_t first;       // number of the first finding whose last event is of the process
    struct node *nodes; // owned; each after its parent
    size_t node_count;
    bool is_cut;
    struct context_descendant *list; // owned; made last
    size_t count;
};

void descendants_free(struct descendants *descendants) {
    for (size_t i = 0; i < descendants->count; i++) {
        free(descendants->trees[i].nodes);
        free(descendants->trees[i].list);
    }
    free(descendants->trees);
    free(descendants->tree_of);
    *descendants = (struct descendants){0};
}

// Which processes

// The last event of a finding.
struct last {
    uint64_t process;
    const struct stage_event *event;
    size_t finding; // its number
};

static int compare_lasts(const void *left, const void *right) {
    const struct last *a = left;
    const struct last *b = right;
    int result = order_numbers(a->process, b->process);
    return result != 0 ? result : order_numbers(a->finding, b->finding);
}

static struct last *list_lasts(const struct findings *findings) {
    struct last *lasts = calloc(findings->count + 1, sizeof *lasts);
    for (size_t i = 0; lasts != NULL && i < findings->count; i++) {
        const struct stage_event *event = finding_last(&findings->list[i]);
        struct process process = process_of(event->event, PROCESS_SELF);
        lasts[i] = (struct last){process_key(&process), event, i};
    }
    if (lasts != NULL) {
        array_sort(lasts, findings->count, sizeof *lasts, compare_lasts);
    }
    return lasts;
}

// Growing

enum { SEEDS_MAX = CONTEXT_DESCENDANTS_MAX + 1 };

// A process as it was found. The first is the root.
struct seed {
    uint64_t process;
    uint32_t note;
    uint32_t parent; // its number
    uint32_t generation;
};

struct growth {
    struct seed seeds[SEEDS_MAX];
    size_t count;
    bool is_cut;
};

static bool has_grown(const struct growth *growth, uint64_t process) {
    for (size_t i = 0; process != 0 && i < growth->count; i++) {
        if (growth->seeds[i].process == process) {
            return true;
        }
    }
    return false;
}

// False when a limit forbids more.
static bool add_seed(struct growth *growth, const struct seed *seed) {
    if (has_grown(growth, seed->process)) {
        return true;
    }
    if (growth->count == SEEDS_MAX || seed->generation > CONTEXT_GENERATIONS_MAX) {
        growth->is_cut = true;
        return false;
    }
    growth->seeds[growth->count++] = *seed;
    return true;
}

static void add_children(struct growth *growth, uint32_t parent,
                         const struct creations *creations) {
    uint64_t process = growth->seeds[parent].process;
    size_t place = creations_first_child(creations, process);
    struct seed seed = {.parent = parent, .generation = growth->seeds[parent].generation + 1};
    do {
        seed.note = creations_next_child(creations, process, &place);
        if (seed.note == CREATIONS_NONE) {
            return;
        }
        seed.process = creations->notes.list[seed.note].process;
    } while (add_seed(growth, &seed));
}

// Generation by generation, so that a limit cuts the latest.
static void grow(struct growth *growth, uint64_t root, const struct creations *creations) {
    growth->seeds[0] = (struct seed){.process = root};
    growth->count = 1;
    growth->is_cut = false;
    for (size_t i = 0; i < growth->count && !(growth->is_cut && growth->count == SEEDS_MAX); i++) {
        add_children(growth, (uint32_t)i, creations);
    }
}

// Lists what is below a process, each after its parent.
static bool list_below(struct tree *tree, const struct growth *growth, uint32_t parent,
                       struct creations *creations) {
    for (uint32_t i = parent + 1; i < growth->count; i++) {
        const struct seed *seed = &growth->seeds[i];
        if (seed->parent != parent) {
            continue;
        }
        struct node *node = &tree->nodes[tree->node_count];
        if (!creations_choose(creations, seed->note, &node->creation)) {
            return false;
        }
        node->generation = seed->generation;
        tree->node_count++;
        if (!list_below(tree, growth, i, creations)) {
            return false;
        }
    }
    return true;
}

static bool grow_tree(struct tree *tree, const struct last *last, struct creations *creations) {
    struct growth growth;
    grow(&growth, last->process, creations);
    *tree = (struct tree){.root = last->event, .first = last->finding, .is_cut = growth.is_cut};
    tree->nodes = calloc(growth.count, sizeof *tree->nodes);
    return tree->nodes != NULL && list_below(tree, &growth, 0, creations);
}

// Whether the event is of the process whose tree this is.
static bool is_root(const struct tree *tree, const struct stage_event *event) {
    return creations_agree(tree->root, PROCESS_SELF, event, PROCESS_SELF);
}

static bool grow_trees(struct descendants *descendants, const struct last *lasts, size_t count,
                       struct creations *creations) {
    size_t capacity = 0;
    for (size_t i = 0; i < count; i++) {
        const struct tree *tree =
            descendants->count == 0 ? NULL : &descendants->trees[descendants->count - 1];
        if (lasts[i].process == 0) {
            descendants->tree_of[lasts[i].finding] = NO_TREE;
            continue;
        }
        if ((tree == NULL || !is_root(tree, lasts[i].event)) &&
            (!array_grow(&descendants->trees, descendants->count, &capacity, sizeof *tree) ||
             !grow_tree(&descendants->trees[descendants->count++], &lasts[i], creations))) {
            return false;
        }
        descendants->tree_of[lasts[i].finding] = (uint32_t)(descendants->count - 1);
    }
    return true;
}

bool descendants_choose(struct descendants *descendants, const struct findings *findings,
                        struct creations *creations) {
    struct last *lasts = list_lasts(findings);
    descendants->tree_of = calloc(findings->count + 1, sizeof *descendants->tree_of);
    bool ok = lasts != NULL && descendants->tree_of != NULL &&
              grow_trees(descendants, lasts, findings->count, creations);
    free(lasts);
    return ok;
}

// Making

static bool finish_tree(struct tree *tree, const struct creations *creations) {
    const struct stage_event *last[CONTEXT_GENERATIONS_MAX + 1] = {tree->root};
    tree->list = calloc(tree->node_count + 1, sizeof *tree->list);
    for (size_t i = 0; tree->list != NULL && i < tree->node_count; i++) {
        const struct node *node = &tree->nodes[i];
        const struct stage_event *event = creations_event(creations, node->creation);
        // What is below a process that is not there has no parent either.
        bool agrees =
            creations_agree(event, PROCESS_PARENT, last[node->generation - 1], PROCESS_SELF);
        last[node->generation] = agrees ? event : NULL;
        if (agrees) {
            tree->list[tree->count++] = (struct context_descendant){
                .creation = event,
                .other_creations = creations->list[node->creation].others,
                .generation = node->generation,
            };
        }
    }
    return tree->list != NULL;
}

bool descendants_finish(struct descendants *descendants, const struct creations *creations) {
    bool ok = true;
    for (size_t i = 0; ok && i < descendants->count; i++) {
        ok = finish_tree(&descendants->trees[i], creations);
    }
    return ok;
}

void descendants_get(const struct descendants *descendants, const struct findings *findings,
                     size_t finding, struct context *context) {
    uint32_t number = descendants->tree_of[finding];
    if (number != NO_TREE) {
        const struct tree *tree = &descendants->trees[number];
        context->descendants = tree->list;
        context->descendant_count = tree->count;
        context->is_cut = tree->is_cut;
        context->descendants_in = &findings->list[tree->first];
    }
}
