// SPDX-License-Identifier: GPL-3.0-or-later
// The fields Sysmon logs with an image load and a process creation, with values that meet the rule.
#ifndef EVTXSEQ_TESTS_SYSMON_FIELDS_H
#define EVTXSEQ_TESTS_SYSMON_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// In a value, $M stands for the machine's eight hex digits and $T for the event's time.
struct sysmon_field {
    const char *name;
    const char *value;
};

// Event ID 1 or 7 as Sysmon 15 logs it or, if `old`, as Sysmon 6 did. NULL for any other event.
const struct sysmon_field *sysmon_fields(uint16_t event_id, bool old, size_t *count);

// The version in System of the same event.
uint8_t sysmon_version(uint16_t event_id, bool old);

#endif
