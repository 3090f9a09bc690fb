// SPDX-License-Identifier: GPL-3.0-or-later
// A whole run: from paths to findings.
#ifndef EVTXSEQ_SCAN_H
#define EVTXSEQ_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "context.h"
#include "event.h"
#include "findings.h"
#include "problem.h"
#include "rule.h"
#include "scanner.h"
#include "timeline.h"

enum { SCAN_JOBS_MAX = 256 };

struct scan_options {
    const struct rule *const *rules; // must outlive the scan
    size_t rule_count;
    enum event_clock clock;
    struct findings_options findings;
    struct scanner_options scanner;
    bool carve;      // read every chunk that any input holds, wherever it lies
    bool no_context; // findings without what context.h has to tell
    size_t jobs;     // worker processes, from 1 to SCAN_JOBS_MAX
};

// What a run has come to.
struct scan_result {
    struct findings findings;  // sorted
    struct contexts *contexts; // what the findings point into; NULL when there are none
    struct problems problems;  // sorted
    struct timeline timeline;  // what the findings point into
    struct scan_tally tally;
    size_t inputs;       // logs read; when carving, inputs with a chunk in them
    bool is_unconfined;  // a worker could not be confined; see confine.h
    bool is_context_cut; // memory or processes ran out before all context was looked for
};

struct scan;

// NULL with errno set when memory or processes ran out. The options are copied.
struct scan *scan_new(const struct scan_options *options);
void scan_free(struct scan *scan);

// Reads every log that the paths name, `-` being standard input, and finds what the rules find in
// all of them together. False with errno set when it could not be brought to an end because memory
// ran out; everything else that goes wrong is a problem in the result. To be called once. When it
// returns, the workers are gone and the paths are of no more use.
bool scan_run(struct scan *scan, const char *const *paths, size_t count);

// Owned by the scan.
const struct scan_result *scan_result(const struct scan *scan);

#endif
