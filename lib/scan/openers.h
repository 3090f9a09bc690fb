// SPDX-License-Identifier: GPL-3.0-or-later
// Processes that open archives and forensic images, in a sandbox as workers are, and what they
// report: what an archive does to the process that unpacks it costs that archive alone. Each has
// one archive, or one stretch of an image, at a time. The bytes go through a pipe, from the
// process that unpacks them to the worker that scans them; this process sees names and places only,
// and believes nothing of what it is told before it is checked.
#ifndef EVTXSEQ_OPENERS_H
#define EVTXSEQ_OPENERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scan/child.h"
#include "scan/ewf.h"
#include "scan/image.h"
#include "scan/unpack.h"

struct openers;

enum opener_task {
    OPENER_UNPACK,  // an archive, or a stream that may be one
    OPENER_SURVEY,  // a file of a forensic image: what there is in it
    OPENER_STRETCH, // to read a stretch of one
};

struct opener_job {
    enum opener_task task;
    int fds[CHILD_DESCRIPTORS_MAX]; // closed when the job is done; one, but for a stretch
    size_t fd_count;
    bool is_stream;
    bool takes_any;   // see unpack.h
    const char *path; // of an archive, for the name in it
    uint64_t size;    // 0 for a stream
    size_t number;    // the caller's, as are these
    uint64_t place;
    uint64_t place_end;
    uint64_t run_end;
    struct image_stretch stretch;
};

enum opener_report_kind {
    // A log has been come upon, or a stretch of an image is there, which has no name. The process
    // waits until it is told whether that is wanted.
    OPENER_MEMBER,
    OPENER_MEMBER_END, // the last member that was wanted is at its end; `trouble` may be WHOLE
    OPENER_FACTS,      // what a survey has found, by the file's own word
    OPENER_DAMAGE,     // bytes of a stretch that could not be read, after its end
    OPENER_TROUBLE,
    OPENER_NO_SANDBOX, // as MESSAGE_NO_SANDBOX
    OPENER_DIED,       // the process; `death` says how. OPENER_DONE follows
    OPENER_DONE,       // the archive is at its end
};

enum opener_death {
    OPENER_CRASH,
    OPENER_TIME,    // it took long and came no further
    OPENER_SANDBOX, // it made a system call that the sandbox forbids
    OPENER_NONSENSE,
};

// Constant text for people.
const char *opener_death_text(enum opener_death death);

struct opener_report {
    enum opener_report_kind kind;
    const struct opener_job *job;
    const char *name;            // of OPENER_MEMBER and OPENER_TROUBLE: see unpack.h
    enum unpack_trouble trouble; // of OPENER_MEMBER_END and OPENER_TROUBLE
    enum opener_death death;
    uint64_t passed_over; // of OPENER_DONE: members that are neither logs nor archives
    size_t slot;          // of OPENER_MEMBER: what to answer
    struct ewf_facts facts;
    struct image_damage damage;
};

// For so many archives at a time. Processes are started when there is something for them. NULL with
// errno set when memory or descriptors ran out.
struct openers *openers_new(size_t count);
void openers_free(struct openers *openers);

bool openers_have_room(const struct openers *openers);
bool openers_are_busy(const struct openers *openers);

// A descriptor that can be read from (poll(2)) when there may be something to be taken.
int openers_descriptor(const struct openers *openers);

// Gives a job to a free process.
void openers_give(struct openers *openers, const struct opener_job *job);

// The next report, without waiting; valid until the next call. False when there is none.
bool openers_take(struct openers *openers, struct opener_report *report);

// Answers OPENER_MEMBER: passes over the member, or has it unpacked and gives what its bytes are to
// be read from, to be closed by the caller; -1 with errno set where there is no such thing.
void openers_pass_over(struct openers *openers, size_t slot);
int openers_unpack(struct openers *openers, size_t slot);

#endif
