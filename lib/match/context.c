// SPDX-License-Identifier: GPL-3.0-or-later
// What led to a finding, and what came of it.
#include "match/context.h"

#include <stdlib.h>
#include <string.h>

#include "base/guid.h"

enum {
    PROCESS_CREATION = 1, // event ID
    PRUNE_FIRST = 4096,   // creations kept before it is seen which of them are of use
    NODES_MAX = CONTEXT_DESCENDANTS_MAX + 1,
    // One more than there are generations, to know whether a limit has cut any.
    PASSES_MAX = CONTEXT_GENERATIONS_MAX + 1,
};

// What has been asked of a process: marks in a guid_set.
enum { ASKED_CREATION = 1, ASKED_CHILDREN = 2 };

// Creations by one of their GUIDs: in the order of GUID, host, time.
struct entry {
    struct guid guid;
    const struct stage_event *creation;
};

struct index {
    struct entry *entries; // owned
    size_t count;
};

// GUIDs to ask for in the next pass, and the condition that does.
struct wanted {
    struct guid *guids; // owned
    size_t count;
    size_t capacity;
    char (*texts)[GUID_TEXT_SIZE]; // owned
    const char **values;           // owned; into texts
    struct condition condition;
};

struct contexts {
    const struct findings *findings;
    struct context *list; // owned; `count` of them, one a finding
    size_t count;
    struct timeline creations;
    size_t prune_at;      // count of creations
    struct index by_guid; // creations by the GUID of the process created
    struct index by_parent;
    struct guid_set *asked;
    struct wanted creation; // processes whose own creation to look for
    struct wanted children; // processes whose children to look for
    size_t passes;
    bool has_failed;
    const struct condition *parts[2];
    struct condition any;
    struct stage stage;
    struct rule rule;
};

static void wanted_free(struct wanted *wanted) {
    free(wanted->guids);
    free(wanted->texts);
    free(wanted->values);
}

void contexts_free(struct contexts *contexts) {
    if (contexts == NULL) {
        return;
    }
    for (size_t i = 0; contexts->list != NULL && i < contexts->count; i++) {
        free(contexts->list[i].descendants);
    }
    free(contexts->list);
    timeline_free(&contexts->creations);
    free(contexts->by_guid.entries);
    free(contexts->by_parent.entries);
    guid_set_free(contexts->asked);
    wanted_free(&contexts->creation);
    wanted_free(&contexts->children);
    free(contexts);
}

struct contexts *contexts_new(const struct findings *findings, enum event_clock clock,
                              bool is_partial) {
    struct contexts *contexts = calloc(1, sizeof *contexts);
    if (contexts == NULL) {
        return NULL;
    }
    contexts->findings = findings;
    contexts->count = findings->count;
    contexts->creations.clock = clock;
    contexts->prune_at = PRUNE_FIRST;
    contexts->asked = guid_set_new();
    contexts->list = calloc(findings->count + 1, sizeof *contexts->list);
    if (contexts->asked == NULL || contexts->list == NULL) {
        contexts_free(contexts);
        return NULL;
    }
    for (size_t i = 0; i < findings->count; i++) {
        contexts->list[i].is_partial = is_partial;
    }
    return contexts;
}

bool contexts_failed(const struct contexts *contexts) {
    return contexts->has_failed;
}

const struct context *contexts_get(const struct contexts *contexts, size_t finding) {
    return &contexts->list[finding];
}

// Finding creations

// False when the event has no GUID there, or what is none.
static bool read_guid(const struct stage_event *event, enum event_data field, struct guid *guid) {
    const char *text = event_value(event->event, field);
    return text != NULL && guid_parse(text, guid);
}

static int compare_entries(const void *left, const void *right) {
    const struct entry *a = left;
    const struct entry *b = right;
    int order = memcmp(&a->guid, &b->guid, sizeof a->guid);
    if (order != 0) {
        return order;
    }
    // The timeline is in the order of host and time.
    return a->creation < b->creation ? -1 : a->creation > b->creation;
}

static bool make_index(struct index *index, enum event_data field,
                       const struct timeline *creations) {
    struct entry *entries = reallocarray(index->entries, creations->count + 1, sizeof *entries);
    if (entries == NULL) {
        return false;
    }
    index->entries = entries;
    index->count = 0;
    for (size_t i = 0; i < creations->count; i++) {
        struct entry *entry = &entries[index->count];
        entry->creation = &creations->events[i];
        index->count += read_guid(entry->creation, field, &entry->guid);
    }
    if (index->count > 1) {
        qsort(entries, index->count, sizeof *entries, compare_entries);
    }
    return true;
}

