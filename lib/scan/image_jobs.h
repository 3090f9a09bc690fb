// SPDX-License-Identifier: GPL-3.0-or-later
// Has forensic images read: first each of their files surveyed, then stretch after stretch, by
// several processes at once.
#ifndef EVTXSEQ_IMAGE_JOBS_H
#define EVTXSEQ_IMAGE_JOBS_H

#include "scan/scan_state.h"

// Takes up an image that the first pass has come upon, and one again in a later pass.
void image_jobs_add(struct scan *scan, const struct input *input);
void image_jobs_begin(struct scan *scan, size_t source);

// Does the next thing for the image that is being read, scan->image. False when that has to wait.
bool image_jobs_step(struct scan *scan);

// Has the chunk at a place read again. False when that has to wait.
bool image_jobs_fetch(struct scan *scan, const struct note_place *place);

// Takes what a process reports of an image.
void image_jobs_take(struct scan *scan, const struct opener_report *report);

// Says what could not be read of images, and what may be one and was not read as such, when that is
// all known.
void image_jobs_name_damages(struct scan *scan);

#endif
