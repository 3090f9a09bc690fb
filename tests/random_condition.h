// SPDX-License-Identifier: GPL-3.0-or-later
// Random queries of one event and random events, made of few texts so that they often have to do
// with one another. The same seed gives the same.
#ifndef EVTXSEQ_TESTS_RANDOM_CONDITION_H
#define EVTXSEQ_TESTS_RANDOM_CONDITION_H

#include "eql_document.h"
#include "random_log.h"

// The text of a query that is right, in memory the caller frees.
char *random_query(struct random *random);

// Adds to an empty event.
void random_plain_event(struct random *random, struct plain_event *event);

#endif