static bool make_indexes(struct contexts *contexts) {
    timeline_sort(&contexts->creations);
    return make_index(&contexts->by_guid, DATA_PROCESS_GUID, &contexts->creations) &&
           make_index(&contexts->by_parent, DATA_PARENT_PROCESS_GUID, &contexts->creations);
}

// The first entry at or behind number `from` that has the GUID and is of the event's host. NULL
// when there is none.
static const struct entry *find_entry(const struct index *index, size_t from,
                                      const struct guid *guid, const struct stage_event *event) {
    for (size_t i = from; i < index->count; i++) {
        const struct entry *entry = &index->entries[i];
        if (memcmp(&entry->guid, guid, sizeof *guid) != 0) {
            break;
        }
        if (timeline_same_host(entry->creation, event)) {
            return entry;
        }
    }
    return NULL;
}

// The number of the first entry with the GUID, or of one with another.
static size_t find_guid(const struct index *index, const struct guid *guid) {
    size_t begin = 0;
    size_t end = index->count;
    while (begin < end) {
        size_t middle = begin + (end - begin) / 2;
        if (memcmp(&index->entries[middle].guid, guid, sizeof *guid) < 0) {
            begin = middle + 1;
        } else {
            end = middle;
        }
    }
    return begin;
}

// Asking for creations

static bool add_wanted(struct wanted *wanted, const struct guid *guid) {
    if (wanted->count == wanted->capacity) {
        size_t capacity = wanted->capacity == 0 ? 64 : wanted->capacity * 2;
        struct guid *guids = reallocarray(wanted->guids, capacity, sizeof *guids);
        if (guids == NULL) {
            return false;
        }
        wanted->guids = guids;
        wanted->capacity = capacity;
    }
    wanted->guids[wanted->count++] = *guid;
    return true;
}

// Has the next pass look for it, unless one has done so before.
static void want(struct contexts *contexts, struct wanted *wanted, const struct guid *guid,
                 uint32_t mark) {
    if ((guid_set_marks(contexts->asked, guid) & mark) == 0) {
        contexts->has_failed = !guid_set_add(contexts->asked, guid, mark) ||
                               !add_wanted(wanted, guid) || contexts->has_failed;
    }
}

static int compare_texts(const void *left, const void *right) {
    return strcmp(left, right);
}

static bool make_condition(struct wanted *wanted, enum event_data field) {
    free(wanted->texts);
    free(wanted->values);
    wanted->texts = calloc(wanted->count + 1, sizeof *wanted->texts);
    wanted->values = calloc(wanted->count + 1, sizeof *wanted->values);
    if (wanted->texts == NULL || wanted->values == NULL) {
        return false;
    }
    for (size_t i = 0; i < wanted->count; i++) {
        guid_format(&wanted->guids[i], wanted->texts[i]);
        wanted->values[i] = wanted->texts[i];
    }
    qsort(wanted->texts, wanted->count, sizeof *wanted->texts, compare_texts);
    wanted->condition = (struct condition){.kind = CONDITION_IS,
                                           .data = field,
                                           .part = PART_WHOLE,
                                           .values = wanted->values,
                                           .value_count = wanted->count};
    return true;
}

static bool make_rule(struct contexts *contexts) {
    size_t count = 0;
    if (!make_condition(&contexts->creation, DATA_PROCESS_GUID) ||
        !make_condition(&contexts->children, DATA_PARENT_PROCESS_GUID)) {
        return false;
    }
    if (contexts->creation.count > 0) {
        contexts->parts[count++] = &contexts->creation.condition;
    }
    if (contexts->children.count > 0) {
        contexts->parts[count++] = &contexts->children.condition;
    }
    contexts->any = (struct condition){
        .kind = CONDITION_ANY, .children = contexts->parts, .child_count = count};
    contexts->stage = (struct stage){
        .name = "creation", .event_id = PROCESS_CREATION, .condition = &contexts->any};
    contexts->rule = (struct rule){.id = "context", .stages = {&contexts->stage}, .stage_count = 1};
    return true;
}

// Ancestors

