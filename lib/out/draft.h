// SPDX-License-Identifier: GPL-3.0-or-later
// A JSON object under construction, by dotted names.
#ifndef EVTXSEQ_DRAFT_H
#define EVTXSEQ_DRAFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/buffer.h"

#define DRAFT_ECS_VERSION "8.11.0" // of the Elastic Common Schema, whose names are used

// Starts with `root` a json_object().
struct draft {
    json_t *root;
    bool failed; // memory ran out
};

// Puts a value, which it takes, where the path leads from the root: names joined by dots, objects
// on the way made as needed.
void draft_put(struct draft *draft, const char *path, json_t *value);

// Puts a value, which it takes, into an object of the draft by a name that came from a log: of
// several of one name the first stays, and bytes that are not UTF-8 become \xHH.
void draft_put_logged(struct draft *draft, json_t *object, const char *name, json_t *value);

// Appends a value, which it takes, to an array.
void draft_append(struct draft *draft, json_t *array, json_t *value);

// What the path leads to, or NULL.
json_t *draft_find(const struct draft *draft, const char *path);

// Values. NULL when memory ran out. Bytes that are not UTF-8 become \xHH; a time is in
// milliseconds.
json_t *draft_text(const char *text);
json_t *draft_bytes(const char *text, size_t size);
json_t *draft_time(int64_t time);

// An array of texts. NULL when memory ran out.
json_t *draft_texts(const char *const *texts, size_t count);

// An array of event IDs, those of FIELD_EVENT_BIT()s. NULL when memory ran out.
json_t *draft_event_ids(uint32_t ids);

// Ends the draft: the object, which is then the caller's. NULL when memory ran out.
json_t *draft_take(struct draft *draft);

// Ends the draft: adds the object in ASCII, laid out as JSON_COMPACT or JSON_INDENT() say, and a
// line end. out->failed when memory ran out.
void draft_finish(struct draft *draft, struct buffer *out, size_t layout);

#endif
