// SPDX-License-Identifier: GPL-3.0-or-later
// Check suite: what the command writes for other programs, read back by them:
// tests/check_formats.py over the logs of every case.
//
// Environment: EVTXSEQ, the command under test (build/evtxseq); EVTXSEQ_MAN, the directory of the
// manuals and the schema (man); PYTHON, an interpreter that has the module jsonschema
// (/usr/bin/python3).
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "case.h"
#include "command.h"
#include "suites.h"
#include "xmem.h"

// The cases are shared out among runs of the script, so that each stays within a command's time.
enum { GROUPS = 5, GROUP_SIZE_MAX = 32, OPTIONS = 5 };

// Writes the logs of a case below the directory. Returns where they are.
static char *write_logs(const char *directory, const char *path) {
    const char *name = strrchr(path, '/') + 1;
    char *logs = xformat("%s/%.*s/", directory, (int)(strlen(name) - strlen(".case")), name);
    make_parents(logs); // for a case without files
    struct test_case *test = case_read(path);
    case_write_files(test, logs);
    case_free(test);
    return logs;
}

// Checks every GROUPS-th case from the one numbered `first`.
static void check_group(const char *directory, const glob_t *cases, size_t first) {
    char *man = absolute_path(setting("EVTXSEQ_MAN", "man"));
    char *fields = absolute_path("lib/rules/fields.def");
    char *command = absolute_path(setting("EVTXSEQ", "build/evtxseq"));
    char *arguments[OPTIONS + GROUP_SIZE_MAX + 1] = {
        absolute_path(setting("PYTHON", "/usr/bin/python3")),
        absolute_path("tests/check_formats.py"),
        xformat("--evtxseq=%s", command),
        xformat("--man=%s", man),
        xformat("--fields=%s", fields),
    };
    size_t count = OPTIONS;
    for (size_t i = first; i < cases->gl_pathc; i += GROUPS) {
        ck_assert_uint_lt(count, OPTIONS + GROUP_SIZE_MAX);
        arguments[count++] = write_logs(directory, cases->gl_pathv[i]);
    }
    struct outcome outcome = command_run(arguments, directory, NULL);
    if (outcome.status != 0) {
        ck_abort_msg("%.2000s%.1500s", outcome.output, outcome.errors);
    }
    outcome_free(&outcome);
    for (size_t i = 0; i < count; i++) {
        free(arguments[i]);
    }
    free(command);
    free(fields);
    free(man);
}

START_TEST(test_formats_agree) {
    glob_t cases;
    ck_assert_int_eq(glob("testdata/cases/*.case", 0, NULL, &cases), 0);
    char *directory = make_temporary_directory();
    check_group(directory, &cases, (size_t)_i);
    remove_tree(directory);
    free(directory);
    globfree(&cases);
}
END_TEST

void formats_tests(TCase *tests) {
    tcase_add_loop_test(tests, test_formats_agree, 0, GROUPS);
}
