// SPDX-License-Identifier: GPL-3.0-or-later
// Runs every test suite.
#include <signal.h>
#include <stdlib.h>

#include "suites.h"

int main(void) {
    // What the command prints must not depend on the terminal that the tests are run in.
    (void)unsetenv("COLUMNS");
    (void)unsetenv("NO_COLOR");
    // Nor what it does with signals on who ignores them: nohup does.
    (void)signal(SIGHUP, SIG_DFL);
    (void)signal(SIGINT, SIG_DFL);
    SRunner *runner = srunner_create(text_suite());
    srunner_add_suite(runner, wrap_suite());
    srunner_add_suite(runner, timestamp_suite());
    srunner_add_suite(runner, event_suite());
    srunner_add_suite(runner, stages_suite());
    srunner_add_suite(runner, guid_suite());
    srunner_add_suite(runner, matcher_suite());
    srunner_add_suite(runner, layout_suite());
    srunner_add_suite(runner, view_suite());
    srunner_add_suite(runner, decoder_suite());
    srunner_add_suite(runner, context_suite());
    srunner_add_suite(runner, coverage_suite());
    srunner_add_suite(runner, damage_suite());
    srunner_add_suite(runner, cases_suite());
    srunner_add_suite(runner, docs_suite());
    srunner_add_suite(runner, completions_suite());
    srunner_add_suite(runner, faults_suite());
    srunner_add_suite(runner, output_suite());
    srunner_add_suite(runner, progress_suite());
    srunner_add_suite(runner, formats_suite());
    srunner_add_suite(runner, library_suite());
    srunner_add_suite(runner, playbooks_suite());
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
