// SPDX-License-Identifier: GPL-3.0-or-later
// What is read of records in place beside what libevtx makes of them. A view is believed once that
// is the same for one record of each of its definitions.
#ifndef EVTXSEQ_COMPARER_H
#define EVTXSEQ_COMPARER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "evtx/chunk.h"
#include "evtx/decoder.h"
#include "evtx/definitions.h"
#include "evtx/view.h"
#include "rules/event.h"
#include "scan/record_report.h"

// What the view of the record at hand says, as far as it is open.
struct viewed {
    bool is_sysmon;
    bool has_data; // EventData is open
    uint16_t id;
};

// What it points to must outlive it.
struct comparer {
    const struct chunk *chunk;       // the one at hand
    struct definitions *definitions; // of it
    struct decoder *decoder;         // of it
    struct view *view;               // of the record at hand
    const struct record_report *report;
    struct event_draft draft; // room to make events in; owned
    // Of the segment at hand:
    size_t chunks; // begun
    size_t checks; // of definitions
    bool is_over_checks;
};

// Of the next segment no definition has been checked.
void comparer_start(struct comparer *comparer);

// What the record says of its event before any of its values.
struct event_header comparer_header(const struct comparer *comparer, const struct record *record);

// The event of the view. NULL when memory ran out.
struct event *comparer_event(struct comparer *comparer, const struct record *record, uint16_t id);

// The event of what libevtx has made of the record.
enum event_result comparer_map(const struct comparer *comparer, const struct record *record,
                               const struct decoded *decoded, struct event **event);

// Whether the event is that of the view; of System alone where there is no more to compare.
bool comparer_is_same(struct comparer *comparer, const struct record *record,
                      const struct viewed *viewed, const struct event *event);

// Whether the open view can be believed: the definitions that it reads by have been compared with
// libevtx, if need be here and now. Adds messages to `out`: on those that are read wrongly, and
// those found to be read rightly.
bool comparer_believes(struct comparer *comparer, const struct record *record,
                       const struct viewed *viewed, struct buffer *out);

#endif
