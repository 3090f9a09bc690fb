// SPDX-License-Identifier: GPL-3.0-or-later
// What EQL means, slowly and plainly: a second opinion on rules/condition.h, made from what is
// specified and from nothing of the library but the tree of a query.
#ifndef EVTXSEQ_TESTS_EQL_REFERENCE_H
#define EVTXSEQ_TESTS_EQL_REFERENCE_H

#include "eql_document.h"
#include "rules/eql_ast.h"

enum reference_verdict {
    REFERENCE_FAILS,
    REFERENCE_HOLDS,
    REFERENCE_HOLDS_BY_NAME, // if the file's name stands in for OriginalFileName
    REFERENCE_UNDEFINED,     // comes to something that is nowhere said, such as half a character
};

// Whether the event is what the stage, of a query that was checked, asks for.
enum reference_verdict reference_judge(const struct eql_stage *stage,
                                       const struct plain_event *event);

#endif
