// SPDX-License-Identifier: GPL-3.0-or-later
// Findings by rule.
#ifndef EVTXSEQ_GROUPS_H
#define EVTXSEQ_GROUPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "match/findings.h"

// The findings of one rule.
struct group {
    const struct finding *const *list; // those of one host together
    size_t count;
    int64_t first, last; // times of findings
};

// By severity, the worst first; then by number, the most first; then by ID.
struct groups {
    const struct finding **findings; // owned
    struct group *list;              // owned
    size_t count;
};

// Groups findings, one at least. False when memory ran out.
bool groups_make(struct groups *groups, const struct findings *findings);
void groups_free(struct groups *groups);

const struct rule_text *group_rule(const struct group *group);

// The next of the group's findings that is of another host.
size_t group_skip_host(const struct group *group, size_t at);

#endif
