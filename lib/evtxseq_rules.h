// SPDX-License-Identifier: GPL-3.0-or-later
// What the library's public face is made of inside, where two files of it need to know.
#ifndef EVTXSEQ_RULES_H
#define EVTXSEQ_RULES_H

#include "rules/rule.h"

struct evtxseq_rules {
    struct rule_files files; // until they are compiled
    struct rule_set *set;    // from then on
};

#endif
