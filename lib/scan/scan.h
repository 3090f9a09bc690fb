// SPDX-License-Identifier: GPL-3.0-or-later
// A whole run: from paths to findings.
#ifndef EVTXSEQ_SCAN_H
#define EVTXSEQ_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buffer.h"
#include "match/context.h"
#include "match/findings.h"
#include "match/timeline.h"
#include "rules/event.h"
#include "rules/rule.h"
#include "scan/coverage.h"
#include "scan/input_facts.h"
#include "scan/problem.h"
#include "scan/scanner.h"
#include "scan/share.h"

enum {
    SCAN_JOBS_MAX = 256,
    SCAN_WHOLE_EVENTS_MAX = 16 << 20,
    SCAN_INPUT_WEIGHT_MAX = 64 << 20,
    SCAN_PRUNE_FROM = 1 << 15,
};

struct scan_options {
    const struct rule_set *rules; // must outlive the scan
    enum event_clock clock;
    struct findings_options findings;
    struct scanner_options scanner;
    bool only_coverage; // count what is there, and find nothing
    bool carve;         // read every chunk that any input holds, wherever it lies
    bool no_context;    // findings without what context.h has to tell
    bool has_hashes;    // hash every input that can seek, in as many processes more
    // A directory in which to keep events until they are written to an events file, of which there
    // are to be no findings yet; NULL for findings. Goes with has_hashes.
    const char *collect;
    bool is_merge;   // the paths are events files, see events_file.h; they say what the rules are
    size_t expected; // with is_merge: so many different files at least
    bool are_rules_given; // with is_merge: `rules` must be those of the files
    struct share share;   // of the inputs, to be read
    size_t jobs;          // worker processes, from 1 to SCAN_JOBS_MAX
    // Bytes of stage events that are kept whole; 0 for SCAN_WHOLE_EVENTS_MAX. If there are more,
    // those of findings are read again.
    size_t whole_events_max;
    // What the stage events of one input may weigh, see timeline_weight(); 0 for
    // SCAN_INPUT_WEIGHT_MAX. What is more is left out.
    size_t input_weight_max;
    // As many stage events as are kept before the first are dropped; 0 for SCAN_PRUNE_FROM. See
    // pruning.h.
    size_t prune_from;
};

// What a run has come to.
struct scan_result {
    struct findings findings;  // sorted
    struct contexts *contexts; // what the findings point into; NULL when there are none
    struct problems problems;  // sorted
    struct timeline timeline;  // what the findings point into
    struct coverage coverage;  // sorted; what there was to find them in
    struct scan_tally tally;
    struct input_facts *facts; // of the inputs that could be opened, sorted by path; owned
    size_t facts_count;
    size_t inputs;        // logs read; when carving, inputs with a chunk in them
    uint64_t passed_over; // members of archives that are neither logs nor archives
    bool lacks_sandbox;   // a worker, or a process that opens archives, could not enter it
    uint64_t dropped;     // stage events, for they had turned out to be of no use
    size_t readings_more; // because some of them may be of use after all
    bool is_context_cut;  // memory or processes ran out before all context was looked for
};

struct scan;

// What a file of events holds.
struct scan_collected {
    uint64_t events;
    uint64_t bytes;
};

// NULL with errno set when memory or processes ran out. The options are copied.
struct scan *scan_new(const struct scan_options *options);
void scan_free(struct scan *scan);

// Sets out to read every log that the paths name, `-` being standard input, and to find what the
// rules find in all of them together. The paths must outlive the scan.
void scan_start(struct scan *scan, const char *const *paths, size_t count);

// Goes on until something has come of it, at most for about `timeout` milliseconds. False when
// there is nothing more to do.
bool scan_step(struct scan *scan, int timeout);

// How far it has come.
struct scan_progress {
    size_t pass;    // 0, then from 1 on those that look for context
    uint64_t bytes; // read in this pass
    uint64_t total; // to be read in it; 0 when that is not known (yet)
    size_t inputs;  // begun in it
    size_t events;  // that meet a stage of a rule; findings are known only after pass 0
};

struct scan_progress scan_progress(const struct scan *scan);

// To be called once, after the last step. False with errno set when the scan could not be brought
// to an end because memory ran out, or the place of collected events; everything else that goes
// wrong is a problem in the result.
bool scan_finish(struct scan *scan);

// The options as they are: those of a merge are partly in the files.
const struct scan_options *scan_options_of(const struct scan *scan);

// Why a merge cannot be done, in words; NULL for other failures, and none.
const char *scan_refusal(const struct scan *scan);

// Adds what a person who merges is to know, in lines: which file is another once more.
void scan_add_merge_lines(const struct scan *scan, struct buffer *out);

// Writes the events file of a scan that has been finished. False with errno set when memory ran out
// or writing failed.
bool scan_write_events(struct scan *scan, FILE *stream, struct scan_collected *collected);

// Whether a regular file or a disk, by the device that it is on and its number there (st_dev,
// st_ino), is an input that has been opened.
bool scan_has_input(const struct scan *scan, uint64_t device, uint64_t number);

// Owned by the scan. Of use when that is finished; only findings.count is so in passes for context.
const struct scan_result *scan_result(const struct scan *scan);

#endif
