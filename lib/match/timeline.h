// SPDX-License-Identifier: GPL-3.0-or-later
// The stage events of all inputs: each event once, in the order in which things happened.
#ifndef EVTXSEQ_TIMELINE_H
#define EVTXSEQ_TIMELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "match/sightings.h"
#include "rules/event.h"
#include "rules/rule.h"

// Its members are in an order that leaves few gaps: there may be hundreds of thousands.
struct stage_event {
    struct event *event; // owned by the timeline
    // What it is to which stages. In the block of memory that `event` points to, after the event.
    const struct rule_hit *hits;
    const char *path;            // the input it was read from; not owned
    uint64_t offset;             // of the record in that input
    struct sightings *sightings; // in other inputs; NULL: none; the timeline's to fill in
    uint32_t hit_count;
    uint32_t input;    // its number
    uint32_t in_chunk; // offset of the record in its chunk
    bool recovered;    // read from slack space or an earlier generation of the log
    bool damaged;      // the record's size and values do not fit each other
    bool is_lasting;   // the input can be read again
    // The rest is the timeline's to fill in.
    bool is_brief;        // of the event only what event_brief() leaves is there
    bool is_wanted;       // it is to be read again
    bool is_dropped;      // it is to be dropped
    uint32_t whole_size;  // what the event takes when it neither is brief nor leans on another
    uint32_t whole_hash;  // of a brief event, event_hash() of the whole one
    uint32_t own_machine; // event_machine()
    // The same, unless the event has none: then that which others of its computer are of, if known.
    uint32_t machine;
    uint32_t host; // its number: that of its Computer, case folded, and its machine
    int64_t time;  // by the timeline's clock
};

// Events that others lean on: of an ID the last that those after it could lean on so far. They stay
// as long as the timeline does, so there is a limit to them: TIMELINE_BASES_PART of whole_max.
enum { TIMELINE_BASES_PART = 16, TIMELINE_IDS_MAX = 32 };

struct bases {
    struct arena arena;
    size_t size;                                  // bytes of them
    const struct event *latest[TIMELINE_IDS_MAX]; // by ID; of other IDs there are none
    struct buffer room;                           // to make events in
};

// Whole events take a kilobyte each and more, and what rules are after is of few kinds: so events
// lean on others (event.h) of their ID where that takes less. As long as all of a timeline take
// less than whole_max together, they are kept; then brief ones, of those that can be read again.
// That is all that a timeline, a matcher and the making of findings need; for what else findings
// are asked, their events are to be read again: see recall.h.
struct timeline {
    enum event_clock clock;
    size_t whole_max;           // bytes
    struct stage_event *events; // owned
    size_t count;
    size_t capacity;
    size_t whole_size; // bytes of events that are not brief, and of those that they lean on
    struct bases bases;
    bool is_full;    // these have been too many
    bool has_failed; // memory ran out: some events are missing, or where they were seen
};

// Adds an event and takes ownership of event->event, also when it fails because memory ran out.
bool timeline_add(struct timeline *timeline, const struct stage_event *event);

// What counts of an event against the limit of an input: the bytes that it takes, if it is larger
// than events are, or meets more stages.
size_t timeline_weight(const struct stage_event *event);

// Drops events of an input, those that lie farthest in it first, until the others weigh at most
// `most`. Returns how many; none that lies at *from or after it is left then.
size_t timeline_cut(struct timeline *timeline, size_t input, size_t most, uint64_t *from);

// Drops the events that are to be. Returns how many.
size_t timeline_drop(struct timeline *timeline);

// Puts the events in order, by (host, time, record ID, event ID), and drops repetitions: the same
// host, event ID, record ID and time. Of these stays, whatever the order of adding, a live record
// before a recovered one, then the one of the first path, then of the first offset; it knows where
// the others were seen.
void timeline_sort(struct timeline *timeline);

// Adds the host as host.id has it: Computer in small letters, `-`, the machine.
void timeline_add_host_id(const struct stage_event *event, struct buffer *out);

// Whether the whole event says all that the one of the timeline does, or did before it was brief.
bool timeline_is_same(const struct stage_event *kept, const struct event *event);

// Puts the whole event, which is not taken over, in the place of a brief one of the timeline. False
// when it is another one, or memory ran out.
bool timeline_restore(struct timeline *timeline, struct stage_event *brief,
                      const struct event *event);

void timeline_free(struct timeline *timeline);

#endif
