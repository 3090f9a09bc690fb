// SPDX-License-Identifier: GPL-3.0-or-later
// Scans logs in place and decoded (--no-filter), and tells whether that makes a difference.
#ifndef EVTXSEQ_TESTS_SCAN_BYTES_H
#define EVTXSEQ_TESTS_SCAN_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "evtx/chunk.h"
#include "random_log.h"

// What a scan came to.
struct scan_counts {
    size_t events;      // stage events
    size_t undecodable; // records that may be evidence and could not be decoded
    size_t opened;      // records whose views open
    size_t lost_chunks; // libevtx died of them; what they hold is not compared
};

// Adds the counts of the scan in place to *in_place, of the other to *decoded. Gives what they do
// not have in common, in memory the caller frees; NULL when their stage events (place, verdict,
// content) and undecodable records that may match are the same, no record says one thing in place
// and another decoded, and in a log that is not damaged the coverage is the same.
char *scan_difference(const uint8_t *bytes, size_t size, bool is_damaged,
                      struct scan_counts *in_place, struct scan_counts *decoded);

// Runs the command (environment variable EVTXSEQ, or build/evtxseq) on the directory, in
// place and decoded. Gives in what its outputs differ, in memory the caller frees, or NULL; adds
// the lines that it wrote to *lines.
char *command_difference(const char *directory, size_t *lines);

// The first chunk of a small log. The caller frees the log.
struct sample {
    struct evtx_log *log;
    const uint8_t *data;
    struct chunk chunk;
};

// Closes the log and surveys the chunk.
void sample_survey(struct sample *sample);

// Writes as much as the layout needs around a record: an event of no interest; the event in the
// layout; the same once more, unless the layout leaves no room for it.
void sample_write(struct sample *sample, const struct log_event *event, unsigned layout);

enum { PLAIN_RECORD_SIZE = 512, ANY_STATE = -1 };

// A chunk with `count` records of PLAIN_RECORD_SIZE, of which 127 fill it. The caller frees.
uint8_t *plain_chunk(size_t count);

// Surveys the chunk, sees to it that its records are sound and its state is the wanted, and tells
// of each record what it is: live `.`, recovered `r`, damaged `D`, both `R`; with a `?` after it
// when its size is not PLAIN_RECORD_SIZE. The caller frees.
char *survey_text(const uint8_t *data, int state);

#endif
