// SPDX-License-Identifier: GPL-3.0-or-later
// The command line, read into one structure.
#ifndef EVTXSEQ_OPTIONS_H
#define EVTXSEQ_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "evtxseq.h"

enum colour_option { COLOUR_AUTO, COLOUR_ALWAYS, COLOUR_NEVER };

// What is to be done with the paths.
enum action {
    ACTION_SCAN,    // read logs, write findings
    ACTION_COLLECT, // read logs, write an events file
    ACTION_MERGE,   // read events files, write findings
};

struct options {
    struct evtxseq_options *scan; // owned
    enum action action;
    const char *collected_apart; // the last option given that --collect does not go with; or NULL
    const char *merged_apart;    // the same of --merge
    struct evtxseq_style style;  // but for what terminal.h has to say
    const char *output;          // file to write to; NULL for standard output
    const char *report;     // file for the account of the run, "-" for standard output; or NULL
    const char **arguments; // argv as it was; owned
    size_t argument_count;
    const char *since, *until; // as given; NULL: without
    int64_t since_time, until_time;
    enum colour_option colour;
    bool is_coverage;  // write that instead of findings
    bool has_format;   // --format was given
    bool has_part;     // --part was
    bool has_expected; // --expect was
    bool has_span;     // --maxspan was
    bool quiet;
    bool verbose;
    const char **rule_lists; // as --rules has them; owned
    size_t rule_list_count;
    bool any_index;
    const char *explained;    // the ID of a rule, for OPTIONS_EXPLAIN
    const char *const *paths; // in argv
    size_t path_count;
    const char *files_from; // a file that lists more paths, "-" for standard input; or NULL
    bool null;              // they end with NUL instead of a line feed
};

enum options_result {
    OPTIONS_RUN,
    OPTIONS_HELP,       // print the help and exit
    OPTIONS_VERSION,    // print the version and exit
    OPTIONS_LIST_RULES, // print the list of rules and exit
    OPTIONS_EXPLAIN,    // explain a rule and exit
    OPTIONS_WRONG,      // what is wrong has been said on standard error
};

// To be released with options_free() in any case.
enum options_result options_read(int argc, char **argv, struct options *options);
void options_free(struct options *options);

// What --help prints.
const char *options_help(void);

#endif
