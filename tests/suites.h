// SPDX-License-Identifier: GPL-3.0-or-later
// The test suites; main.c runs them all.
#ifndef EVTXSEQ_TESTS_SUITES_H
#define EVTXSEQ_TESTS_SUITES_H

#include <check.h>

Suite *text_suite(void);
Suite *wrap_suite(void);
Suite *timestamp_suite(void);
Suite *event_suite(void);
Suite *stages_suite(void);
Suite *guid_suite(void);
Suite *matcher_suite(void);
Suite *layout_suite(void);
Suite *view_suite(void);
Suite *decoder_suite(void);
Suite *context_suite(void);
Suite *coverage_suite(void);
Suite *damage_suite(void);
Suite *cases_suite(void);
Suite *docs_suite(void);
Suite *completions_suite(void);
Suite *faults_suite(void);
Suite *output_suite(void);
Suite *progress_suite(void);
Suite *formats_suite(void);
Suite *library_suite(void);
Suite *playbooks_suite(void);

// Seconds that a test may take: far more than any needs, for slow machines and sanitizers.
enum { TEST_TIMEOUT = 600 };

#endif
