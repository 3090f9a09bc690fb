// SPDX-License-Identifier: GPL-3.0-or-later
// Which process an event tells of, and whether another event tells of the same.
//
// A GUID alone identifies no process: whoever can write to a log can write any GUID. So two events
// tell of one process only if all that identifies it agrees: the host (as in timeline.h), the GUID,
// the process ID, and the image but for ASCII case.
//
// A GUID must be there. A process ID or an image that one event has and the other lacks does not
// agree. Where both lack it, it does: neither says what the other contradicts, and the text shows
// `?`. So a log from which a collector has stripped images keeps its context.
#ifndef EVTXSEQ_PROCESS_H
#define EVTXSEQ_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/guid.h"
#include "rules/event.h"

enum { PROCESS_CREATION = 1 }; // event ID

enum process_role {
    // Who did it: ProcessGuid, ProcessId, Image; SourceProcessGuid (in 10 SourceProcessGUID),
    // SourceProcessId, SourceImage of an event that acts on another process (8, 10).
    PROCESS_SELF,
    PROCESS_PARENT, // of a creation: ParentProcessGuid, ParentProcessId, ParentImage
};

// What an event says that identifies a process. Texts lie in the event.
struct process {
    struct text computer;
    uint32_t machine; // see event_machine_of()
    bool has_guid;
    struct guid guid;
    struct text id;
    struct text image;
};

struct process process_of(const struct event *event, enum process_role role);

bool process_agrees(const struct process *a, const struct process *b);

// Whether two events whose Computer and machine agree were done by one process.
bool process_is_same(const struct event *a, const struct event *b);

// A number that is equal for processes that agree, and 0 for one without a GUID. Others may have
// the same by accident, or because someone wants it, so process_agrees() has the last word.
uint64_t process_key(const struct process *process);

// The same for the host alone; never 0.
uint64_t process_host_key(const struct process *process);

#endif
