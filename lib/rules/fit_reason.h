// SPDX-License-Identifier: GPL-3.0-or-later
// Why no Sysmon event can be one that a rule asks for.
#ifndef EVTXSEQ_FIT_REASON_H
#define EVTXSEQ_FIT_REASON_H

#include "base/buffer.h"
#include "rules/eql_ast.h"
#include "rules/event_set.h"

// The events that can be the stage's: of its category, with a value of each key that must have one,
// and for which its condition may be true.
event_set fit_events(const struct eql_query *query, const struct eql_stage *stage);

// Adds what rules all others out, of a stage that has none: as few parts of it as are enough. Such
// as `event.action is never "exec"`. Texts of the rule stand in it as they are.
void fit_reason_add(struct buffer *out, const struct eql_query *query,
                    const struct eql_stage *stage);

#endif
