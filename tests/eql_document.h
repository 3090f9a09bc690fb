// SPDX-License-Identifier: GPL-3.0-or-later
// Events for the tests of what conditions mean, and the ECS documents that ecs.md makes of them:
// the plain way, field by field, and nothing of the library in it.
#ifndef EVTXSEQ_TESTS_EQL_DOCUMENT_H
#define EVTXSEQ_TESTS_EQL_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>

enum { PLAIN_DATA_MAX = 24 };

// An event: its ID and its EventData. All texts are UTF-8 and owned.
struct plain_event {
    unsigned id;
    struct {
        char *name;
        char *value;
    } data[PLAIN_DATA_MAX];
    size_t count;
};

// Adds a value after those that are there; several may be of one name.
void plain_event_add(struct plain_event *event, const char *name, const char *value);
void plain_event_free(struct plain_event *event);

enum plain_type { PLAIN_TEXT, PLAIN_NUMBER, PLAIN_BOOLEAN, PLAIN_ADDRESS };

// What a document has: a field with all its values, as text.
struct plain_field {
    char *name;
    enum plain_type type;
    char **values;
    size_t count;
};

struct plain_document {
    struct plain_field *fields;
    size_t count;
};

// The event as a document, counted as one of its kinds: image loads have kinds 0 and 1, all others
// 0 alone. With `by_name` the file's own name stands in for an OriginalFileName that the record
// does not carry.
void plain_document_make(struct plain_document *document, const struct plain_event *event,
                         unsigned kind, bool by_name);
void plain_document_free(struct plain_document *document);

// The field, or NULL when it is missing. `NAME.caseless` is NAME.
const struct plain_field *plain_document_find(const struct plain_document *document,
                                              const char *name);

// Whether the record carries this value, empty or not.
bool plain_event_has(const struct plain_event *event, const char *name);

#endif
