// SPDX-License-Identifier: GPL-3.0-or-later
// The built-in rules: the files rules/*.toml as they are. tools/embed_rules.sh makes this function
// of them when the library is built.
#ifndef EVTXSEQ_BUILTIN_H
#define EVTXSEQ_BUILTIN_H

#include <stddef.h>

struct builtin_rule {
    const char *id;   // the file's name without ".toml", and its rule_id
    const char *text; // ends with NUL, which `size` does not count
    size_t size;
};

// All of them, in the order of their IDs.
const struct builtin_rule *builtin_rules(size_t *count);

#endif
