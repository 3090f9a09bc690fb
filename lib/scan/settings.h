// SPDX-License-Identifier: GPL-3.0-or-later
// What the events in an events file are of: the rules, and the options that change what is found.
// As text, which is the same for the same settings; and the names that go with the rules.
#ifndef EVTXSEQ_SETTINGS_H
#define EVTXSEQ_SETTINGS_H

#include <stdbool.h>

#include "base/buffer.h"
#include "scan/scan.h"

enum { SETTINGS_SIZE_MAX = 256 << 20 }; // bytes of text, and of names

// False when memory ran out.
bool settings_make(const struct scan_options *options, struct buffer *text, struct buffer *names);

// Sets the options that the text has, and compiles its rules, which are the caller's;
// options->rules is left alone. Both texts may come from a hostile file. NULL when they could be
// read, else what is wrong, in words.
const char *settings_read(const struct buffer *text, const struct buffer *names,
                          struct scan_options *options, struct rule_set **rules);

#endif
