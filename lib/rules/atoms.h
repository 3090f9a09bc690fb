// SPDX-License-Identifier: GPL-3.0-or-later
// The literal text, or the GUID, that an event must hold to meet a condition.
#ifndef EVTXSEQ_ATOMS_H
#define EVTXSEQ_ATOMS_H

#include <stdbool.h>
#include <stddef.h>

#include "rules/rule.h"

enum { ATOMS_MAX = 64, ATOM_SIZE_MAX = 64, ATOM_GUID_LISTS_MAX = 4 };

// At least one of the texts or GUIDs stands in every event that meets the condition: texts but for
// ASCII case, GUIDs in one of the forms of guid.h.
struct atoms {
    size_t count;
    char texts[ATOMS_MAX][ATOM_SIZE_MAX]; // printable ASCII
    size_t guid_list_count;
    const struct condition *guid_lists[ATOM_GUID_LISTS_MAX]; // whose values are GUIDs, each an atom
};

// False when the condition needs nothing that could be searched for; every event may meet it then.
bool atoms_of_condition(const struct condition *condition, struct atoms *atoms);

// The same for a stage: of its condition or its fallback.
bool atoms_of_stage(const struct stage *stage, struct atoms *atoms);

#endif
