// SPDX-License-Identifier: GPL-3.0-or-later
// Which library a stage for image loads asks for. Sysmon's configuration often leaves out most
// loads, so where a library was never seen, a rule that asks for it could find nothing.
#ifndef EVTXSEQ_LIBRARY_H
#define EVTXSEQ_LIBRARY_H

#include <stdbool.h>

#include "rules/eql_ast.h"

// Makes *asked a stage that asks of an image load what `stage` asks of the library's name or path
// and nothing else, and *name the first text in it, which lives as long as the query. False when it
// asks no such thing.
bool library_of(const struct eql_stage *stage, struct eql_stage *asked, const char **name);

#endif
