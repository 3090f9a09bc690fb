// SPDX-License-Identifier: GPL-3.0-or-later
// What is wrong, on standard error.
#ifndef EVTXSEQ_COMPLAIN_H
#define EVTXSEQ_COMPLAIN_H

// "evtxseq: " and the text, made fit for a terminal: a path or an argument in it may be anything.
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
