// SPDX-License-Identifier: GPL-3.0-or-later
// Where findings, and the account of a run, go: standard output, or a file that appears whole or
// not at all, also when a signal ends the program or the disk is full.
#ifndef EVTXSEQ_OUTPUT_H
#define EVTXSEQ_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

#include "evtxseq.h"
#include "paths.h"

struct output {
    FILE *stream;
    const char *path;    // as given, for messages; NULL for standard output
    const char *option;  // that it was given by
    char *target;        // where the file goes, links followed; NULL when written in place
    char *temporary;     // its name until it is whole; NULL when written in place
    int error;           // of the first write that failed; 0 for none
    bool is_over_input;  // the target is an input, which is not overwritten
    bool is_closed_pipe; // the reader has gone: nothing to complain of
};

// Opens the file, or standard output where the path is NULL or "-". None of the inputs is
// overwritten, nor a file of the rules, which may be NULL. Only a regular file is written beside
// its place and then moved there; a device or pipe is written to as it is. Says on standard error
// what is wrong and returns false when it cannot.
bool output_open(struct output *output, const char *option, const char *path,
                 const struct paths *inputs, const struct evtxseq_rules *rules);

// Writing to the stream has failed with this error, of which output_close() will tell.
void output_fail(struct output *output, int error);

// Finishes the file, unless it would take the place of an input of the scan, if there is one. False
// when not all of it could be written, which has been said on standard error; there is no file
// then.
bool output_close(struct output *output, const struct evtxseq_scan *scan);

// A directory for files on the way there: the one that the output goes to, else that for temporary
// files. NULL when memory ran out; to be freed.
char *output_directory(const struct output *output);

// Gives the file up.
void output_discard(struct output *output);

#endif
