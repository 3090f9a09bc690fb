// SPDX-License-Identifier: GPL-3.0-or-later
// Queries and events as the program has them, for the tests of what conditions mean.
#ifndef EVTXSEQ_TESTS_JUDGED_H
#define EVTXSEQ_TESTS_JUDGED_H

#include <stddef.h>

#include "eql_document.h"
#include "rules/condition.h"

// A query as the program has it, and its number among conditions.
struct compiled {
    struct eql_query *query;
    size_t number;
};

// Of the text of a query that must be right.
struct compiled judged_compile(struct conditions *conditions, const char *text);

// What is judged, as the program has it. All zero at first.
struct judged {
    struct event *event;
    struct subject subject;
    struct field_reader reader;
};

// Turns to another event.
void judged_begin(struct judged *judged, const struct plain_event *plain);
void judged_end(struct judged *judged);

// The event as text, in memory the caller frees.
char *judged_describe(const struct plain_event *event);

#endif
