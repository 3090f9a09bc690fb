// SPDX-License-Identifier: GPL-3.0-or-later
// An event as a document of the Elastic Common Schema, as Elastic would hold it.
#ifndef EVTXSEQ_DOCUMENT_H
#define EVTXSEQ_DOCUMENT_H

#include <jansson.h>

#include "match/timeline.h"
#include "out/draft.h"
#include "rules/fields.h"

// Makes documents of one event after another. All zero at first.
struct documents {
    struct subject subject;
    struct field_reader reader;
};

void documents_free(struct documents *documents);

// Turns to an event, which must stay as long as it is asked.
void documents_begin(struct documents *documents, const struct stage_event *event);

// Puts a field of the event, counted as this kind (see rules/fields.h), where the path leads: an
// array if the field can have several values. Nothing is put where the event lacks it.
void document_put(struct draft *draft, const char *path, struct documents *documents,
                  enum field_id field, unsigned kind);

// The whole event, which it turns to: every field of the list, all of EventData, and where it was
// read. NULL when memory ran out.
json_t *document_make(struct documents *documents, const struct stage_event *event, unsigned kind);

#endif
