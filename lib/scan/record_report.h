// SPDX-License-Identifier: GPL-3.0-or-later
// What is told of the records of a chunk: events, and records that cannot be read, or say what they
// should not. How much is told of one chunk has a limit; what is left out is told to be.
#ifndef EVTXSEQ_RECORD_REPORT_H
#define EVTXSEQ_RECORD_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "evtx/chunk.h"
#include "evtx/definitions.h"
#include "evtx/layout.h"
#include "evtx/view.h"
#include "rules/event.h"
#include "rules/rule.h"
#include "scan/message.h"
#include "scan/scanner.h"

// What it points to must outlive it.
struct record_report {
    const struct scanner_task *task;
    const struct chunk *chunk;       // the one at hand
    struct definitions *definitions; // of it
    bool keeps_creations;            // see struct scan_segment
    struct layout layout;            // room to work in
    // Bytes of the chunk at hand:
    size_t sought;      // looked through for what may be evidence
    size_t sent;        // of events
    size_t sent_beside; // of those that meet no stage
    size_t sent_bytes;  // of records that cannot be read
};

// Of the next chunk nothing has been told.
void record_report_start(struct record_report *report);

// All of these add messages to `out`.

void record_report_problem(const struct record_report *report, const struct record *record,
                           enum problem_kind kind, enum message_reason reason, struct buffer *out);

// A record that may be what the task is after.
void record_report_may_match(const struct record_report *report, const struct record *record,
                             enum message_reason reason, struct buffer *out);

// One that cannot be decoded; its bytes tell what it may be. `view` is room to work in.
void record_report_undecodable(struct record_report *report, struct view *view,
                               const struct record *record, enum message_reason reason,
                               struct buffer *out);

// One that is damaged, and has been read all the same; whether an event has been made of it, and
// whether that is a process creation.
void record_report_misfit(struct record_report *report, const struct record *record,
                          bool is_reported, bool is_creation, struct buffer *out);

// An event, or a note on it where the task is after these; and what it is to the rules.
void record_report_event(struct record_report *report, const struct record *record, bool is_damaged,
                         const struct event *event, const struct rule_hits *hits,
                         struct buffer *out);

#endif
