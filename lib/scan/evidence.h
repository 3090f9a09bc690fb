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

enum { EVIDENCE_RUNS_MAX = 1 + LAYOUT_NESTING_MAX };

// Lists the runs of bytes that the record of the chunk `data` is made of: its own, and those of the
// definitions that it uses. `layout` is room to work in. Returns how many there are.
size_t evidence_list(struct layout *layout, struct definitions *definitions, const uint8_t *data,
                     const struct record *record, struct raw raw[EVIDENCE_RUNS_MAX]);

// Whether what is in the record of the chunk `data`, or in the definitions that it uses, may be
// what the task is after. *text is then a text of a rule that stands there; or empty. `layout` is
// room to work in.
bool evidence_may_be(struct layout *layout, struct definitions *definitions,
                     const struct scanner_task *task, const uint8_t *data,
                     const struct record *record, struct text *text);

#endif
