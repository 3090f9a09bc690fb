// SPDX-License-Identifier: GPL-3.0-or-later
// The state of a run, shared by the modules that a run is made of: jobs.h takes up inputs, one
// after the other, and cuts them into jobs for workers; reports.h and archive_reports.h take what
// comes back; held.h holds what of that may be of use, problem_cut.h no more problems than are
// listed; image_jobs.h takes up forensic images, and what comes back of them; passes.h turns to
// what is to be read again; scan.c is in charge of them. No other module includes this.
#ifndef EVTXSEQ_SCAN_STATE_H
#define EVTXSEQ_SCAN_STATE_H

#include "base/arena.h"
#include "match/pruning.h"
#include "match/recall.h"
#include "scan/archives.h"
#include "scan/hashes.h"
#include "scan/images.h"
#include "scan/inputs.h"
#include "scan/listing.h"
#include "scan/openers.h"
#include "scan/pool.h"
#include "scan/recorder.h"
#include "scan/replay.h"
#include "scan/scan.h"
#include "scan/sources.h"

enum pass {
    PASS_CHECK,    // of events files, whether they are whole
    PASS_SETTINGS, // of one of these, the rules and options
    PASS_FACTS,    // of all, what is said of inputs
    PASS_MARKS,    // which events there are: see wanted.h
    PASS_WANTED,   // which of these can be in a finding
    PASS_RULES,    // for what the rules find
    PASS_AFRESH,   // for the same, as an event has been read in two ways
    PASS_AGAIN,    // for what has been dropped of that too soon: see pruning.h
    PASS_RECALL,   // for the events of findings, to compare them, and for whole ones
    PASS_NOTES,    // for their context: see context.h
    PASS_FETCH,    // the same
};

// An input of which parts are still to be handed out.
struct current {
    bool is_open;
    bool is_whole; // not to be cut into parts
    int fd;        // owned; each job gets a copy
    size_t number;
    struct scan_segment rest;
    uint64_t judged; // chunks from this offset on are still to be taken up in rest.generations
};

// A problem that only the end of the pass can tell to be one: a chunk that fails its checksum, as
// long as it is not known which chunk of its log is the last; a gap, as long as the chunks that are
// missing may be elsewhere.
struct suspect {
    enum problem_kind kind;
    size_t source; // its number
    uint64_t offset;
    const char *reason;
};

// A log in an archive, or a stretch of an image, that waits for a worker.
struct announced {
    size_t source; // its number
    size_t slot;   // of the process that has opened the archive
    struct scan_segment segment;
};

// See kept.h.
struct kept {
    struct buffer messages; // each after a MESSAGE_AT with the number of its source
    uint64_t size;          // that these have, or would have
};

struct scan {
    struct scan_options options;
    struct pool *pool;
    struct hashes *hashes; // NULL when none are asked for
    struct openers *openers;
    struct archives archives;
    struct images images;
    bool in_image; // the image of this number is being read; its next stretch begins here
    size_t image;
    uint64_t image_next;
    struct opener_job waiting; // an archive that waits for a process to open it
    bool is_waiting;
    struct announced *announced; // owned; one a process at most
    size_t announced_count;
    size_t announced_capacity;
    size_t next_archive; // to be read in a later pass
    struct sources sources;
    struct inputs *inputs;
    struct listing *listing; // of them; NULL unless the run is shared out
    enum pass pass;
    size_t next_source; // to be read in it; where places are read the number of those begun
    struct pruning pruning;
    size_t prune_at; // as soon as the timeline has so many events
    struct recall recall;
    const struct note_places *places; // to be read in PASS_RECALL and PASS_FETCH
    size_t next_place;
    struct suspect *suspects; // owned
    size_t suspect_count;
    size_t suspect_capacity;
    bool has_more;       // inputs to be taken up in this pass
    bool has_difference; // an event that was read again was another one
    bool compares;       // events are compared when they are found, not when they are reported
    uint64_t pass_bytes; // read by those that are done
    uint64_t pass_total; // bytes of this pass; 0 when that is not known
    struct current current;
    struct scan_result result;
    struct arena texts; // of problems
    bool is_over;       // all passes are
    bool has_failed;    // memory ran out, or `error` says why
    int error;
    struct kept kept;
    struct recorder *recorder; // of events to be written to a file; NULL when none are
    struct buffer facts;       // what goes with them, as blocks of that file
    struct merge *merge;       // NULL unless events files are read
    struct replay_task replay; // the task of workers that do
};

void scan_add_problem(struct scan *scan, enum problem_kind kind, const char *path, uint64_t offset,
                      const char *reason);
// The same with a reason that was made, which is freed; `otherwise` is said where memory ran out.
void scan_add_made_problem(struct scan *scan, enum problem_kind kind, const char *path,
                           uint64_t offset, struct buffer *reason, const char *otherwise);
// An input that cannot be opened.
void scan_add_unreadable(struct scan *scan, const char *path, int system_error);

// Has the SHA-256 of an input made, if that is asked for.
void scan_hash(struct scan *scan, const struct hash_input *input, struct input_hash *hash);

// Whether the pass looks at the places that are to be read again, and at nothing else.
bool scan_reads_places(const struct scan *scan);

#endif
