// SPDX-License-Identifier: GPL-3.0-or-later
// A case: a readable file that describes logs, and runs of the command over them with the outcome.
// testdata/README.md describes the format.
#ifndef EVTXSEQ_TESTS_CASE_H
#define EVTXSEQ_TESTS_CASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// A file that the runs find in their directory.
struct case_file {
    char *name; // relative, may have directories
    uint8_t *bytes;
    size_t size;
};

// What a run's standard output or standard error must be. Texts are in plain UTF-8.
struct expected_text {
    bool given;
    char *exact;     // the whole of it; NULL if only parts are asked for
    char **contains; // texts that must occur in it
    size_t contains_count;
    char **lacks; // texts that must not
    size_t lacks_count;
};

// A table of CSV cells, row by row; the first row has the columns' names.
struct expected_table {
    char **cells;
    size_t columns;
    size_t rows; // the first included; 0: no table expected
};

struct case_run {
    unsigned line; // in the case file, of its `run`
    char **arguments;
    size_t argument_count;
    char *input; // name of the file on standard input, or NULL for none
    struct expected_table table;
    struct expected_text output;
    struct expected_text errors;
    int status;
};

struct test_case {
    char *path;
    struct case_file *files;
    size_t file_count;
    struct case_run *runs;
    size_t run_count;
};

// Reads the case and builds its logs. What is wrong with it ends the program with a message.
struct test_case *case_read(const char *path);
void case_free(struct test_case *test);

// Writes the files below the directory, creating directories as needed.
void case_write_files(const struct test_case *test, const char *directory);

// Writes the files of the case that `text` is, and test.case with that text, below the directory.
void case_write_text(const char *text, const char *directory);

#endif
