// SPDX-License-Identifier: GPL-3.0-or-later
// Check suite: the commands in README.md, docs/playbooks.md and CONTRIBUTING.md do what is said of
// them. They are taken from there as they stand, and run by bash over logs of the names that they
// use.
//
// Environment: EVTXSEQ, the command under test (build/evtxseq).
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "case.h"
#include "command.h"
#include "suites.h"
#include "words.h"
#include "xmem.h"

static const char *const playbooks[] = {
    "Act on the outcome",
    "Sweep the exports of many images",
    "Choose logs by name",
    "Read a log from a pipe",
    "Count findings with jq",
    "Open findings in a spreadsheet",
    "Put findings on a timeline",
    "Scan many hosts at once",
    "Scan many hosts at once, in any format",
};

enum { PLAYBOOKS = sizeof playbooks / sizeof *playbooks };

// Folders of hosts come in another order than the hosts' names; findings of several hosts and of
// one host fall into one millisecond; a host has two logs, and a namesake that is another machine.
static const char case_text[] = "log Sysmon.evtx\n"
                                "load  10:00:00\n"
                                "start 10:00:01\n"
                                "copy more.evtx Sysmon.evtx\n"
                                "copy collected/a.evtx Sysmon.evtx\n"
                                "log backwards.evtx\n"
                                "start 10:00:00\n"
                                "load  10:00:01\n"
                                "file notes.txt\n"
                                "  no log\n"
                                "copy disk.dd notes.txt Sysmon.evtx\n"
                                "file rules/start.eql\n"
                                "  process where event.type == \"start\"\n"
                                "copy detection-rules/rules/windows/start.eql rules/start.eql\n"
                                "log collected/deep/b.evtx\n"
                                "load  11:00:00 host=WS02\n"
                                "start 11:00:01 host=WS02\n"
                                "  CommandLine: =cmd|' /C calc'!A0\n"
                                "start 11:00:02 host=WS02\n"
                                "  Image: C:\\Windows\\System32\\mshta.exe\n"
                                "copy images/WS01/Logs/Sysmon.evtx Sysmon.evtx\n"
                                "log images/WS02/Microsoft-Windows-Sysmon%4Operational.evtx\n"
                                "filler 2\n"
                                "file images/WS03/Logs/notes.txt\n"
                                "  no log\n"
                                "log hosts/a/Sysmon.evtx\n"
                                "with host=WS02\n"
                                "load  10:00:00\n"
                                "start 10:00:01\n"
                                "  CommandLine: one\\u{A}two\\u{9}three \\u{E4}\\u{D83D}\\u{DE00}\n"
                                "log hosts/b/Sysmon.evtx\n"
                                "with host=ws01\n"
                                "load  10:00:00 record=8\n"
                                "start 10:00:01 record=10\n"
                                "start 10:00:01 record=9\n"
                                "start 10:00:02\n"
                                "log hosts/c/Sysmon.evtx\n"
                                "with host=WS01 machine=0A1B2C3D\n"
                                "load  10:00:00 record=19\n"
                                "log hosts/c/archive/Sysmon.evtx\n"
                                "with host=WS01 machine=0A1B2C3D\n"
                                "start 10:00:01 record=20\n"
                                "log hosts/d/Sysmon.evtx\n"
                                "with host=WS03\n"
                                "load  09:59:59\n"
                                "start 10:00:00\n"
                                "log hosts/none/Sysmon.evtx\n"
                                "filler 3\n"
                                "file hosts/trouble/notes.txt\n"
                                "  no log\n"
                                "run Sysmon.evtx\n"
                                "exit 1\n";

// What is said where Sysmon logged nothing that the rule needs.
#define BLIND "evtxseq: warning: WS01: no Event ID 1, 7: no rule in use could find anything\n"

// For the importer of Timesketch, which Debian has not: it wants these columns of a table.
static const char importer[] = "#!/bin/sh\n"
                               "test \"$1\" = --timeline_name && test -n \"$2\" || exit 2\n"
                               "head -n 1 \"$3\" | cut -d , -f 1-3\n"
                               "tail -n +2 \"$3\" | wc -l\n";

static char *root;      // everything is below it
static char *directory; // where the commands are run
static char *pages;     // what they say

