// SPDX-License-Identifier: GPL-3.0-or-later
// What the rules in use could have found on a host, by what its logs hold.
#ifndef EVTXSEQ_NEEDS_H
#define EVTXSEQ_NEEDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/rule.h"
#include "scan/coverage.h"

struct needs {
    // Rules in use, each in one of these.
    size_t able;    // every stage's events were logged, one ID of several at least
    size_t blind;   // not so
    size_t useless; // events of no ID can match a stage, on any host
    // Of the blind ones: IDs of events that were never logged, and that some stage can do with.
    uint32_t events; // bits of FIELD_EVENT_BIT()
    // Libraries that were never seen among the image loads there are, which rules that are able ask
    // for: bits by their numbers in the rule set.
    uint64_t libraries;
};

// Of rules of this severity and above: the others are not in use.
struct needs needs_of(const struct rule_set *rules, enum rule_severity min_severity,
                      const struct coverage_counts *counts);

// Of the rule's stages: IDs of events that were never logged, and that one which had none can do
// with, as bits of FIELD_EVENT_BIT(). 0 for a useless rule, too.
uint32_t needs_lacking(const struct rule_set *rules, const struct rule *rule,
                       const struct coverage_counts *counts);

// Whether all that the rule needs was logged: the events, and the libraries that it asks for.
bool needs_met(const struct rule_set *rules, const struct rule *rule,
               const struct coverage_counts *counts);

#endif
