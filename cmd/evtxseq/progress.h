// SPDX-License-Identifier: GPL-3.0-or-later
// How far a scan has come: a line on the terminal, and what is said if it is interrupted.
#ifndef EVTXSEQ_PROGRESS_H
#define EVTXSEQ_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "evtxseq.h"
#include "options.h"

// Milliseconds from one redrawing to the next, and before the first.
enum { PROGRESS_INTERVAL = 100 };

struct progress {
    bool is_on;      // standard error is a terminal that can redraw a line, and nobody wants quiet
    bool is_shown;   // the line is there
    int64_t started; // the pass, by a clock of milliseconds
    int64_t drawn;
    size_t pass;
};

void progress_start(struct progress *progress, const struct options *options);

// Draws the line anew, if it is time for that, and has signals.h say as much if one ends the
// program.
void progress_update(struct progress *progress, const struct evtxseq_scan *scan);

// Removes the line: before anything else is written, and at the end.
void progress_end(struct progress *progress);

#endif
