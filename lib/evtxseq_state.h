// SPDX-License-Identifier: GPL-3.0-or-later
// What the library's public face is made of inside, for its files alone.
#ifndef EVTXSEQ_STATE_H
#define EVTXSEQ_STATE_H

#include <stdbool.h>

#include "evtxseq.h"
#include "out/report.h"
#include "rules/rule.h"
#include "scan/scan.h"

struct evtxseq_rules {
    struct rule_files files; // until they are compiled
    struct rule_set *set;    // from then on
};

struct evtxseq_options {
    struct scan_options scan;          // but for the rules
    const struct evtxseq_rules *rules; // NULL: the default
};

struct evtxseq_options state_default_options(void);

struct evtxseq_scan {
    struct scan *scan;
    const struct scan_result *result; // of that scan
    const struct rule_set *rules;
    struct rule_set *own_rules;  // where the options name none
    struct evtxseq_rules merged; // of a merge; owned by the scan
    struct report_scope scope;   // what the options ask for
    bool only_coverage;
    bool is_collecting;
};

// Whether there is no log in the inputs; in a part of them there may be none.
bool state_lacks_logs(const struct evtxseq_scan *scan);

#endif
