// SPDX-License-Identifier: GPL-3.0-or-later
// The guides of the rules in rules.c.
#ifndef EVTXSEQ_GUIDES_H
#define EVTXSEQ_GUIDES_H

#include "rules/guide.h"

extern const struct guide guide_script_execution;
extern const struct guide guide_script_image_load;
extern const struct guide guide_process_creation;

#endif
