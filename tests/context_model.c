// SPDX-License-Identifier: GPL-3.0-or-later
#include "context_model.h"

#include <stdlib.h>

#include "xmem.h"

static bool is_same(const struct model_process *a, const struct model_process *b) {
    return a->guid != 0 && a->guid == b->guid && a->host == b->host && a->pid == b->pid &&
           a->image == b->image;
}

static bool is_before(const struct model_event *a, const struct model_event *b) {
    return a->time != b->time ? a->time < b->time : a->record_id < b->record_id;
}

// Of the process's creations the one that counts at this time, or NULL.
static const struct model_event *creation_of(const struct model_process *process, int64_t time,
                                             const struct model_event *events, size_t count) {
    const struct model_event *before = NULL;
    const struct model_event *after = NULL;
    for (size_t i = 0; i < count; i++) {
        const struct model_event *event = &events[i];
        if (event->id != 1 || !is_same(&event->self, process)) {
            continue;
        }
        if (event->time <= time && (before == NULL || is_before(before, event))) {
            before = event;
        }
        if (event->time > time && (after == NULL || is_before(event, after))) {
            after = event;
        }
    }
    return before != NULL ? before : after;
}

static size_t other_creations(const struct model_event *creation, const struct model_event *events,
                              size_t count) {
    size_t others = 0;
    for (size_t i = 0; i < count; i++) {
        others += &events[i] != creation && events[i].id == 1 &&
                  is_same(&events[i].self, &creation->self);
    }
    return others;
}

static const struct model_event *find_event(const struct stage_event *event,
                                            const struct model_event *events, size_t count) {
    for (size_t i = 0; event != NULL && i < count; i++) {
        if (events[i].record_id == event->event->record_id) {
            return &events[i];
        }
    }
    return NULL;
}

// Chains

struct model_chain {
    const struct model_event *creation;
    const struct model_event *ancestors[CONTEXT_ANCESTORS_MAX];
    size_t count;
    enum context_end end;
};

static bool is_in_chain(const struct model_chain *chain, const struct model_process *process) {
    for (size_t i = 0; i < chain->count; i++) {
        if (is_same(&chain->ancestors[i]->self, process)) {
            return true;
        }
    }
    return is_same(&chain->creation->self, process);
}

static void climb(struct model_chain *chain, const struct model_event *events, size_t count) {
    const struct model_event *child = chain->creation;
    for (;;) {
        if (child->parent.guid == 0) {
            chain->end = CONTEXT_END_NO_GUID;
            return;
        }
        if (is_in_chain(chain, &child->parent)) {
            chain->end = CONTEXT_END_LOOP;
            return;
        }
        if (chain->count == CONTEXT_ANCESTORS_MAX) {
            chain->end = CONTEXT_END_LIMIT;
            return;
        }
        chain->end = CONTEXT_END_ABSENT;
        child = creation_of(&child->parent, child->time, events, count);
        if (child == NULL || child->is_lost) {
            return;
        }
        chain->ancestors[chain->count++] = child;
    }
}

static struct model_chain chain_of(const struct model_event *event,
                                   const struct model_event *events, size_t count) {
    struct model_chain chain = {.end = CONTEXT_END_ABSENT};
    chain.creation = event->id == 1 ? event : creation_of(&event->self, event->time, events, count);
    if (chain.creation != NULL && chain.creation->is_lost) {
        chain.creation = NULL;
    }
    if (event->id != 1 && event->self.guid == 0) {
        chain.end = CONTEXT_END_NO_GUID;
    } else if (chain.creation != NULL) {
        climb(&chain, events, count);
    }
    return chain;
}

static const char *chain_difference(const struct context_chain *got,
                                    const struct model_event *event,
                                    const struct model_event *events, size_t count) {
    struct model_chain wanted = chain_of(event, events, count);
    if (find_event(got->creation, events, count) != wanted.creation) {
        return "another creation";
    }
    if (wanted.creation != NULL &&
        got->other_creations != other_creations(wanted.creation, events, count)) {
        return "another number of other creations";
    }
    if (got->ancestor_count != wanted.count) {
        return "another number of ancestors";
    }
    for (size_t i = 0; i < wanted.count; i++) {
        if (find_event(got->ancestors[i].creation, events, count) != wanted.ancestors[i]) {
            return "another ancestor";
        }
        if (got->ancestors[i].other_creations !=
            other_creations(wanted.ancestors[i], events, count)) {
            return "another number of an ancestor's other creations";
        }
    }
    return got->end == wanted.end ? NULL : "another end";
}

