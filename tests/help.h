// SPDX-License-Identifier: GPL-3.0-or-later
// The options that --help lists. Environment: EVTXSEQ, the command under test (build/evtxseq).
#ifndef EVTXSEQ_TESTS_HELP_H
#define EVTXSEQ_TESTS_HELP_H

#include <stddef.h>

struct option {
    char letter;     // of the short form; NUL if there is none
    char *name;      // of the long form; empty if there is none
    char *parameter; // what its value is called; empty if it takes none
};

struct options {
    struct option *list;
    size_t count;
};

// Takes ownership of the option's texts.
void options_add(struct options *options, struct option option);
void options_free(struct options *options);

// Those of the command under test, at least one.
struct options help_options(void);

#endif
