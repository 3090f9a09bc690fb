// SPDX-License-Identifier: GPL-3.0-or-later
// Text that an attacker chose, made fit for a terminal.
#ifndef EVTXSEQ_VISIBLE_H
#define EVTXSEQ_VISIBLE_H

#include <stddef.h>

#include "base/buffer.h"

// Adds `size` bytes of UTF-8. What a terminal would act on instead of showing it, or what would
// show text in another order than it has, is written as an escape: control characters, line ends
// included, as \xHH or \u{HHHH}; bidirectional marks, embeddings, overrides and isolates, invisible
// formatting and line separators as \u{HHHH}; bytes that are not UTF-8 as \xHH. Backslashes stay as
// they are, for paths are full of them.
void visible_add(struct buffer *buffer, const char *text, size_t size);

#endif
