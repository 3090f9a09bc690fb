// SPDX-License-Identifier: GPL-3.0-or-later
// How many problems of one input are listed: the first ones, by their places, so that it does not
// matter in which order its parts have been read.
#ifndef EVTXSEQ_PROBLEM_CUT_H
#define EVTXSEQ_PROBLEM_CUT_H

#include "scan/scan_state.h"

// Whether a problem at this offset (or PROBLEM_NO_OFFSET) is to be added to those of the source.
bool problem_cut_allows(const struct source *source, uint64_t offset);

// To be called when one of the source has been added to the problems or to the suspects.
void problem_cut_count(struct scan *scan, struct source *source);

// At the end, before suspects are judged: leaves out what is too much, and then names it.
void problem_cut_finish(struct scan *scan);
void problem_cut_name(struct scan *scan);

#endif
