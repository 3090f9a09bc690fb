// SPDX-License-Identifier: GPL-3.0-or-later
// Whether the view of a record says what libevtx and libxml2 make of it. For tests and fuzzing.
#ifndef EVTXSEQ_TESTS_AGREEMENT_H
#define EVTXSEQ_TESTS_AGREEMENT_H

#include <stdint.h>

#include "evtx/chunk.h"
#include "evtx/decoder.h"

struct agreement;

// Ends the process when memory runs out, as everything here does.
struct agreement *agreement_new(void);
void agreement_free(struct agreement *agreement);

// Takes up a chunk, which must stay.
void agreement_start(struct agreement *agreement, const uint8_t *chunk);

// How far both read the record.
struct agreement_reach {
    bool opens;      // the view opens as far as System goes, and says whose event it is
    bool has_data;   // it is Sysmon's, and the view of EventData opens too
    bool is_decoded; // libevtx and libxml2 have made an event of it
};

// Compares, as far as both can read the record, which `decoded` is of: whose event it is, what
// System says, every field of EventData. Gives what they differ in, or NULL. `reach` may be NULL.
const char *agreement_difference(struct agreement *agreement, const struct record *record,
                                 const struct decoded *decoded, struct agreement_reach *reach);

#endif
