// SPDX-License-Identifier: GPL-3.0-or-later
// Reads an events file, in the process of a worker, and tells what it says.
#ifndef EVTXSEQ_REPLAY_H
#define EVTXSEQ_REPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "match/notes.h"
#include "match/wanted.h"
#include "scan/message.h"
#include "scan/reader.h"

enum replay_kind {
    REPLAY_CHECK,    // whether the file is whole: MESSAGE_FILE, or a problem
    REPLAY_SETTINGS, // MESSAGE_SETTINGS and MESSAGE_NAMES
    REPLAY_FACTS,    // what is said of inputs, but for their events
    REPLAY_MARKS,    // the marks of events that meet a stage, as MESSAGE_MARKS
    REPLAY_WANTED,   // the identities of those that may be in a finding by all marks, the same
    REPLAY_RULES,  // events that meet a stage; only those of an identity in `marks`, if it has any
    REPLAY_NOTES,  // notes on creations, and MESSAGE_BYTES that may be such
    REPLAY_PLACES, // the events at these places
};

// The inputs in a file. Those of the number REPLAY_NONE are not looked at.
struct replay_file {
    uint32_t *ranks; // by their numbers in the file
    size_t count;
};

#define REPLAY_NONE UINT32_MAX

// What it points to must outlive the replay.
struct replay_task {
    enum replay_kind kind;
    const struct replay_file *files; // by the segment's `input`; for the last two kinds
    struct wanted_scope wanted;
    struct mark_set marks;
    const struct note_scope *scope;
    const struct note_places *places;
};

struct replay;

// NULL when memory ran out.
struct replay *replay_new(const struct replay_task *task);
void replay_free(struct replay *replay);

// Whether REPLAY_NOTES or REPLAY_PLACES may ask for what the message says.
bool replay_may_ask(const struct message *message);

// Adds what the task, of one of these two, asks for of a message that is of the input of this rank:
// at most one message.
void replay_tell(struct replay *replay, const struct message *message, uint32_t rank,
                 struct buffer *out);

// Does the next piece of work of the segment, which is a whole file. Adds messages to `out`; what
// is told of an input comes after MESSAGE_AT with its number; the last is MESSAGE_DONE. False when
// the segment is finished.
bool replay_step(struct replay *replay, int fd, const struct scan_segment *segment,
                 struct scan_state *state, struct buffer *out);

#endif
