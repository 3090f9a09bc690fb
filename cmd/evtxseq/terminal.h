// SPDX-License-Identifier: GPL-3.0-or-later
// How text is to look where it goes.
#ifndef EVTXSEQ_TERMINAL_H
#define EVTXSEQ_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "evtxseq.h"
#include "options.h"

// Whether the stream is a terminal on which a line can be drawn anew, and how many columns it has;
// 80 when it does not tell.
bool terminal_redraws(FILE *stream);
size_t terminal_columns(FILE *stream);

// What the options say, for the stream. The width of text is that of the environment variable
// COLUMNS, else of the terminal that the stream is, else without limit: a file is for searching,
// and a path that is broken over two lines is not found. Colour as the options say; without an
// option for a terminal, unless NO_COLOR is set.
struct evtxseq_style terminal_style(const struct options *options, FILE *stream);

#endif
