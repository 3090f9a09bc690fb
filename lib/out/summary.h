// SPDX-License-Identifier: GPL-3.0-or-later
// What every event tells, whatever its kind: who did it, and what it is about.
#ifndef EVTXSEQ_SUMMARY_H
#define EVTXSEQ_SUMMARY_H

#include "base/buffer.h"
#include "match/findings.h"

// An event of a finding. What it points to lives as long as the finding.
struct summary {
    const struct stage_event *event;
    const struct stage_event *creation; // of its process; the event itself if it is that; or NULL
    unsigned kind;                      // as which it counted: see event_kinds() in rules/fields.h
};

struct summary summary_of(const struct finding *finding, size_t event);

// Values that stand in the event as they are. "Process" is who did it: of process access and remote
// threads (8, 10) the source. Its user, command line and parent are taken from its creation where
// the event does not tell them.
enum summary_item {
    SUMMARY_USER,
    SUMMARY_PROCESS,
    SUMMARY_PID,
    SUMMARY_GUID,
    SUMMARY_COMMAND_LINE,
    SUMMARY_PARENT,
    SUMMARY_PARENT_PID,
    SUMMARY_PARENT_GUID,
    SUMMARY_PARENT_COMMAND_LINE,
    SUMMARY_ORIGINAL_FILE_NAME,
    SUMMARY_INTEGRITY_LEVEL,
    SUMMARY_LOGON_ID,
    SUMMARY_HASHES,
    SUMMARY_CURRENT_DIRECTORY,
    SUMMARY_SYSMON_RULE, // RuleName
    SUMMARY_ITEM_COUNT
};

// The value as it was logged, or NULL.
const char *summary_value(const struct summary *summary, enum summary_item item);

// event.action of an event ID counted as this kind; NULL for none of Sysmon's.
const char *summary_action(unsigned event_id, unsigned kind);

// What the event is about besides its process: the library, file, address ... Nothing where it is
// about that alone, as a process creation is.
void summary_add_target(struct buffer *out, const struct event *event);

// That target or, where there is none, the command line of its process.
void summary_add_about(struct buffer *out, const struct summary *summary);

// That target or, where there is none, what Elastic calls such events.
void summary_add_target_or_action(struct buffer *out, const struct event *event);

#endif
