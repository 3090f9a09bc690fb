// SPDX-License-Identifier: GPL-3.0-or-later
// The rules that the command line names.
#ifndef EVTXSEQ_COMMAND_RULES_H
#define EVTXSEQ_COMMAND_RULES_H

#include "options.h"

// Reads and compiles the rules of the options; without any, the built-in ones of `fallback`. What
// is wrong with rule files is said on standard error. NULL when there are none to be had, which has
// been said, too.
struct evtxseq_rules *rules_load(const struct options *options, const char *fallback);

// The same for --explain: the built-in rules are always among them.
struct evtxseq_rules *rules_load_with_builtin(const struct options *options);

#endif
