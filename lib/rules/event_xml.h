// SPDX-License-Identifier: GPL-3.0-or-later
// From an event's XML, as libevtx writes it, to an event.
#ifndef EVTXSEQ_EVENT_XML_H
#define EVTXSEQ_EVENT_XML_H

#include <stddef.h>
#include <stdint.h>

#include "rules/event.h"

enum event_result {
    EVENT_OK,
    EVENT_NOT_SYSMON, // another provider's
    EVENT_MALFORMED,  // not an event's XML
    EVENT_NO_MEMORY,
};

// What the record's own header says, used where the XML is silent.
struct event_header {
    uint64_t record_id;
    int64_t written; // milliseconds, see timestamp.h
};

// Maps the XML of one event, UTF-8 of `size` bytes without a terminator. Values are found by name,
// never by position. On EVENT_OK *event is the caller's to free().
enum event_result event_from_xml(const char *xml, size_t size, const struct event_header *header,
                                 struct event **event);

#endif
