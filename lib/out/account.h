// SPDX-License-Identifier: GPL-3.0-or-later
// The account of a run as JSON: what was asked for, what was read, what could be seen, what it came
// to. evtxseq-output(5) describes it, man/evtxseq-report.schema.json is the JSON Schema.
#ifndef EVTXSEQ_ACCOUNT_H
#define EVTXSEQ_ACCOUNT_H

#include "base/buffer.h"
#include "evtxseq.h"
#include "out/report.h"

// Adds an object over several lines, in ASCII.
void account_add(struct buffer *out, const struct report *report, const struct evtxseq_run *run);

#endif
