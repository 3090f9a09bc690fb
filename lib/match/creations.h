// SPDX-License-Identifier: GPL-3.0-or-later
// The process creations that context is made of: first notes on all of them, by which those are
// chosen that are to be shown; then the events of these.
#ifndef EVTXSEQ_CREATIONS_H
#define EVTXSEQ_CREATIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "match/notes.h"
#include "match/timeline.h"

// A creation that was chosen.
struct creation {
    uint32_t note;                   // its number
    uint32_t others;                 // notes on further creations of the same process
    const struct stage_event *event; // NULL as long as it has not been fetched
};

// A number of a note or of a creation that is none.
#define CREATIONS_NONE UINT32_MAX

// All zero at first.
struct creations {
    struct notes notes; // from creations_keep() on, those alone on what was chosen
    struct note_index processes;
    struct note_index children;
    uint32_t *chosen;      // by note: number of the creation, or CREATIONS_NONE; owned
    struct creation *list; // owned
    size_t count;
    size_t capacity;
    struct stage_event *fetched; // by creation; owned, with their events
};

void creations_free(struct creations *creations);

// To be called after the last note, and before anything is looked for. False when memory ran out.
bool creations_index(struct creations *creations);

// The note on the process's creation that is nearest before the time, or at it; if there is none
// before, the first after. Or CREATIONS_NONE.
uint32_t creations_find(const struct creations *creations, uint64_t process, int64_t time);

// The notes on creations of the event's process, but for the event's own.
uint32_t creations_others(const struct creations *creations, const struct stage_event *event);

// The next note on a child of the process from a place in the index on, which moves after it; the
// first place is creations_first_child(). Or CREATIONS_NONE.
size_t creations_first_child(const struct creations *creations, uint64_t process);
uint32_t creations_next_child(const struct creations *creations, uint64_t process, size_t *place);

// Chooses the creation that the note is on, if it is not chosen already, and gives its number.
// False when memory ran out.
bool creations_choose(struct creations *creations, uint32_t note, uint32_t *number);

// What is known of a creation from the note on it.
const struct note *creations_note(const struct creations *creations, uint32_t number);

// Has the event, a creation that is at hand, stand for itself if it was chosen.
void creations_use(struct creations *creations, const struct stage_event *event);

// Gives up what is of no use after the last choice. False when memory ran out.
bool creations_keep(struct creations *creations);

// The places of the events that are to be fetched. False when memory ran out.
bool creations_places(const struct creations *creations, struct note_places *places);

// Takes the event of a creation, by its number, and ownership of event->event. False, and nothing
// is taken, when it is not the event that was noted or the creation has an event.
bool creations_fetch(struct creations *creations, const struct note_scope *scope, uint32_t number,
                     const struct stage_event *event);

// The event of a creation, or NULL.
const struct stage_event *creations_event(const struct creations *creations, uint32_t number);

// Whether two events, of which either may be NULL, tell of the same process in these roles.
bool creations_agree(const struct stage_event *a, enum process_role role_in_a,
                     const struct stage_event *b, enum process_role role_in_b);

#endif