static void run_bash(const char *script, struct outcome *outcome) {
    char shell[] = "/bin/bash";
    char option[] = "-c";
    char *text = xformat("export PATH='%s/bin':\"$PATH\" HOME='%s'\n%s", root, root, script);
    *outcome = command_run((char *[]){shell, option, text, NULL}, directory, NULL);
    free(text);
}

// Runs what a test needs beside the commands of the pages.
static void prepare(const char *script) {
    struct outcome outcome;
    run_bash(script, &outcome);
    ck_assert_str_eq(outcome.errors, "");
    ck_assert_int_eq(outcome.status, 0);
    outcome_free(&outcome);
}

// All of them, one after the other.
static char *read_pages(void) {
    char *readme = read_file("README.md", NULL);
    char *books = read_file("docs/playbooks.md", NULL);
    char *contributing = read_file("CONTRIBUTING.md", NULL);
    char *all = xformat("\n%s\n%s\n%s", readme, books, contributing);
    free(contributing);
    free(books);
    free(readme);
    return all;
}

static void make_logs(void) {
    root = make_temporary_directory();
    directory = xformat("%s/work", root);
    pages = read_pages();
    char *command = absolute_path(setting("EVTXSEQ", "build/evtxseq"));
    char *path = xformat("%s/bin/timesketch_importer", root);
    char *inside = xformat("%s/", directory);
    make_parents(path);
    make_parents(inside);
    write_file(path, importer, sizeof importer - 1);
    ck_assert_int_eq(chmod(path, 0755), 0);
    case_write_text(case_text, directory);
    char *script = xformat(
        "ln -s '%s' ../bin/evtxseq && zstd -q -k Sysmon.evtx && mv hosts/d 'hosts/d e'", command);
    prepare(script);
    free(script);
    free(inside);
    free(path);
    free(command);
}

static void drop_logs(void) {
    remove_tree(root);
    free(root);
    free(directory);
    free(pages);
}

// What stands below a heading, up to the next one of `level` or fewer marks.
static char *section(const char *heading) {
    char *line = xformat("\n%s\n", heading);
    char *start = strstr(pages, line);
    size_t level = strspn(heading, "#");
    ck_assert_msg(start != NULL, "no page has the heading %s", heading);
    start += strlen(line);
    const char *end = start;
    while (*end != '\0' && (strspn(end, "#") == 0 || strspn(end, "#") > level)) {
        end += strcspn(end, "\n");
        end += *end == '\n';
    }
    free(line);
    return xstrndup(start, (size_t)(end - start));
}

// The indented lines of a text, without the indentation.
static struct list commands(const char *text) {
    struct list lines = split(text, "\n");
    struct list commands = {0};
    for (size_t i = 0; i < lines.count; i++) {
        if (strncmp(lines.items[i], "    ", 4) == 0) {
            list_add(&commands, xstrdup(lines.items[i] + 4));
        }
    }
    list_free(&lines);
    ck_assert_uint_gt(commands.count, 0);
    return commands;
}

static struct outcome run_playbook(const char *name) {
    char *heading = xformat("## %s", name);
    char *text = section(heading);
    struct list lines = commands(text);
    char *script = xstrdup("");
    struct outcome outcome;
    for (size_t i = 0; i < lines.count; i++) {
        xreplace(&script, xformat("%s%s\n", script, lines.items[i]));
    }
    run_bash(script, &outcome);
    free(script);
    list_free(&lines);
    free(text);
    free(heading);
    return outcome;
}

// What the playbook prints, with nothing on standard error.
static void expect_output(const char *name, const char *expected) {
    struct outcome outcome = run_playbook(name);
    ck_assert_str_eq(outcome.errors, "");
    ck_assert_str_eq(outcome.output, expected);
    outcome_free(&outcome);
}

// What another command makes of it afterwards.
static void expect_shell(const char *script, const char *expected) {
    struct outcome outcome;
    run_bash(script, &outcome);
    ck_assert_str_eq(outcome.errors, "");
    ck_assert_str_eq(outcome.output, expected);
    outcome_free(&outcome);
}

START_TEST(test_every_playbook_is_run) {
    char *text = section("# Playbooks");
    struct list lines = split(text, "\n");
    size_t count = 0;
    for (size_t i = 0; i < lines.count; i++) {
        if (strncmp(lines.items[i], "## ", 3) == 0) {
            ck_assert_uint_lt(count, PLAYBOOKS);
            ck_assert_str_eq(lines.items[i] + 3, playbooks[count++]);
        }
    }
    ck_assert_uint_eq(count, PLAYBOOKS);
    list_free(&lines);
    free(text);
}
END_TEST

