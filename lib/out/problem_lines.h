// SPDX-License-Identifier: GPL-3.0-or-later
// What could not be read, in lines.
#ifndef EVTXSEQ_PROBLEM_LINES_H
#define EVTXSEQ_PROBLEM_LINES_H

#include <stdbool.h>

#include "out/text.h"
#include "scan/problem.h"

// The serious problems: a line for each record that may match, and one for each kind and reason of
// others, with the first inputs. With `all`, a line for every problem; where width is limited,
// those of one input below its path, and else with it, so that they can be searched.
void problem_lines_add(struct buffer *out, const struct problems *problems, bool all,
                       const struct text_style *style);

#endif
