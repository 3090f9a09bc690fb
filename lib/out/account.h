// SPDX-License-Identifier: GPL-3.0-or-later
// The account of a run as JSON: what was asked for, what was read, what could be seen, what it came
// to. evtxseq-output(5) describes it, man/evtxseq-report.schema.json is the JSON Schema.
#ifndef EVTXSEQ_ACCOUNT_H
#define EVTXSEQ_ACCOUNT_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "out/report.h"

// What whoever started the run knows of it. Nothing is owned.
struct account_run {
    const char *const *arguments; // of the command, its own name first
    size_t argument_count;
    int64_t started;  // milliseconds since 1970, UTC
    int64_t duration; // milliseconds
    int status;       // that the command ends with
    const char *reason;
};

// Adds an object over several lines, in ASCII.
void account_add(struct buffer *out, const struct report *report, const struct account_run *run);

#endif
