// SPDX-License-Identifier: GPL-3.0-or-later
// Faults of the decoder, at will: what libevtx might do to a hostile chunk, or the chunk through
// it. Only in build/evtxseq-faults, which is compiled with EVTXSEQ_FAULTS.
#ifndef EVTXSEQ_TESTS_FAULTS_H
#define EVTXSEQ_TESTS_FAULTS_H

#include <stdint.h>

#include "evtx/definitions.h"
#include "rules/event.h"
#include "scan/reader.h"

// What stands in a chunk, as UTF-16 text, before the fault's name. test_faults.c lists the names.
#define FAULTS_MARK "evtxseq-fault:"

// The file that a fault makes in the current directory if it can.
#define FAULTS_FILE "fault-was-here"

// The names that values are looked up by; where EVTXSEQ_MISREAD is in the environment, two of them
// exchanged, so that what is read in place is wrong.
struct names *faults_names(void);

// Does what the mark in the chunk says, if there is one. The state is what the process shares with
// the one that started it.
void faults_strike(const uint8_t *chunk, struct scan_state *state);

// Alters a command line as it is read in place, in a chunk with the fault `alter`. The event may be
// NULL.
void faults_alter(struct event *event);

// What a comparison of a definition has come to; EQUAL, whatever it is, once a mark has made the
// process a liar.
enum definition_check faults_check(enum definition_check check);

// Does what the mark says in the name of a member of an archive, in which the mark stands in ASCII.
void faults_strike_name(const char *name);

#endif
