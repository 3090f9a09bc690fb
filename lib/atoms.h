// SPDX-License-Identifier: GPL-3.0-or-later
// The literal text that an event must hold to meet a condition.
#ifndef EVTXSEQ_ATOMS_H
#define EVTXSEQ_ATOMS_H

#include <stdbool.h>
#include <stddef.h>

#include "rule.h"

enum { ATOMS_MAX = 64, ATOM_SIZE_MAX = 64 };

// At least one of the texts stands in every event that meets the condition, but for ASCII case.
struct atoms {
    size_t count;
    char texts[ATOMS_MAX][ATOM_SIZE_MAX]; // printable ASCII
};

// False when the condition needs no text that could be searched for; every event may meet it then.
bool atoms_of_condition(const struct condition *condition, struct atoms *atoms);

// The same for a stage: of its condition or its fallback.
bool atoms_of_stage(const struct stage *stage, struct atoms *atoms);

#endif
