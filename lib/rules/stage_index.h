// SPDX-License-Identifier: GPL-3.0-or-later
// Which of many conditions an event may meet, found without judging them: by what the values of its
// fields have in them, not by what each condition asks. What no condition seeks costs nothing, and
// a condition whose texts do not occur costs next to nothing.
//
// Each condition has a guard (rules/guard.h): texts of which one must stand in a field. A text that
// must be the whole value is put into a hash table by its hash; one that need only stand in it by
// the hash of its rarest gram, four bytes of it, as search engines do. A field's value is then
// looked up once as a whole, and once at each of its bytes. What is found there may be something
// else with the same gram, so the text is compared. Conditions of which a text was found may hold,
// and those without a guard; all others fail. Judging those that may hold is left to others.
#ifndef EVTXSEQ_STAGE_INDEX_H
#define EVTXSEQ_STAGE_INDEX_H

#include <stddef.h>
#include <stdint.h>

#include "rules/fields.h"
#include "rules/guard.h"

struct stage_index;

// An index for events of this ID over `count` conditions by their numbers. NULL when memory ran
// out. It is independent of the guards, but not of the conditions.
struct stage_index *stage_index_new(const struct guards *guards, unsigned event_id,
                                    const size_t *numbers, size_t count);
void stage_index_free(struct stage_index *index);

// The bits of the places in the list of those conditions that the reader's subject may meet, from
// the first word's lowest on, (count + 63) / 64 words. They stay until the next search. When memory
// ran out the reader or the subject says so, and some may be missing.
const uint64_t *stage_index_search(struct stage_index *index, struct field_reader *reader);

#endif
