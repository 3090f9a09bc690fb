// SPDX-License-Identifier: GPL-3.0-or-later
// The test suites, which suites.def lists; main.c runs them all.
#ifndef EVTXSEQ_TESTS_SUITES_H
#define EVTXSEQ_TESTS_SUITES_H

#include <check.h>

// Adds the tests of a suite.
#define SUITE(name) void name##_tests(TCase *tests);
#include "suites.def"
#undef SUITE

#endif
