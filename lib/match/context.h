// SPDX-License-Identifier: GPL-3.0-or-later
// What a finding does not tell by itself: how the processes of its events came to run, and what the
// process of the last event went on to start. All of it is in process creations (Event ID 1).
//
// These are looked for in two passes over the inputs. The first notes every creation on the hosts
// of findings (notes.h); ancestors and descendants are followed on the notes alone. The second
// fetches the few creations that are to be shown.
//
// A creation is that of an event's process if it agrees with what the event says of its process, an
// ancestor's if it agrees with what its child says of its parent, and a child's if what it says of
// its parent agrees with what is known of the parent: see process.h. Of several that agree the one
// counts that is nearest before the event or before the child's creation; if none is, the first
// after it. A child that was created several times is shown once, by its first creation.
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

// Why a chain goes no further. The first two can be said of the event itself.
enum context_end {
    CONTEXT_END_NO_GUID, // the last creation has no GUID of a parent, or the event none of a
                         // process
    CONTEXT_END_ABSENT,  // it has, but the creation of that process is not in the inputs
    CONTEXT_END_LOOP,    // its parent is a process further down the chain, or itself
    CONTEXT_END_LIMIT,   // CONTEXT_ANCESTORS_MAX
};

struct context_ancestor {
    const struct stage_event *creation;
    size_t other_creations; // how many more the inputs have that tell of the same process
};

struct context_descendant {
    const struct stage_event *creation;
    size_t other_creations;
    size_t generation; // 1: a child of the last event's process
};

// What led to one event.
struct context_chain {
    // Of the event's process; the event itself if it is that; NULL when absent. Events of a finding
    // that share their process have the same creation here.
    const struct stage_event *creation;
    size_t other_creations;
    const struct context_ancestor *ancestors; // its parent first
    size_t ancestor_count;
    enum context_end end;
    // Many processes may have the same ancestors. This is the first finding in the list, and the
    // first of its events, that has these; NULL where there are none. A writer may tell of them
    // there, and refer to that elsewhere.
    const struct finding *ancestors_in;
    size_t ancestors_at;
};

struct context {
    const struct context_chain *chains; // one an event of the finding, in their order
    size_t chain_count;
    const struct context_descendant *descendants; // each after its parent, by time for one parent
    size_t descendant_count;
    bool is_cut; // there are more descendants than a limit allows
    // The same for descendants, which findings share if their last events are of one process: the
    // first of these findings, be there descendants or none. NULL where the last event names no
    // process by a GUID.
    const struct finding *descendants_in;
    // Not all creations could be kept of inputs that cannot be read a second time, such as pipes:
    // what is absent may be in one.
    bool is_partial;
};

struct contexts;

// For the contexts of findings, which must stay as they are, and where they are, as long as the
// contexts. NULL when memory ran out.
struct contexts *contexts_new(const struct findings *findings, enum event_clock clock,
                              bool is_partial);
void contexts_free(struct contexts *contexts);

// What to note in the first pass; valid and the same until contexts_choose(). Without hosts there
// is nothing to be noted, and no pass is needed.
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

// To be called once, after the last event, if there was any to fetch or none. What was not fetched,
// or does not agree after all, is absent. False when memory ran out.
bool contexts_finish(struct contexts *contexts);

// The context of a finding by its number, when all is finished.
const struct context *contexts_get(const struct contexts *contexts, size_t finding);

#endif
