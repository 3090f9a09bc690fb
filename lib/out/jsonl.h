// SPDX-License-Identifier: GPL-3.0-or-later
// Findings as JSON, an object a line, with the names of the Elastic Common Schema (ECS).
// evtxseq-output(5) describes each field, man/evtxseq.schema.json is the JSON Schema. Sources: the
// ECS field reference, version 8.11; how Elastic's ingest pipeline for Sysmon fills these fields.
#ifndef EVTXSEQ_JSONL_H
#define EVTXSEQ_JSONL_H

#include "base/buffer.h"
#include "match/findings.h"

// A line: ASCII alone, so that no reader takes a character in it for a line end. Missing values
// have no field. Bytes that are not UTF-8 stand as \xHH in the value.
void jsonl_add_finding(struct buffer *out, const struct finding *finding);

#endif
