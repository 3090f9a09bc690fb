// SPDX-License-Identifier: GPL-3.0-or-later
// What could not be read, where, and why.
#ifndef EVTXSEQ_PROBLEM_H
#define EVTXSEQ_PROBLEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum problem_kind {
    PROBLEM_UNREADABLE,     // an input could not be opened or read
    PROBLEM_NO_LOG,         // an input is not an EVTX log
    PROBLEM_MAY_MATCH,      // a record that may be evidence could not be decoded
    PROBLEM_UNDECIDED,      // an event asks for more work of a rule, the reason, than is done
    PROBLEM_WORKER,         // the process decoding a chunk died; any record of it may be evidence
    PROBLEM_DIFFERENCE,     // an event was read in two ways; findings may be hidden
    PROBLEM_OVERLAP,        // too many chunks overlap; not all have been read
    PROBLEM_CHECKSUM,       // a chunk is not what its checksum says
    PROBLEM_MISSING,        // a chunk was there, as the others show, and is not
    PROBLEM_TOO_MUCH,       // an input holds more than is kept of one
    PROBLEM_ARCHIVE,        // an archive, or what is in it, could not be unpacked in full
    PROBLEM_ABSENT,         // events files that are expected are not there
    PROBLEM_IMAGE,          // a forensic image could not be read in full
    PROBLEM_TRUNCATED,      // an input ends in the middle of a header or chunk
    PROBLEM_FILE_HEADER,    // a log's file header is damaged
    PROBLEM_CHUNK,          // a chunk is damaged
    PROBLEM_OUTDATED,       // a chunk was written to after its checksum, for the log was not closed
    PROBLEM_RECORD,         // a record could not be decoded; nothing says that it is evidence
    PROBLEM_REMAINS,        // the same, of a record in slack space or an unused chunk
    PROBLEM_DAMAGED_RECORD, // a record's size and values do not fit each other
    PROBLEM_DEFINITION,     // records of a template definition are not read in place, but decoded
    PROBLEM_NOT_CARVED,     // a forensic image in a directory, which is read by --carve alone
    PROBLEM_LINK,           // a symbolic link in a directory, which is not followed
    PROBLEM_KINDS
};

// Where in the input a problem lies, when that is not known.
#define PROBLEM_NO_OFFSET UINT64_MAX

struct problem {
    enum problem_kind kind;
    const char *path;   // not owned
    uint64_t offset;    // byte of the input, or PROBLEM_NO_OFFSET
    const char *reason; // not owned
};

struct problems {
    struct problem *list; // owned
    size_t count;
    size_t capacity;
    size_t counts[PROBLEM_KINDS];
};

// Adds one. It is counted even when memory to keep it ran out.
void problems_add(struct problems *problems, struct problem problem);
void problems_free(struct problems *problems);

// By path, offset and kind, so that the order says nothing of which was found first. Of those that
// several passes over an input have found, one stays. Every death of a process stays that is told
// from the others of its chunk; the chunk counts once.
void problems_sort(struct problems *problems);

// Whether the problem may have cost a finding: then "nothing found" is not to be trusted.
bool problem_is_serious(enum problem_kind kind);

bool problems_have_serious(const struct problems *problems);

// "damaged chunk", "undecodable record" and so on, for `count` of them.
const char *problem_kind_text(enum problem_kind kind, size_t count);

#endif
