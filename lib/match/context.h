// SPDX-License-Identifier: GPL-3.0-or-later
// What a finding does not tell by itself: which script ran, who started it, and what the started
// process went on to start. All of it is in process creations (Event ID 1).
//
// These are looked for in two passes over the inputs. The first notes every creation on the hosts
// of findings (notes.h); ancestors and descendants are followed on the notes alone. The second
// fetches the few creations that are to be shown.
//
// A creation is the script's if it agrees with the load, an ancestor's if it agrees with what its
// child says of its parent, and a child's if what it says of its parent agrees with the parent's
// own creation: see process.h. Of several that agree the first in time counts.
#ifndef EVTXSEQ_CONTEXT_H
#define EVTXSEQ_CONTEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "match/findings.h"
#include "match/notes.h"
#include "match/timeline.h"

enum {
    CONTEXT_ANCESTORS_MAX = 16,
    CONTEXT_DESCENDANTS_MAX = 200,
    CONTEXT_GENERATIONS_MAX = 16, // of descendants
};

// Why a chain of ancestors goes no further.
enum context_end {
    CONTEXT_END_NO_PARENT, // the last creation has no GUID of a parent
    CONTEXT_END_ABSENT,    // it has, but that parent's own creation is not in the inputs
    CONTEXT_END_LOOP,      // its parent is a process further down the chain, or itself
    CONTEXT_END_LIMIT,     // CONTEXT_ANCESTORS_MAX
};

struct context_descendant {
    const struct stage_event *creation;
    size_t generation; // 1: a child of the started process
};

struct context {
    const struct stage_event *script; // the script interpreter's own creation; NULL when absent
    const struct stage_event *ancestors[CONTEXT_ANCESTORS_MAX]; // its parent first
    size_t ancestor_count;
    enum context_end end;                   // of no meaning without the script's creation
    struct context_descendant *descendants; // each after its parent, those of one parent in order
    size_t descendant_count;
    bool is_cut; // there are more descendants than a limit allows
    // An input could not be read a second time, such as a pipe: what is absent may be in it.
    bool is_partial;
};

struct contexts;

// For the contexts of findings, which must stay as they are while there is more to look for. NULL
// when memory ran out.
struct contexts *contexts_new(const struct findings *findings, enum event_clock clock,
                              bool is_partial);
void contexts_free(struct contexts *contexts);

// What to note in the first pass; valid and the same as long as the contexts. No hosts: nothing.
const struct note_scope *contexts_scope(const struct contexts *contexts);

// Takes a note of the first pass. One on a host that is not in the scope is ignored. False when
// memory ran out.
bool contexts_note(struct contexts *contexts, const struct note *note);

// To be called once, after the last note: follows the chains and gives the places of what they
// lead to, for the second pass; valid and the same as long as the contexts. NULL when memory ran
// out.
const struct note_places *contexts_choose(struct contexts *contexts);

// Takes an event of the second pass from the input of this number, and ownership of event->event.
// What is not the creation that was noted there is dropped.
void contexts_fetch(struct contexts *contexts, uint32_t input, const struct stage_event *event);

// To be called once, after the last event. What was not fetched, or does not agree after all, is
// absent. False when memory ran out.
bool contexts_finish(struct contexts *contexts);

// The context of a finding by its number, when all is finished.
const struct context *contexts_get(const struct contexts *contexts, size_t finding);

#endif
