// SPDX-License-Identifier: GPL-3.0-or-later
// The command line, read into one structure.
#ifndef EVTXSEQ_OPTIONS_H
#define EVTXSEQ_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "out/writer.h"
#include "scan/scan.h"

enum colour_option { COLOUR_AUTO, COLOUR_ALWAYS, COLOUR_NEVER };

struct options {
    struct scan_options scan;
    enum format format;
    const char *output; // file to write to; NULL for standard output
    bool csv_raw;
    enum colour_option colour;
    bool quiet;
    bool verbose;
    struct rule_choice rules;     // what scan.rules points to
    const struct rule *explained; // for OPTIONS_EXPLAIN
    const char *const *paths;     // in argv
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

enum options_result options_read(int argc, char **argv, struct options *options);

// What --help prints.
const char *options_help(void);

#endif
