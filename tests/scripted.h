// SPDX-License-Identifier: GPL-3.0-or-later
// The command under test on files that a shell script made with ordinary tools.
//
// Environment: EVTXSEQ, the command under test (build/evtxseq); EVTXSEQ_FAULTS, the same with
// faults and small limits (build/evtxseq-faults), see faults.h and scan/unpack.h.
#ifndef EVTXSEQ_TESTS_SCRIPTED_H
#define EVTXSEQ_TESTS_SCRIPTED_H

#include "command.h"

// A directory with the sample log, sample.evtx, and what the script makes of it.
char *make_files(const char *script);

// Runs a script in the directory, in which "$E" is the command, or the same with faults.
struct outcome run_script(const char *directory, const char *script);
struct outcome run_script_with_faults(const char *directory, const char *script);

// Fails unless the text has that part, or has it not; `trial` says what was tried.
void expect_text(const char *text, const char *part, const char *trial);
void expect_no_text(const char *text, const char *part, const char *trial);
void expect_status(const struct outcome *outcome, int status, const char *trial);

// What the command says of files, with -v: parts of its standard error, up to NULL.
struct trial {
    const char *script;
    const char *arguments;
    int status;
    const char *errors[3];
};

void expect_trial(const struct trial *trial);

// Removes the directory, and frees its name.
void remove_all(char *directory);

#endif