START_TEST(test_outcome) {
    expect_output(playbooks[0], "see findings.csv\n");
    expect_shell("grep -c ',wmi-script-execution,' findings.csv", "3\n");
    prepare("rm -r collected; mkdir collected; cp hosts/none/Sysmon.evtx collected");
    struct outcome outcome = run_playbook(playbooks[0]);
    ck_assert_str_eq(outcome.output, "nothing could be found on some host\n");
    ck_assert_str_eq(outcome.errors, BLIND);
    outcome_free(&outcome);
    prepare("cp backwards.evtx collected/Sysmon.evtx");
    expect_output(playbooks[0], "nothing found\n");
    prepare("rm collected/Sysmon.evtx");
    outcome = run_playbook(playbooks[0]);
    ck_assert_str_eq(outcome.output, "not everything could be read\n");
    outcome_free(&outcome);
}
END_TEST

START_TEST(test_sweep) {
    expect_output(playbooks[1], "WS01: findings in WS01.txt\n"
                                "WS02: nothing could be found, see WS02.errors\n"
                                "WS03: look at WS03.errors\n");
    expect_shell(
        "grep -c 'images/WS01/Logs/Sysmon.evtx' WS01.txt; cat WS02.txt; cat WS03.errors",
        "1\nevtxseq: images/WS03/: no EVTX log in this directory: 1 file begins like nothing known\n");
}
END_TEST

// The playbook ends with a scan that finds something and has this in its report.
static void expect_report(const char *name, const char *part) {
    struct outcome outcome = run_playbook(name);
    ck_assert_str_eq(outcome.errors, "");
    ck_assert_int_eq(outcome.status, 1);
    ck_assert_ptr_nonnull(strstr(outcome.output, part));
    outcome_free(&outcome);
}

START_TEST(test_names) {
    prepare("mkdir $'images/line\nfeed'; mv images/WS01/Logs/Sysmon.evtx $'images/line\nfeed'");
    expect_report(playbooks[2], "images/line\\x0Afeed/Sysmon.evtx");
}
END_TEST

START_TEST(test_pipe) {
    expect_report(playbooks[3], "exact: Elastic's engine would alert on this sequence");
}
END_TEST

START_TEST(test_jq) {
    expect_output(playbooks[4], "      1 WS01\tC:\\\\Windows\\\\System32\\\\cmd.exe\n"
                                "      1 WS02\tC:\\\\Windows\\\\System32\\\\cmd.exe\n"
                                "      1 WS02\tC:\\\\Windows\\\\System32\\\\mshta.exe\n");
}
END_TEST

START_TEST(test_spreadsheet) {
    expect_output(playbooks[5], "");
    expect_shell("head -c 3 findings-excel.csv | od -An -tx1; "
                 "tail -c +4 findings-excel.csv | cmp - findings.csv; "
                 "grep -o \",'=cmd[^,]*\" findings.csv",
                 " ef bb bf\n,'=cmd|' /C calc'!A0\n");
}
END_TEST

START_TEST(test_timeline) {
    expect_output(playbooks[6], "message,datetime,timestamp_desc\n6\n");
}
END_TEST

