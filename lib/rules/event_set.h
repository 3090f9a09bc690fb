// SPDX-License-Identifier: GPL-3.0-or-later
// Sets of kinds of events: event IDs, but that image loads (7) count as two kinds (fields.h).
#ifndef EVTXSEQ_EVENT_SET_H
#define EVTXSEQ_EVENT_SET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "rules/eql_ast.h"

typedef uint32_t event_set;

#define EVENT_SET_ALL UINT32_C(0x7fffffff)

// The events of a set, FIELD_EVENT_BIT() of their IDs.
uint32_t event_set_ids(event_set set);

// Those of a set for which the condition may be true.
event_set event_set_where(event_set set, const struct eql_node *condition);

// Those of a category.
event_set event_set_of_category(struct text category);

// Those that may have a value of the field.
event_set event_set_with(event_set set, const struct eql_node *field);

// Takes the least ID out of FIELD_EVENT_BIT()s. 0 when there is none.
unsigned event_ids_take(uint32_t *ids);

// Adds the IDs of FIELD_EVENT_BIT()s, such as `1 5 12-14`; `any` for all of them.
void event_ids_add(struct buffer *out, uint32_t ids);

// Adds each of them, with `between` between them.
void event_ids_add_each(struct buffer *out, uint32_t ids, const char *between);

#endif