static const struct stage_event *find_creation(struct contexts *contexts, const struct guid *guid,
                                               const struct stage_event *event) {
    const struct index *index = &contexts->by_guid;
    const struct entry *entry = find_entry(index, find_guid(index, guid), guid, event);
    if (entry == NULL) {
        want(contexts, &contexts->creation, guid, ASKED_CREATION);
        return NULL;
    }
    return entry->creation;
}

// Whether the process is the script or one of the ancestors found so far.
static bool is_in_chain(const struct context *context, const struct guid *guid) {
    struct guid other;
    for (size_t i = 0; i < context->ancestor_count; i++) {
        if (read_guid(context->ancestors[i], DATA_PROCESS_GUID, &other) &&
            memcmp(&other, guid, sizeof other) == 0) {
            return true;
        }
    }
    return read_guid(context->script, DATA_PROCESS_GUID, &other) &&
           memcmp(&other, guid, sizeof other) == 0;
}

// Goes from the script up, as far as creations are known.
static void climb(struct contexts *contexts, struct context *context) {
    const struct stage_event *child = context->script;
    for (;;) {
        struct guid guid;
        if (!read_guid(child, DATA_PARENT_PROCESS_GUID, &guid)) {
            context->end = CONTEXT_END_NO_PARENT;
            return;
        }
        if (is_in_chain(context, &guid)) {
            context->end = CONTEXT_END_LOOP;
            return;
        }
        if (context->ancestor_count == CONTEXT_ANCESTORS_MAX) {
            context->end = CONTEXT_END_LIMIT;
            return;
        }
        child = find_creation(contexts, &guid, child);
        if (child == NULL) {
            context->end = CONTEXT_END_ABSENT;
            return;
        }
        context->ancestors[context->ancestor_count++] = child;
    }
}

static void find_script(struct contexts *contexts, const struct stage_event *load,
                        struct context *context) {
    struct guid guid;
    context->ancestor_count = 0;
    context->script = NULL;
    if (load != NULL && read_guid(load, DATA_PROCESS_GUID, &guid)) {
        context->script = find_creation(contexts, &guid, load);
    }
    if (context->script != NULL) {
        climb(contexts, context);
    }
}

// Descendants

// The started process, which comes first, or one that descends from it.
struct node {
    struct guid guid;
    bool has_guid;
    const struct stage_event *creation;
    size_t parent; // its number
    size_t generation;
};

struct tree {
    struct node nodes[NODES_MAX];
    size_t count;
    bool is_cut;
};

static bool is_in_tree(const struct tree *tree, const struct node *node) {
    for (size_t i = 0; node->has_guid && i < tree->count; i++) {
        if (tree->nodes[i].has_guid &&
            memcmp(&tree->nodes[i].guid, &node->guid, sizeof node->guid) == 0) {
            return true;
        }
    }
    return false;
}

// False when a limit forbids more.
static bool add_child(struct tree *tree, size_t parent, const struct stage_event *creation) {
    struct node node = {
        .creation = creation, .parent = parent, .generation = tree->nodes[parent].generation + 1};
    node.has_guid = read_guid(creation, DATA_PROCESS_GUID, &node.guid);
    if (is_in_tree(tree, &node)) {
        return true;
    }
    if (tree->count == NODES_MAX || node.generation > CONTEXT_GENERATIONS_MAX) {
        tree->is_cut = true;
        return false;
    }
    tree->nodes[tree->count++] = node;
    return true;
}

static void add_children(struct contexts *contexts, struct tree *tree, size_t parent) {
    const struct index *index = &contexts->by_parent;
    const struct node *node = &tree->nodes[parent];
    if (!node->has_guid) {
        return;
    }
    want(contexts, &contexts->children, &node->guid, ASKED_CHILDREN);
    const struct entry *entry =
        find_entry(index, find_guid(index, &node->guid), &node->guid, node->creation);
    while (entry != NULL && add_child(tree, parent, entry->creation)) {
        size_t next = (size_t)(entry - index->entries) + 1;
        entry = find_entry(index, next, &node->guid, node->creation);
    }
}

// Generation by generation, so that a limit cuts the latest.
static void grow_tree(struct contexts *contexts, const struct stage_event *start,
                      struct tree *tree) {
    tree->is_cut = false;
    tree->count = 1;
    tree->nodes[0] = (struct node){.creation = start};
    tree->nodes[0].has_guid = read_guid(start, DATA_PROCESS_GUID, &tree->nodes[0].guid);
    for (size_t i = 0; i < tree->count && !(tree->is_cut && tree->count == NODES_MAX); i++) {
        add_children(contexts, tree, i);
    }
}

