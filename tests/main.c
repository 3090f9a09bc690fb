// SPDX-License-Identifier: GPL-3.0-or-later
// Runs every test suite.
#include <signal.h>
#include <stdlib.h>

#include "suites.h"

// Seconds that a test may take: far more than any needs, for slow machines and sanitizers.
enum { TEST_TIMEOUT = 600 };

static TCase *new_suite(SRunner *runner, const char *name) {
    Suite *suite = suite_create(name);
    TCase *tests = tcase_create(name);
    tcase_set_timeout(tests, TEST_TIMEOUT);
    suite_add_tcase(suite, tests);
    srunner_add_suite(runner, suite);
    return tests;
}

int main(void) {
    // What the command prints must not depend on the terminal that the tests are run in.
    (void)unsetenv("COLUMNS");
    (void)unsetenv("NO_COLOR");
    // Nor what it does with signals on who ignores them: nohup does.
    (void)signal(SIGHUP, SIG_DFL);
    (void)signal(SIGINT, SIG_DFL);
    SRunner *runner = srunner_create(NULL);
#define SUITE(name) name##_tests(new_suite(runner, #name));
#include "suites.def"
#undef SUITE
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