// Trees

enum { NODES_MAX = CONTEXT_DESCENDANTS_MAX + 1 };

struct model_node {
    struct model_process process;
    const struct model_event *creation;
    size_t parent;
    size_t generation;
    bool is_shown;
};

struct model_tree {
    struct model_node nodes[NODES_MAX];
    size_t count;
    bool is_cut;
};

// The first child of the process that is not in the tree, or NULL.
static const struct model_event *next_child(const struct model_tree *tree, size_t parent,
                                            const struct model_event *events, size_t count) {
    const struct model_event *child = NULL;
    for (size_t i = 0; i < count; i++) {
        const struct model_event *event = &events[i];
        bool is_child = event->id == 1 && is_same(&event->parent, &tree->nodes[parent].process) &&
                        (child == NULL || is_before(event, child));
        for (size_t k = 0; is_child && k < tree->count; k++) {
            is_child =
                tree->nodes[k].creation != event && !is_same(&tree->nodes[k].process, &event->self);
        }
        child = is_child ? event : child;
    }
    return child;
}

static void add_children(struct model_tree *tree, size_t parent, const struct model_event *events,
                         size_t count) {
    const struct model_event *child = NULL;
    while ((child = next_child(tree, parent, events, count)) != NULL) {
        size_t generation = tree->nodes[parent].generation + 1;
        if (tree->count == NODES_MAX || generation > CONTEXT_GENERATIONS_MAX) {
            tree->is_cut = true;
            return;
        }
        tree->nodes[tree->count++] =
            (struct model_node){child->self, child, parent, generation,
                                tree->nodes[parent].is_shown && !child->is_lost};
    }
}

// How the list goes on from the place in it; NULL when it goes on as the tree below the parent.
static const char *list_difference(const struct context *got, size_t *at,
                                   const struct model_tree *tree, size_t parent,
                                   const struct model_event *events, size_t count) {
    const char *difference = NULL;
    for (size_t i = parent + 1; difference == NULL && i < tree->count; i++) {
        const struct model_node *node = &tree->nodes[i];
        if (node->parent != parent || !node->is_shown) {
            continue;
        }
        const struct context_descendant *descendant = &got->descendants[*at];
        if (*at == got->descendant_count) {
            return "too few descendants";
        }
        ++*at;
        if (find_event(descendant->creation, events, count) != node->creation ||
            descendant->generation != node->generation) {
            return "another descendant";
        }
        if (descendant->other_creations != other_creations(node->creation, events, count)) {
            return "another number of a descendant's other creations";
        }
        difference = list_difference(got, at, tree, i, events, count);
    }
    return difference;
}

static const char *tree_difference(const struct context *got, const struct model_event *last,
                                   const struct model_event *events, size_t count) {
    if (last->self.guid == 0) {
        return got->descendants_in == NULL && got->descendant_count == 0 ? NULL : "unknown parent";
    }
    struct model_tree *tree = xcalloc(1, sizeof *tree);
    size_t at = 0;
    tree->nodes[tree->count++] = (struct model_node){.process = last->self, .is_shown = true};
    for (size_t i = 0; i < tree->count && !(tree->is_cut && tree->count == NODES_MAX); i++) {
        add_children(tree, i, events, count);
    }
    const char *difference = list_difference(got, &at, tree, 0, events, count);
    if (difference == NULL && at != got->descendant_count) {
        difference = "too many descendants";
    }
    if (difference == NULL && got->is_cut != tree->is_cut) {
        difference = "another limit";
    }
    free(tree);
    return difference;
}

const char *context_model_difference(const struct finding *finding,
                                     const struct model_event *events, size_t count) {
    const struct context *got = finding->context;
    const char *difference = NULL;
    if (got->chain_count != finding->event_count) {
        return "another number of chains";
    }
    for (size_t i = 0; difference == NULL && i < got->chain_count; i++) {
        const struct model_event *event = find_event(finding->events[i], events, count);
        difference = chain_difference(&got->chains[i], event, events, count);
    }
    if (difference == NULL) {
        difference =
            tree_difference(got, find_event(finding_last(finding), events, count), events, count);
    }
    return difference;
}