static void list_below(const struct tree *tree, size_t parent, struct context *context) {
    for (size_t i = parent + 1; i < tree->count; i++) {
        if (tree->nodes[i].parent == parent) {
            context->descendants[context->descendant_count++] =
                (struct context_descendant){tree->nodes[i].creation, tree->nodes[i].generation};
            list_below(tree, i, context);
        }
    }
}

static bool find_descendants(struct contexts *contexts, const struct stage_event *start,
                             struct context *context) {
    struct tree tree;
    context->descendant_count = 0;
    if (start == NULL) {
        return true;
    }
    grow_tree(contexts, start, &tree);
    context->is_cut = tree.is_cut;
    struct context_descendant *descendants =
        reallocarray(context->descendants, tree.count, sizeof *descendants);
    if (descendants == NULL) {
        return false;
    }
    context->descendants = descendants;
    list_below(&tree, 0, context);
    return true;
}

// Passes

// Goes from each finding as far as creations are known, and wants those that are missing.
static bool look_around(struct contexts *contexts) {
    for (size_t i = 0; i < contexts->findings->count && !contexts->has_failed; i++) {
        const struct finding *finding = &contexts->findings->list[i];
        struct context *context = &contexts->list[i];
        find_script(contexts, finding_event(finding, "load"), context);
        contexts->has_failed =
            !find_descendants(contexts, finding_event(finding, "start"), context) ||
            contexts->has_failed;
    }
    return !contexts->has_failed;
}

const struct rule *contexts_next(struct contexts *contexts) {
    contexts->creation.count = 0;
    contexts->children.count = 0;
    if (!make_indexes(contexts) || !look_around(contexts)) {
        contexts->has_failed = true;
        return NULL;
    }
    if (contexts->passes == PASSES_MAX ||
        contexts->creation.count + contexts->children.count == 0) {
        return NULL;
    }
    contexts->passes++;
    contexts->has_failed = !make_rule(contexts);
    return contexts->has_failed ? NULL : &contexts->rule;
}

// Pruning: of the creations found, a log can hold any number, but few are ever shown.

// Marks in `keep`, by the number of the creation, the first `limit` of each GUID and host.
static void mark_first(const struct contexts *contexts, const struct index *index, uint32_t mark,
                       size_t limit, bool *keep) {
    size_t rank = 0;
    for (size_t i = 0; i < index->count; i++) {
        const struct entry *entry = &index->entries[i];
        bool is_next = i > 0 && memcmp(&entry[-1].guid, &entry->guid, sizeof entry->guid) == 0 &&
                       entry[-1].creation->host == entry->creation->host;
        rank = is_next ? rank + 1 : 0;
        if (rank < limit && (guid_set_marks(contexts->asked, &entry->guid) & mark) != 0) {
            keep[entry->creation - contexts->creations.events] = true;
        }
    }
}

static bool prune(struct contexts *contexts) {
    struct timeline *creations = &contexts->creations;
    bool *keep = make_indexes(contexts) ? calloc(creations->count + 1, sizeof *keep) : NULL;
    if (keep == NULL) {
        return false;
    }
    mark_first(contexts, &contexts->by_guid, ASKED_CREATION, 1, keep);
    // A process that is its own parent is no child: one more than can be shown, and that.
    mark_first(contexts, &contexts->by_parent, ASKED_CHILDREN, CONTEXT_DESCENDANTS_MAX + 2, keep);
    size_t kept = 0;
    for (size_t i = 0; i < creations->count; i++) {
        if (keep[i]) {
            creations->events[kept++] = creations->events[i];
        } else {
            free(creations->events[i].event);
        }
    }
    creations->count = kept;
    contexts->prune_at = kept < PRUNE_FIRST / 2 ? PRUNE_FIRST : kept * 2;
    free(keep);
    return true;
}

bool contexts_add(struct contexts *contexts, const struct stage_event *event) {
    contexts->has_failed = !timeline_add(&contexts->creations, event) || contexts->has_failed;
    if (!contexts->has_failed && contexts->creations.count >= contexts->prune_at) {
        contexts->has_failed = !prune(contexts);
    }
    return !contexts->has_failed;
}
