// SPDX-License-Identifier: GPL-3.0-or-later
// Reads one stretch of an input, chunk by chunk: survey, filter, decode, map, and what the task
// asks for. What comes out is messages (message.h).
#ifndef EVTXSEQ_SCANNER_H
#define EVTXSEQ_SCANNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "match/notes.h"
#include "rules/rule.h"
#include "scan/reader.h"
#include "scan/replay.h"

// Of what is reported libevtx decodes some as well, and what it makes of it counts: the first
// SCANNER_COMPARED_FIRST events of an input, then those of one chunk in SCANNER_COMPARED_IN. A log
// full of events must not take libevtx's time. Where places are looked at they are of what is to be
// reported; else that is not known yet, and all events that are found count where the segment asks.
enum { SCANNER_COMPARED_FIRST = 1000, SCANNER_COMPARED_IN = 64 };

// Whether events at the places in this chunk of an input are decoded as well: then they are where
// all other places are left out, too.
bool scanner_compares(const struct note_places *places, uint32_t input, uint64_t chunk);

struct scanner_options {
    bool no_recovered; // leave out records from slack space and earlier generations
    bool no_filter;    // decode every record
};

// What a scanner is to do with the events it reads. What it points to must outlive the scanner.
struct scanner_task {
    const struct rule_set *rules;     // send events that meet a stage; NULL: process creations
    bool is_counting;                 // count what coverage.h has a table of
    const struct note_scope *scope;   // instead of such an event send a note on it; or NULL
    const struct note_places *places; // look at the records that lie here alone; or NULL
    bool is_any;                      // without rules send every event
    bool is_hashing;                  // nothing of that: see digest.h
    const struct replay_task *replay; // nothing of that: see replay.h; or NULL
};

struct scanner;

// NULL when memory ran out.
struct scanner *scanner_new(const struct scanner_task *task, const struct scanner_options *options);
void scanner_free(struct scanner *scanner);

// The template definition that `content` tells from others need not be compared: see vouched.h.
void scanner_learn(struct scanner *scanner, const char *content, size_t size);

// Does the next piece of work of the segment: a chunk, or what comes before the first. Adds
// messages to `out`; the last is MESSAGE_DONE. False when the segment is finished.
bool scanner_step(struct scanner *scanner, int fd, const struct scan_segment *segment,
                  struct scan_state *state, struct buffer *out);

#endif
