// SPDX-License-Identifier: GPL-3.0-or-later
// Words that several texts for people share.
#ifndef EVTXSEQ_WORDS_H
#define EVTXSEQ_WORDS_H

#include <stdint.h>

#include "base/buffer.h"
#include "match/context.h"
#include "match/findings.h"
#include "rules/eql_ast.h"

// What an event is about, in a word, by event ID: "library".
const char *words_noun(unsigned event_id);

// How the finding matched: "exact: Elastic's engine would alert on this event".
const char *words_basis(const struct finding *finding);

// That the creation of a process was not found.
const char *words_absence(const struct context *context);

// By what the events of a sequence belong together: names of fields, or "time alone". Keys of
// single stages are told as the first has them. Nothing for a query that is no sequence.
void words_add_keys(struct buffer *out, const struct eql_query *query);

// "1 finding", "2 findings".
void words_add_count(struct buffer *out, uint64_t count, const char *one, const char *many);

// Findings by severity: "1 critical, 3 low".
void words_add_severities(struct buffer *out, const struct findings *findings);

// An image's own name, or its path where that has none; "?" where it is not known.
const char *words_image(const char *image);

// "204 ms", "3 min 5 s".
void words_add_duration(struct buffer *out, int64_t time);

#endif
