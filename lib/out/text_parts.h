// SPDX-License-Identifier: GPL-3.0-or-later
// The parts of a finding's text: for text*.c alone.
#ifndef EVTXSEQ_TEXT_PARTS_H
#define EVTXSEQ_TEXT_PARTS_H

#include <stddef.h>

#include "match/findings.h"
#include "out/block.h"
#include "out/places.h"
#include "out/summary.h"

// What is being told.
struct finding_text {
    struct block block;
    const struct finding *finding;
    struct places places; // of all that is told
};

// "TIME as USER, record N": where the event does not name its user, that is left out; where there
// are several inputs, which is said.
void text_add_origin(struct finding_text *text, const char *label, const struct stage_event *event);

// A process's GUID and the session that it was started in.
void text_add_identity(struct finding_text *text, const struct summary *summary);

// That the inputs have this many more creations of a process: one of them may have been planted.
void text_add_others(struct finding_text *text, size_t count);

// What led to an event, by its number, down to its process: nothing that was told before.
void text_add_chain(struct finding_text *text, size_t event);

// The event itself.
void text_add_event(struct finding_text *text, size_t event);

// What the last event's process went on to start.
void text_add_descendants(struct finding_text *text);

#endif