static int compare_lines(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

// What the command says in a playbook, in the order of the bytes, for hosts come in any order; GNU
// parallel may have something to say of the machine.
static char *own_errors(const struct outcome *outcome) {
    struct list lines = split(outcome->errors, "\n");
    char *own = xstrdup("");
    if (lines.count > 0) {
        qsort(lines.items, lines.count, sizeof *lines.items, compare_lines);
    }
    for (size_t i = 0; i < lines.count; i++) {
        if (strncmp(lines.items[i], "evtxseq: ", strlen("evtxseq: ")) == 0) {
            xreplace(&own, xformat("%s%s\n", own, lines.items[i]));
        }
    }
    list_free(&lines);
    return own;
}

// What is said of the host without a log.
#define TROUBLE                                                                                    \
    "evtxseq: hosts/trouble/: no EVTX log in this directory: 1 file begins like nothing known\n"

// Both ways to scan in parallel come to what one run writes, and say this of hosts.
static void expect_same(const char *name, const char *format, const char *file,
                        const char *expected) {
    struct outcome outcome = run_playbook(name);
    char *errors = own_errors(&outcome);
    ck_assert_str_eq(outcome.output, "");
    ck_assert_str_eq(errors, expected);
    free(errors);
    outcome_free(&outcome);
    char *script =
        xformat("evtxseq -q -f %s hosts/ >one; test $? -eq 1 && cmp one %s", format, file);
    prepare(script);
    free(script);
}

START_TEST(test_parallel) {
    expect_same(playbooks[7], "jsonl", "findings.jsonl", TROUBLE BLIND);
    expect_shell("wc -l <findings.jsonl; cut -f 9 blind trouble",
                 "6\nevtxseq -q -j 1 -f jsonl hosts/none/\n"
                 "evtxseq -q -j 1 -f jsonl hosts/trouble/\n");
}
END_TEST

START_TEST(test_parallel_any_format) {
    expect_same(playbooks[8], "csv", "findings.csv", TROUBLE);
    prepare("rm -r hosts/? hosts/d* hosts/trouble findings.csv");
    struct outcome outcome = run_playbook(playbooks[8]);
    ck_assert_int_eq(outcome.status, 0);
    outcome_free(&outcome);
    expect_shell("ls findings.csv 2>/dev/null", "");
}
END_TEST

static bool looks_for_findings(const char *line) {
    return strstr(line, "--coverage") == NULL && strstr(line, "--list-rules") == NULL &&
           strstr(line, "--explain") == NULL;
}

// Each command below a heading finds something, but for those that do not look for anything.
static void expect_findings(const char *heading) {
    char *text = section(heading);
    struct list lines = commands(text);
    for (size_t i = 0; i < lines.count; i++) {
        struct outcome outcome;
        if (strstr(lines.items[i], "evtxseq ") == NULL) {
            continue;
        }
        char *script = xformat("set -o pipefail\n%s", lines.items[i]);
        run_bash(script, &outcome);
        int expected = looks_for_findings(lines.items[i]) ? 1 : 0;
        ck_assert_msg(outcome.status == expected, "%s: exit status %d: %s", lines.items[i],
                      outcome.status, outcome.errors);
        outcome_free(&outcome);
        free(script);
    }
    list_free(&lines);
    free(text);
}

START_TEST(test_usage) {
    expect_findings("## A first log in minutes");
    expect_findings("## Usage");
}
END_TEST

// The goals of `make` that the pages name are there.
START_TEST(test_goals) {
    char *makefile = read_file("Makefile", NULL);
    struct list lines = commands(pages);
    size_t count = 0;
    for (size_t i = 0; i < lines.count; i++) {
        struct list words = split(lines.items[i], " ");
        if (words.count > 1 && strcmp(words.items[0], "make") == 0 && words.items[1][0] != '#') {
            char *goal = xformat("\n%s:", words.items[1]);
            ck_assert_msg(strstr(makefile, goal) != NULL, "no goal: %s", lines.items[i]);
            free(goal);
            count++;
        }
        list_free(&words);
    }
    ck_assert_uint_gt(count, 0);
    list_free(&lines);
    free(makefile);
}
END_TEST

// For users, in one sitting.
START_TEST(test_readme_is_short) {
    char *text = read_file("README.md", NULL);
    struct list lines = split(text, "\n");
    ck_assert_uint_le(lines.count, 200);
    list_free(&lines);
    free(text);
}
END_TEST

// What the machines collect is merged to what one run writes.
START_TEST(test_machines) {
    struct outcome outcome = run_playbook("Many machines");
    ck_assert_int_eq(outcome.status, 1);
    outcome_free(&outcome);
    prepare("evtxseq -q -r rules/ -f html collected/ | cmp - report.html");
}
END_TEST

void playbooks_tests(TCase *tests) {
    tcase_add_test(tests, test_readme_is_short);
    tcase_add_checked_fixture(tests, make_logs, drop_logs);
    tcase_add_test(tests, test_every_playbook_is_run);
    tcase_add_test(tests, test_outcome);
    tcase_add_test(tests, test_sweep);
    tcase_add_test(tests, test_names);
    tcase_add_test(tests, test_pipe);
    tcase_add_test(tests, test_jq);
    tcase_add_test(tests, test_spreadsheet);
    tcase_add_test(tests, test_timeline);
    tcase_add_test(tests, test_parallel);
    tcase_add_test(tests, test_parallel_any_format);
    tcase_add_test(tests, test_usage);
    tcase_add_test(tests, test_machines);
    tcase_add_test(tests, test_goals);
}
