// SPDX-License-Identifier: GPL-3.0-or-later
// What led to a finding, and what came of it.
#include "match/context.h"

#include <stdlib.h>
#include <string.h>

enum { NODES_MAX = CONTEXT_DESCENDANTS_MAX + 1 };

#define NO_NOTE SIZE_MAX

struct contexts {
    const struct findings *findings;
    struct context *list; // owned; `count` of them, one a finding
    size_t count;
    struct note_scope scope;
    struct notes notes; // from contexts_choose() on, those alone that are shown
    struct note_index processes;
    struct note_index children;
    bool *is_shown; // by number of note; owned
    struct note_places places;
    // By number of note, `creation_count` of them; owned. Without an event where that has not been
    // fetched. NULL as long as the chains are followed on notes alone.
    struct stage_event *creations;
    size_t creation_count;
};

static void free_indexes(struct contexts *contexts) {
    note_index_free(&contexts->processes);
    note_index_free(&contexts->children);
    free(contexts->is_shown);
    contexts->is_shown = NULL;
}

void contexts_free(struct contexts *contexts) {
    if (contexts == NULL) {
        return;
    }
    for (size_t i = 0; contexts->list != NULL && i < contexts->count; i++) {
        free(contexts->list[i].descendants);
    }
    free(contexts->list);
    for (size_t i = 0; i < contexts->creation_count; i++) {
        free(contexts->creations[i].event);
    }
    free(contexts->creations);
    note_places_free(&contexts->places);
    free_indexes(contexts);
    notes_free(&contexts->notes);
    note_scope_free(&contexts->scope);
    free(contexts);
}

static bool add_host(struct note_scope *scope, const struct stage_event *event) {
    return event == NULL || note_scope_add(scope, event->event);
}

struct contexts *contexts_new(const struct findings *findings, enum event_clock clock,
                              bool is_partial) {
    struct contexts *contexts = calloc(1, sizeof *contexts);
    if (contexts == NULL) {
        return NULL;
    }
    contexts->findings = findings;
    contexts->count = findings->count;
    contexts->scope.clock = clock;
    contexts->list = calloc(findings->count + 1, sizeof *contexts->list);
    bool ok = contexts->list != NULL;
    for (size_t i = 0; ok && i < findings->count; i++) {
        const struct finding *finding = &findings->list[i];
        contexts->list[i].is_partial = is_partial;
        ok = add_host(&contexts->scope, finding_event(finding, "load")) &&
             add_host(&contexts->scope, finding_event(finding, "start"));
    }
    if (!ok) {
        contexts_free(contexts);
        return NULL;
    }
    return contexts;
}

const struct note_scope *contexts_scope(const struct contexts *contexts) {
    return &contexts->scope;
}

bool contexts_note(struct contexts *contexts, const struct note *note) {
    return note->host >= contexts->scope.host_count || notes_add(&contexts->notes, note);
}

const struct context *contexts_get(const struct contexts *contexts, size_t finding) {
    return &contexts->list[finding];
}

// Finding creations

// A process whose relatives are looked for: its key, and the event that tells of it, NULL where
// there is only a note.
struct wanted {
    uint64_t key;
    const struct event *event;
    enum process_role role; // of the process in the event
};

static struct wanted want(const struct stage_event *event) {
    struct process process = process_of(event->event, PROCESS_SELF);
    return (struct wanted){process_key(&process), event->event, PROCESS_SELF};
}

static struct wanted want_noted(const struct contexts *contexts, size_t number,
                                enum process_role role) {
    const struct note *note = &contexts->notes.list[number];
    return (struct wanted){
        .key = role == PROCESS_SELF ? note->process : note->parent,
        .event = contexts->creations == NULL ? NULL : contexts->creations[number].event,
        .role = role,
    };
}

// Whether the creation tells of the process, whose key it has. Notes can only be believed.
static bool agrees(const struct contexts *contexts, size_t number, enum process_role role,
                   const struct wanted *wanted) {
    if (contexts->creations == NULL) {
        return true;
    }
    const struct event *creation = contexts->creations[number].event;
    if (creation == NULL || wanted->event == NULL) {
        return false;
    }
    struct process a = process_of(creation, role);
    struct process b = process_of(wanted->event, wanted->role);
    return process_agrees(&a, &b);
}

