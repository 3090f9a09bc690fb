// SPDX-License-Identifier: GPL-3.0-or-later
// What could not be seen, in words: where "nothing found" means little; and what was not done.
#ifndef EVTXSEQ_WARNINGS_H
#define EVTXSEQ_WARNINGS_H

#include <stdbool.h>

#include "base/buffer.h"
#include "out/report.h"
#include "out/text.h"

// A line for each kind of thing that hosts of the report's coverage have none of. Where it is what
// a rule with a fallback needs, it says how many events of the timeline meet that, if there is one.
// The last line is about rules in use that have more than a query (rule_text.h, not_applied). Each
// line begins with the prefix.
//
// With only_blind those lines alone that warnings_have_blind_host() is about.
void warnings_add(struct buffer *out, const struct report *report, const char *prefix,
                  const struct text_style *style, bool only_blind);

// Whether there is a host with Sysmon's events on which no rule could have found anything, for the
// events that it needs were not logged; or no Sysmon event at all.
bool warnings_have_blind_host(const struct report *report);

#endif
