// SPDX-License-Identifier: GPL-3.0-or-later
// Runs a command in a directory and keeps what it writes; temporary directories for that.
#ifndef EVTXSEQ_TESTS_COMMAND_H
#define EVTXSEQ_TESTS_COMMAND_H

#include <stddef.h>

enum { COMMAND_TIME = 60 }; // seconds

// Both texts have a NUL after them that the sizes do not count.
struct outcome {
    int status; // exit status, or minus the signal that ended it
    char *output;
    size_t output_size;
    char *errors;
    size_t errors_size;
};

// Runs arguments[0] (an absolute path; the list ends with NULL) in the directory, with `input`, a
// path relative to it, on standard input, or nothing there if NULL. It is ended after COMMAND_TIME.
struct outcome command_run(char *const *arguments, const char *directory, const char *input);

// The same, ended after so many seconds: the status is -SIGALRM then.
struct outcome command_run_within(unsigned seconds, char *const *arguments, const char *directory,
                                  const char *input);
void outcome_free(struct outcome *outcome);

// The environment variable's value, or `otherwise` where it is not set or empty.
const char *setting(const char *name, const char *otherwise);

// The path as it is seen from any directory; to be freed.
char *absolute_path(const char *path);

// A new empty directory; the caller frees the path and removes the directory.
char *make_temporary_directory(void);

// Removes the file, or the directory with all in it. Links are removed, not followed.
void remove_tree(const char *path);

#endif