// The number of the next note in the index that is on the process, from a place in it on, which
// moves past it. NO_NOTE when there is none.
static size_t next_note(const struct contexts *contexts, const struct note_index *index,
                        const struct wanted *wanted, size_t *place) {
    while (note_index_has(index, &contexts->notes, *place, wanted->key)) {
        size_t number = index->numbers[(*place)++];
        if (agrees(contexts, number, index->role, wanted)) {
            return number;
        }
    }
    return NO_NOTE;
}

static size_t find_creation(const struct contexts *contexts, const struct wanted *wanted) {
    size_t place = note_index_find(&contexts->processes, &contexts->notes, wanted->key);
    return next_note(contexts, &contexts->processes, wanted, &place);
}

// Has the creation be fetched, or gives it where that has been done.
static const struct stage_event *show(struct contexts *contexts, size_t number) {
    contexts->is_shown[number] = true;
    return contexts->creations == NULL ? NULL : &contexts->creations[number];
}

// Ancestors

// The script and the ancestors found so far: numbers of notes.
struct chain {
    size_t notes[1 + CONTEXT_ANCESTORS_MAX];
    size_t count;
};

static bool is_in_chain(const struct contexts *contexts, const struct chain *chain, uint64_t key) {
    for (size_t i = 0; i < chain->count; i++) {
        if (contexts->notes.list[chain->notes[i]].process == key) {
            return true;
        }
    }
    return false;
}

// Goes from the script up, as far as creations are known.
static enum context_end climb(const struct contexts *contexts, struct chain *chain) {
    for (;;) {
        struct wanted parent = want_noted(contexts, chain->notes[chain->count - 1], PROCESS_PARENT);
        if (parent.key == 0) {
            return CONTEXT_END_NO_PARENT;
        }
        if (is_in_chain(contexts, chain, parent.key)) {
            return CONTEXT_END_LOOP;
        }
        if (chain->count > CONTEXT_ANCESTORS_MAX) {
            return CONTEXT_END_LIMIT;
        }
        size_t number = find_creation(contexts, &parent);
        if (number == NO_NOTE) {
            return CONTEXT_END_ABSENT;
        }
        chain->notes[chain->count++] = number;
    }
}

static void find_script(struct contexts *contexts, const struct stage_event *load,
                        struct context *context) {
    struct chain chain = {.count = 1};
    if (load == NULL) {
        return;
    }
    struct wanted script = want(load);
    chain.notes[0] = find_creation(contexts, &script);
    if (chain.notes[0] == NO_NOTE) {
        return;
    }
    context->end = climb(contexts, &chain);
    context->script = show(contexts, chain.notes[0]);
    context->ancestor_count = chain.count - 1;
    for (size_t i = 1; i < chain.count; i++) {
        context->ancestors[i - 1] = show(contexts, chain.notes[i]);
    }
}

// Descendants

// The started process, which comes first, or one that descends from it.
struct node {
    struct wanted process;
    size_t note;   // its creation
    size_t parent; // its number
    size_t generation;
};

struct tree {
    struct node nodes[NODES_MAX];
    size_t count;
    bool is_cut;
};

static bool is_in_tree(const struct tree *tree, uint64_t key) {
    for (size_t i = 0; key != 0 && i < tree->count; i++) {
        if (tree->nodes[i].process.key == key) {
            return true;
        }
    }
    return false;
}

// False when a limit forbids more.
static bool add_child(struct tree *tree, size_t parent, const struct node *child) {
    size_t generation = tree->nodes[parent].generation + 1;
    if (is_in_tree(tree, child->process.key)) {
        return true;
    }
    if (tree->count == NODES_MAX || generation > CONTEXT_GENERATIONS_MAX) {
        tree->is_cut = true;
        return false;
    }
    struct node *node = &tree->nodes[tree->count++];
    *node = *child;
    node->parent = parent;
    node->generation = generation;
    return true;
}

static void add_children(const struct contexts *contexts, struct tree *tree, size_t parent) {
    const struct note_index *index = &contexts->children;
    const struct wanted process = tree->nodes[parent].process;
    size_t place = note_index_find(index, &contexts->notes, process.key);
    struct node child = {0};
    do {
        child.note = next_note(contexts, index, &process, &place);
        if (child.note == NO_NOTE) {
            return;
        }
        child.process = want_noted(contexts, child.note, PROCESS_SELF);
    } while (add_child(tree, parent, &child));
}

// Generation by generation, so that a limit cuts the latest.
static void grow_tree(const struct contexts *contexts, const struct stage_event *start,
                      struct tree *tree) {
    tree->is_cut = false;
    tree->count = 1;
    tree->nodes[0] = (struct node){.process = want(start), .note = NO_NOTE};
    for (size_t i = 0; i < tree->count && !(tree->is_cut && tree->count == NODES_MAX); i++) {
        add_children(contexts, tree, i);
    }
}

