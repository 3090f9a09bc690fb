// SPDX-License-Identifier: GPL-3.0-or-later
// What a record that cannot be decoded may be, by the bytes that are there.
#ifndef EVTXSEQ_EVIDENCE_H
#define EVTXSEQ_EVIDENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "evtx/chunk.h"
#include "evtx/definitions.h"
#include "evtx/layout.h"
#include "rules/condition.h"
#include "scan/scanner.h"

// Whether what is in the record of the chunk `data`, or in the definitions that it uses, may be
// what the task is after. *text is then a text of a rule that stands there; or empty. `layout` is
// room to work in.
bool evidence_may_be(struct layout *layout, struct definitions *definitions,
                     const struct scanner_task *task, const uint8_t *data,
                     const struct record *record, struct event_text *text);

#endif
