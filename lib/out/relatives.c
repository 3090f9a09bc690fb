// SPDX-License-Identifier: GPL-3.0-or-later
#include "out/relatives.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/order.h"
#include "match/context.h"

// Processes, as they are in a creation

struct member {
    const char *path;
    enum field_id field;
};

static const struct member process_members[] = {
    {"entity_id", FIELD_PROCESS_ENTITY_ID},
    {"pid", FIELD_PROCESS_PID},
    {"executable", FIELD_PROCESS_EXECUTABLE},
    {"name", FIELD_PROCESS_NAME},
    {"command_line", FIELD_PROCESS_COMMAND_LINE},
    {"working_directory", FIELD_PROCESS_WORKING_DIRECTORY},
    {"hash.md5", FIELD_PROCESS_HASH_MD5},
    {"hash.sha1", FIELD_PROCESS_HASH_SHA1},
    {"hash.sha256", FIELD_PROCESS_HASH_SHA256},
    {"pe.imphash", FIELD_PROCESS_PE_IMPHASH},
    {"pe.original_file_name", FIELD_PROCESS_PE_ORIGINAL_FILE_NAME},
    {"user.domain", FIELD_USER_DOMAIN},
    {"user.id", FIELD_USER_ID},
    {"user.name", FIELD_USER_NAME},
};

static const struct member parent_members[] = {
    {"entity_id", FIELD_PROCESS_PARENT_ENTITY_ID},       {"pid", FIELD_PROCESS_PARENT_PID},
    {"executable", FIELD_PROCESS_PARENT_EXECUTABLE},     {"name", FIELD_PROCESS_PARENT_NAME},
    {"command_line", FIELD_PROCESS_PARENT_COMMAND_LINE},
};

static void put_members(struct draft *draft, struct documents *documents,
                        const struct member *members, size_t count) {
    for (size_t i = 0; i < count; i++) {
        document_put(draft, members[i].path, documents, members[i].field, 0);
    }
}

// A process with its creation in the inputs; `generation` is 0 where it has none.
static json_t *make_process(struct documents *documents, const struct stage_event *creation,
                            size_t others, size_t generation) {
    char record[21];
    struct draft draft = {.root = json_object()};
    documents_begin(documents, creation);
    put_members(&draft, documents, process_members,
                sizeof process_members / sizeof *process_members);
    // As text: a number of 64 bits does not survive in every reader of JSON.
    (void)snprintf(record, sizeof record, "%" PRIu64, creation->event->record_id);
    draft_put(&draft, "start", draft_time(creation->time));
    draft_put(&draft, "record", json_string(record));
    draft_put(&draft, "file", draft_text(creation->path));
    draft_put(&draft, "offset", json_integer((json_int_t)creation->offset));
    draft_put(&draft, "recovered", json_boolean(creation->recovered));
    if (others > 0) {
        draft_put(&draft, "other_creations", json_integer((json_int_t)others));
    }
    if (generation > 0) {
        draft_put(&draft, "generation", json_integer((json_int_t)generation));
    }
    return draft_take(&draft);
}

static void put_text(struct draft *draft, const char *path, struct text text) {
    if (text.data != NULL) {
        draft_put(draft, path, draft_bytes(text.data, text.size));
    }
}

// A process without, as far as its child's creation tells of it.
static json_t *make_parent(struct documents *documents, const struct stage_event *child) {
    struct draft draft = {.root = json_object()};
    documents_begin(documents, child);
    put_members(&draft, documents, parent_members, sizeof parent_members / sizeof *parent_members);
    put_text(&draft, "user.domain", event_part(child->event, DATA_PARENT_USER, PART_DOMAIN));
    put_text(&draft, "user.name", event_part(child->event, DATA_PARENT_USER, PART_USER));
    return draft_take(&draft);
}

// Chains

static json_t *make_ancestors(struct draft *draft, struct documents *documents,
                              const struct context_chain *chain) {
    json_t *list = json_array();
    size_t count = chain->ancestor_count;
    for (size_t i = 0; i < count; i++) {
        const struct context_ancestor *ancestor = &chain->ancestors[i];
        draft_append(draft, list,
                     make_process(documents, ancestor->creation, ancestor->other_creations, 0));
    }
    if (chain->end == CONTEXT_END_ABSENT && chain->creation != NULL) {
        draft_append(draft, list,
                     make_parent(documents, count > 0 ? chain->ancestors[count - 1].creation
                                                      : chain->creation));
    }
    return list;
}