static void list_below(struct contexts *contexts, const struct tree *tree, size_t parent,
                       struct context *context) {
    for (size_t i = parent + 1; i < tree->count; i++) {
        const struct node *node = &tree->nodes[i];
        if (node->parent == parent) {
            context->descendants[context->descendant_count++] =
                (struct context_descendant){show(contexts, node->note), node->generation};
            list_below(contexts, tree, i, context);
        }
    }
}

static bool find_descendants(struct contexts *contexts, const struct stage_event *start,
                             struct context *context) {
    struct tree tree;
    if (start == NULL) {
        return true;
    }
    grow_tree(contexts, start, &tree);
    // What was cut on the notes is not fetched, and not missed the second time.
    context->is_cut = context->is_cut || tree.is_cut;
    struct context_descendant *descendants =
        reallocarray(context->descendants, tree.count, sizeof *descendants);
    if (descendants == NULL) {
        return false;
    }
    context->descendants = descendants;
    list_below(contexts, &tree, 0, context);
    return true;
}

// Steps

// Goes from each finding as far as creations are known.
static bool follow(struct contexts *contexts) {
    free_indexes(contexts);
    contexts->is_shown = calloc(contexts->notes.count + 1, sizeof *contexts->is_shown);
    bool ok = contexts->is_shown != NULL &&
              note_index_make(&contexts->processes, &contexts->notes, PROCESS_SELF) &&
              note_index_make(&contexts->children, &contexts->notes, PROCESS_PARENT);
    for (size_t i = 0; ok && i < contexts->count; i++) {
        const struct finding *finding = &contexts->findings->list[i];
        struct context *context = &contexts->list[i];
        context->script = NULL;
        context->ancestor_count = 0;
        context->descendant_count = 0;
        find_script(contexts, finding_event(finding, "load"), context);
        ok = find_descendants(contexts, finding_event(finding, "start"), context);
    }
    return ok;
}

// Gives up the notes that lead nowhere.
static void keep_shown(struct contexts *contexts) {
    struct notes *notes = &contexts->notes;
    size_t kept = 0;
    for (size_t i = 0; i < notes->count; i++) {
        if (contexts->is_shown[i]) {
            notes->list[kept++] = notes->list[i];
        }
    }
    notes->count = kept;
    struct note *list = reallocarray(notes->list, kept + 1, sizeof *list);
    if (list != NULL) {
        notes->list = list;
        notes->capacity = kept + 1;
    }
}

const struct note_places *contexts_choose(struct contexts *contexts) {
    notes_sort(&contexts->notes);
    if (!follow(contexts)) {
        return NULL;
    }
    keep_shown(contexts);
    free_indexes(contexts);
    contexts->creations = calloc(contexts->notes.count + 1, sizeof *contexts->creations);
    if (contexts->creations == NULL) {
        return NULL;
    }
    contexts->creation_count = contexts->notes.count;
    return note_places_make(&contexts->places, &contexts->notes) ? &contexts->places : NULL;
}

// Whether the event is still the one that was noted: an input may have changed.
static bool is_as_noted(const struct contexts *contexts, const struct note *note,
                        const struct stage_event *event) {
    struct note again;
    return note_of(event->event, &contexts->scope, &again) && again.process == note->process &&
           again.parent == note->parent && again.time == note->time &&
           again.record_id == note->record_id && again.host == note->host;
}

static void keep_creation(const struct contexts *contexts, size_t number,
                          const struct stage_event *event) {
    struct stage_event *creation = &contexts->creations[number];
    *creation = *event;
    creation->time = contexts->notes.list[number].time;
    event_machine_prefix(event->event, creation->prefix);
}

void contexts_fetch(struct contexts *contexts, uint32_t input, const struct stage_event *event) {
    const struct note_places *places = &contexts->places;
    size_t at = note_places_find(places, input, event->offset);
    for (; note_places_have(places, at, input, event->offset); at++) {
        size_t number = places->list[at].note;
        if (contexts->creations[number].event == NULL &&
            is_as_noted(contexts, &contexts->notes.list[number], event)) {
            keep_creation(contexts, number, event);
            return;
        }
    }
    free(event->event);
}

bool contexts_finish(struct contexts *contexts) {
    return contexts->creations == NULL || follow(contexts);
}
