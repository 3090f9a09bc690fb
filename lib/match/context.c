// SPDX-License-Identifier: GPL-3.0-or-later
#include "match/context.h"

#include <stdlib.h>

#include "match/ancestors.h"
#include "match/creations.h"
#include "match/descendants.h"

struct contexts {
    const struct findings *findings;
    struct note_scope scope;
    bool is_partial;
    bool is_chosen; // contexts_choose() has been called
    struct creations creations;
    struct note_places places;
    struct ancestors ancestors;
    struct descendants descendants;
    struct context *list;         // owned; one a finding, made last
    struct context_chain *chains; // owned; of all of them
};

void contexts_free(struct contexts *contexts) {
    if (contexts != NULL) {
        free(contexts->chains);
        free(contexts->list);
        descendants_free(&contexts->descendants);
        ancestors_free(&contexts->ancestors);
        note_places_free(&contexts->places);
        creations_free(&contexts->creations);
        note_scope_free(&contexts->scope);
        free(contexts);
    }
}

static bool add_to_scope(struct note_scope *scope, const struct finding *finding) {
    bool ok = true;
    for (size_t i = 0; ok && i < finding->event_count; i++) {
        ok = note_scope_add(scope, finding->events[i]->event);
    }
    return ok;
}

struct contexts *contexts_new(const struct findings *findings, enum event_clock clock,
                              bool is_partial) {
    struct contexts *contexts = calloc(1, sizeof *contexts);
    if (contexts == NULL) {
        return NULL;
    }
    contexts->findings = findings;
    contexts->is_partial = is_partial;
    contexts->scope.clock = clock;
    for (size_t i = 0; i < findings->count; i++) {
        if (!add_to_scope(&contexts->scope, &findings->list[i])) {
            contexts_free(contexts);
            return NULL;
        }
    }
    note_scope_sort(&contexts->scope);
    return contexts;
}

const struct note_scope *contexts_scope(const struct contexts *contexts) {
    return &contexts->scope;
}

bool contexts_note(struct contexts *contexts, const struct note *note) {
    return note->host >= contexts->scope.host_count || notes_add(&contexts->creations.notes, note);
}

// Creations that are events of findings need not be fetched.
static void use_events(struct contexts *contexts) {
    for (size_t i = 0; i < contexts->findings->count; i++) {
        const struct finding *finding = &contexts->findings->list[i];
        for (size_t k = 0; k < finding->event_count; k++) {
            if (finding->events[k]->event->id == PROCESS_CREATION) {
                creations_use(&contexts->creations, finding->events[k]);
            }
        }
    }
}

const struct note_places *contexts_choose(struct contexts *contexts) {
    const struct findings *findings = contexts->findings;
    struct creations *creations = &contexts->creations;
    contexts->is_chosen = true;
    guid_set_free(&contexts->scope.guids);
    if (!creations_index(creations) ||
        !ancestors_choose(&contexts->ancestors, findings, creations) ||
        !descendants_choose(&contexts->descendants, findings, creations)) {
        return NULL;
    }
    use_events(contexts);
    return creations_keep(creations) && creations_places(creations, &contexts->places)
               ? &contexts->places
               : NULL;
}

void contexts_fetch(struct contexts *contexts, uint32_t input, const struct stage_event *event) {
    const struct note_places *places = &contexts->places;
    size_t at = note_places_find(places, input, event->offset);
    for (; note_places_have(places, at, input, event->offset); at++) {
        if (creations_fetch(&contexts->creations, &contexts->scope, places->list[at].note, event)) {
            return;
        }
    }
    free(event->event);
}

static bool make_list(struct contexts *contexts) {
    const struct findings *findings = contexts->findings;
    contexts->list = calloc(findings->count + 1, sizeof *contexts->list);
    contexts->chains = calloc(findings_event_count(findings) + 1, sizeof *contexts->chains);
    if (contexts->list == NULL || contexts->chains == NULL) {
        return false;
    }
    struct context_chain *chains = contexts->chains;
    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *finding = &findings->list[i];
        struct context *context = &contexts->list[i];
        *context = (struct context){.chains = chains,
                                    .chain_count = finding->event_count,
                                    .is_partial = contexts->is_partial};
        for (size_t k = 0; k < finding->event_count; k++) {
            ancestors_make_chain(&contexts->ancestors, finding, k, chains++);
        }
        descendants_get(&contexts->descendants, findings, i, context);
    }
    ancestors_end(&contexts->ancestors);
    return true;
}

bool contexts_finish(struct contexts *contexts) {
    return (contexts->is_chosen || contexts_choose(contexts) != NULL) &&
           ancestors_finish(&contexts->ancestors, &contexts->creations) &&
           descendants_finish(&contexts->descendants, &contexts->creations) && make_list(contexts);
}

const struct context *contexts_get(const struct contexts *contexts, size_t finding) {
    return &contexts->list[finding];
}
