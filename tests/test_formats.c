// SPDX-License-Identifier: GPL-3.0-or-later
// Check suite: what the command writes for other programs, read back by them:
// tests/check_formats.py over the logs of every case, over a log in which every value is hostile,
// and over public logs with public rules where they lie beside the tree.
//
// Environment: EVTXSEQ, the command under test (build/evtxseq); EVTXSEQ_MAN, the directory of the
// manuals and the schema (man); PYTHON, an interpreter that has the module jsonschema
// (/usr/bin/python3).
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "case.h"
#include "command.h"
#include "rules/event.h"
#include "suites.h"
#include "xmem.h"

// The cases are shared out among runs of the script, so that each stays within a command's time.
enum { GROUPS = 5, GROUP_SIZE_MAX = 32, OPTIONS = 7 };

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

// What the script is run with: `count` arguments so far.
struct call {
    char *arguments[OPTIONS + GROUP_SIZE_MAX + 1];
    size_t count;
};

// Takes the argument.
static void call_add(struct call *call, char *argument) {
    ck_assert_uint_lt(call->count, OPTIONS + GROUP_SIZE_MAX);
    call->arguments[call->count++] = argument;
}

static struct call call_new(void) {
    struct call call = {.count = 0};
    char *man = absolute_path(setting("EVTXSEQ_MAN", "man"));
    char *fields = absolute_path("lib/rules/fields.def");
    char *command = absolute_path(setting("EVTXSEQ", "build/evtxseq"));
    call_add(&call, absolute_path(setting("PYTHON", "/usr/bin/python3")));
    call_add(&call, xstrdup("-B"));
    call_add(&call, absolute_path("tests/check_formats.py"));
    call_add(&call, xformat("--evtxseq=%s", command));
    call_add(&call, xformat("--man=%s", man));
    call_add(&call, xformat("--fields=%s", fields));
    free(command);
    free(fields);
    free(man);
    return call;
}

static void call_run(struct call *call, const char *directory) {
    struct outcome outcome = command_run(call->arguments, directory, NULL);
    if (outcome.status != 0) {
        ck_abort_msg("%.2000s%.1500s", outcome.output, outcome.errors);
    }
    outcome_free(&outcome);
    for (size_t i = 0; i < call->count; i++) {
        free(call->arguments[i]);
    }
}

// Checks every GROUPS-th case from the one numbered `first`.
static void check_group(const char *directory, const glob_t *cases, size_t first) {
    struct call call = call_new();
    for (size_t i = first; i < cases->gl_pathc; i += GROUPS) {
        call_add(&call, write_logs(directory, cases->gl_pathv[i]));
    }
    call_run(&call, directory);
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

// What would be markup in a page, act on a terminal, or run in a spreadsheet.
#define HOSTILE                                                                                    \
    "=</script></style></noscript></pre>--><img src=x onerror=alert(1)>\" onfocus=\"alert(2)' "    \
    "&lt; \\u{202E}\\u{200B}\\u{1B}[31m\\u{A}\\u{FEFF}\\u{D800}x"

// A case with an event of each of Sysmon's IDs that has every field there is, all hostile, and a
// rule that finds all of them and is hostile, too.
static char *hostile_case(void) {
    char *text = xstrdup("file evil.eql\n"
                         "  // name: Evil </script><script>alert(3)</script> \"x\" &lt; y\n"
                         "  // id: evil\"><svg/onload=alert(4)>\n"
                         "  // severity: critical\n"
                         "  // description: <iframe src=\"javascript:alert(5)\"></iframe>\n"
                         "  // technique: T1<b>\n"
                         "  any where true\n"
                         "log a\"<b>'&.evtx\n");
    for (int id = 1; id <= 29; id++) {
        xreplace(&text, xformat("%sevent %d 10:00:%02d host=\"%s\"\n", text, id, id,
                                "<i>\\u{22}\\u{202E}"));
        for (int data = DATA_FIRST; data < DATA_COUNT; data++) {
            xreplace(&text, xformat("%s  %s: " HOSTILE "\n", text,
                                    event_data_name((enum event_data)data)));
        }
    }
    return text;
}

START_TEST(test_hostile_values) {
    char *directory = make_temporary_directory();
    char *text = hostile_case();
    case_write_text(text, directory);
    struct call call = call_new();
    call_add(&call, xstrdup(directory));
    call_run(&call, directory);
    free(text);
    remove_tree(directory);
    free(directory);
}
END_TEST

START_TEST(test_public_logs) {
    if (access("../shared/evtx", R_OK) != 0 || access("../shared/rules", R_OK) != 0) {
        return;
    }
    char *directory = make_temporary_directory();
    char *rules = absolute_path("../shared/rules");
    struct call call = call_new();
    call_add(&call, xformat("--rules=%s", rules));
    call_add(&call, absolute_path("../shared/evtx"));
    call_run(&call, directory);
    free(rules);
    remove_tree(directory);
    free(directory);
}
END_TEST

void formats_tests(TCase *tests) {
    tcase_add_test(tests, test_hostile_values);
    tcase_add_test(tests, test_public_logs);
    tcase_add_loop_test(tests, test_formats_agree, 0, GROUPS);
}
