// SPDX-License-Identifier: GPL-3.0-or-later
// The state of a merge, shared by the modules that it is made of: merge_jobs.c takes up events
// files, one after the other; merge_reports.c takes what workers tell of them; merge.c turns from
// pass to pass. No other module includes this.
#ifndef EVTXSEQ_MERGE_STATE_H
#define EVTXSEQ_MERGE_STATE_H

#include "scan/merge.h"
#include "scan/shares.h"

struct events_file {
    const char *path; // owned by struct inputs
    bool is_named;    // by the user; else come upon in a directory
    struct file_id id;
    uint64_t size;
    bool is_whole;  // as a worker has found
    size_t repeats; // the number of the file that it is once more; else its own
    struct message_file facts;
    struct message_share share; // of which it has events; its count is 0 where it has all
    size_t *sources;            // by the numbers of its inputs; owned
    size_t source_count;
    size_t source_capacity;
    size_t at;         // number of the input that is told of
    size_t told_count; // of archives, and problems that are of no input
};

struct merge {
    struct events_file *files; // owned; from merge_turn() on in the order of paths
    size_t count;
    size_t capacity;
    size_t next;        // file of the pass
    struct buffer text; // settings
    struct buffer names;
    struct rule_set *rules; // owned
    struct mark_set marks;  // of events that meet a stage
    struct mark_set wanted; // identities of those that may be in a finding
    struct shares shares;
    struct replay_file *ranks; // by file; owned
    char *refusal;             // owned
};

// Whether the file is whole, and not another once more.
bool merge_takes(const struct merge *merge, size_t number);

// That a file cannot be read, or not to its end.
void merge_add_problem(struct scan *scan, const struct events_file *file, const char *reason);

#endif
