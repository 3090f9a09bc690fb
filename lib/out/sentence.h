// SPDX-License-Identifier: GPL-3.0-or-later
// What happened, in a sentence.
#ifndef EVTXSEQ_SENTENCE_H
#define EVTXSEQ_SENTENCE_H

#include "base/buffer.h"
#include "out/summary.h"

// "cmd.exe (pid 4) opened C:\Windows\System32\lsass.exe (pid 7) access 0x1410". Values are as they
// were logged: not fit for a terminal.
void sentence_add(struct buffer *out, const struct summary *summary);

#endif