// Events of one process, which share a chain.
struct sharing {
    size_t next;   // the number of the process's next event, from 0; SIZE_MAX for none
    bool is_later; // an earlier event has been of it
};

static int compare_creations(const void *left, const void *right, void *context) {
    const struct context_chain *chains = ((const struct context *)context)->chains;
    const size_t *a = left;
    const size_t *b = right;
    uintptr_t x = (uintptr_t)chains[*a].creation;
    uintptr_t y = (uintptr_t)chains[*b].creation;
    return x != y ? order_numbers(x, y) : order_numbers(*a, *b);
}

// By the numbers of the events; to be freed. NULL when memory ran out.
static struct sharing *share(const struct context *context) {
    size_t count = context->chain_count;
    size_t *numbers = calloc(count, sizeof *numbers);
    struct sharing *sharing = calloc(count, sizeof *sharing);
    if (numbers == NULL || sharing == NULL) {
        free(numbers);
        free(sharing);
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        numbers[i] = i;
        sharing[i].next = SIZE_MAX;
    }
    struct context chains = *context; // qsort_r() takes nothing that is constant
    qsort_r(numbers, count, sizeof *numbers, compare_creations, &chains);
    for (size_t i = 1; i < count; i++) {
        const struct stage_event *creation = context->chains[numbers[i]].creation;
        if (creation != NULL && creation == context->chains[numbers[i - 1]].creation) {
            sharing[numbers[i - 1]].next = numbers[i];
            sharing[numbers[i]].is_later = true;
        }
    }
    free(numbers);
    return sharing;
}

static json_t *make_numbers(struct draft *draft, const struct sharing *sharing, size_t event) {
    json_t *numbers = json_array();
    for (size_t i = event; i != SIZE_MAX; i = sharing[i].next) {
        draft_append(draft, numbers, json_integer((json_int_t)i));
    }
    return numbers;
}

static json_t *make_chain(struct documents *documents, const struct context_chain *chain,
                          json_t *numbers) {
    static const char *const ends[] = {
        [CONTEXT_END_NO_GUID] = "no-guid",
        [CONTEXT_END_ABSENT] = "absent",
        [CONTEXT_END_LOOP] = "loop",
        [CONTEXT_END_LIMIT] = "limit",
    };
    struct draft draft = {.root = json_object()};
    draft_put(&draft, "events", numbers);
    if (chain->creation != NULL) {
        draft_put(&draft, "process",
                  make_process(documents, chain->creation, chain->other_creations, 0));
    }
    draft_put(&draft, "ancestors", make_ancestors(&draft, documents, chain));
    draft_put(&draft, "end", json_string(ends[chain->end]));
    return draft_take(&draft);
}

static json_t *make_chains(struct draft *draft, struct documents *documents,
                           const struct context *context) {
    json_t *chains = json_array();
    struct sharing *sharing = share(context);
    draft->failed = draft->failed || sharing == NULL;
    for (size_t i = 0; sharing != NULL && i < context->chain_count; i++) {
        if (!sharing[i].is_later) {
            draft_append(
                draft, chains,
                make_chain(documents, &context->chains[i], make_numbers(draft, sharing, i)));
        }
    }
    free(sharing);
    return chains;
}

static json_t *make_descendants(struct draft *draft, struct documents *documents,
                                const struct context *context) {
    json_t *descendants = json_array();
    for (size_t i = 0; i < context->descendant_count; i++) {
        const struct context_descendant *descendant = &context->descendants[i];
        draft_append(draft, descendants,
                     make_process(documents, descendant->creation, descendant->other_creations,
                                  descendant->generation));
    }
    return descendants;
}

json_t *relatives_make(struct documents *documents, const struct finding *finding) {
    const struct context *context = finding->context;
    struct draft draft = {.root = json_object()};
    draft_put(&draft, "chains", make_chains(&draft, documents, context));
    if (context->descendants_in == finding || context->descendant_count == 0) {
        draft_put(&draft, "descendants", make_descendants(&draft, documents, context));
        draft_put(&draft, "descendants_cut", json_boolean(context->is_cut));
    } else {
        char id[FINDING_ID_SIZE];
        finding_write_id(context->descendants_in, id);
        draft_put(&draft, "descendants_in", json_string(id));
    }
    draft_put(&draft, "partial", json_boolean(context->is_partial));
    return draft_take(&draft);
}
