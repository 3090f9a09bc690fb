// SPDX-License-Identifier: GPL-3.0-or-later
// What a finding does not tell by itself: which script ran, who started it, and what the started
// process went on to start. All of it is in process creations (Event ID 1), which are found by the
// GUIDs of processes.
//
// The creations are looked for in the inputs once more, one generation of ancestors and descendants
// a pass. Each pass is a rule like any other: what it asks for is a stage, and what it finds are
// events of that stage.
#ifndef EVTXSEQ_CONTEXT_H
#define EVTXSEQ_CONTEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "match/findings.h"
#include "match/timeline.h"
#include "rules/rule.h"

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
    struct context_descendant *descendants; // each behind its parent, those of one parent in order
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

// What to look for in the next pass over all inputs: a rule of one stage, valid until the next
// call. NULL when all has been looked for, or memory ran out, which contexts_failed() tells.
const struct rule *contexts_next(struct contexts *contexts);
bool contexts_failed(const struct contexts *contexts);

// Takes an event that meets the stage, and ownership of event->event. False when memory ran out.
bool contexts_add(struct contexts *contexts, const struct stage_event *event);

// The context of a finding by its number, when contexts_next() has said that there is no more to
// look for.
const struct context *contexts_get(const struct contexts *contexts, size_t finding);

#endif
