// SPDX-License-Identifier: GPL-3.0-or-later
// What could have been seen at all: the records of each log, by host, counted.
//
// Workers count into rows in memory that outlives them (reader.h); the process that reports adds
// those up to a table. Times are FILETIMEs, units of 100 ns since 1601-01-01.
#ifndef EVTXSEQ_COVERAGE_H
#define EVTXSEQ_COVERAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scan/problem.h"

enum {
    COVERAGE_ROWS_MAX = 16,
    COVERAGE_HOST_SIZE = 256, // bytes; longer names, which Windows does not have, are cut
    COVERAGE_EVENTS = 32,     // event IDs told apart
};

// The place of an event ID: Sysmon's own, 1 to 29, have one each; 255 and what else there may be
// share the last.
static inline size_t coverage_event(uint16_t event_id) {
    return event_id < COVERAGE_EVENTS - 1 ? event_id : COVERAGE_EVENTS - 1;
}

struct coverage_counts {
    uint64_t records;                 // live ones
    uint64_t recovered;               // others
    uint64_t first;                   // time that a record was written; UINT64_MAX when none tells
    uint64_t last;                    // 0 when none tells
    uint64_t has_sysmon;              // 1 when one of them is Sysmon's, whatever its event ID; or 0
    uint64_t events[COVERAGE_EVENTS]; // Sysmon's, by coverage_event()
    uint64_t nameless;                // of those, process creations that carry no OriginalFileName
    // The first 8 hex digits of the GUIDs of their processes, which stand for the machine: as a
    // number, COVERAGE_NO_MACHINE or COVERAGE_SEVERAL_MACHINES.
    uint64_t machine;
    uint64_t libraries; // bit N: one that the rule set's library N asks for was loaded
};

// The number of events with this ID.
static inline uint64_t coverage_count(const struct coverage_counts *counts, unsigned event_id) {
    return counts->events[coverage_event((uint16_t)event_id)];
}

// The records of one host, in a part of a log.
struct coverage_row {
    // Computer, UTF-8. Of several spellings the first by strcmp(); empty where it is not known.
    char host[COVERAGE_HOST_SIZE];
    struct coverage_counts counts;
};

// A few rows, all of different hosts. All zero: none.
struct coverage_rows {
    uint32_t count;
    uint32_t unused;
    struct coverage_row rows[COVERAGE_ROWS_MAX];
};

#define COVERAGE_NO_MACHINE 0 // nor does Sysmon make a GUID with these digits
#define COVERAGE_SEVERAL_MACHINES UINT64_MAX

// What two of these come to.
uint64_t coverage_same_machine(uint64_t a, uint64_t b);

void coverage_counts_clear(struct coverage_counts *counts);

// The row of a host, ASCII case folded, which is made if it is not there. NULL when the rows are
// full. `host` has less than COVERAGE_HOST_SIZE bytes.
struct coverage_row *coverage_rows_find(struct coverage_rows *rows, const char *host);

// Adds a row. False, and nothing is added, when the rows are full.
bool coverage_rows_add(struct coverage_rows *rows, const struct coverage_row *row);

// Whether a row that came from another process can be used.
bool coverage_row_is_valid(const struct coverage_row *row);

// The table

struct coverage_entry {
    const char *path; // of the log; not owned
    size_t log;       // its number
    char *host;       // owned
    bool is_others;   // all hosts of the log that are not told apart
    struct coverage_counts counts;
    size_t problems; // of the log as a whole
};

struct coverage {
    struct coverage_entry *entries; // owned
    size_t count;
    size_t capacity;
    // So many hosts of a log are told apart, the first by name; 0 for all.
    size_t hosts_max;
};

// For a table of inputs that may be hostile. Event collectors have a few thousand hosts at most.
enum { COVERAGE_HOSTS_MAX = 10000 };

// What stands for the hosts that are not told apart.
#define COVERAGE_OTHER_HOSTS "(other hosts)"

// Adds the counts of a host in a log; path must outlive the table. False when memory ran out.
bool coverage_add(struct coverage *coverage, const char *path, size_t log, const char *host,
                  const struct coverage_counts *counts);

// The same of the hosts of a log that are not told apart.
bool coverage_add_others(struct coverage *coverage, const char *path, size_t log,
                         const struct coverage_counts *counts);

// Puts the entries in order, one for each log and host. For coverage_machine() before the table is
// finished; more may be added after.
void coverage_merge(struct coverage *coverage);

// What there is of a host in a log, in a table whose entries are in order; NULL for none.
const struct coverage_entry *coverage_find(const struct coverage *coverage, const char *path,
                                           size_t log, const char *host);

// The machine of a host in a log, in a table whose entries are in order. COVERAGE_NO_MACHINE where
// there is no such entry.
uint64_t coverage_machine(const struct coverage *coverage, const char *path, size_t log,
                          const char *host);

// Puts the entries in order, by path and host, one for each log and host. A log of which nothing
// was counted keeps one that says so. `problems` must be sorted; those of a log have its path.
void coverage_finish(struct coverage *coverage, const struct problems *problems);

// The same by host alone, sorted: what all logs together have of it, with the path "" and the log
// 0. Problems mean nothing there. False when memory ran out.
bool coverage_by_host(const struct coverage *coverage, struct coverage *hosts);

void coverage_free(struct coverage *coverage);

#endif
