// SPDX-License-Identifier: GPL-3.0-or-later
// Check suite: the public library (include/evtxseq.h) does what its header says.
//
// Environment: EVTXSEQ, the command whose output the library's is compared with (build/evtxseq).
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "case.h"
#include "command.h"
#include "evtxseq.h"
#include "suites.h"
#include "xmem.h"

// Three pairs, of which Elastic's rule alerts on the first and the last, an hour apart. The last is
// in slack space; no creation of a script is there.
static const char case_text[] = "log pairs.evtx\n"
                                "load  10:00:00.000 logged=12:00:00.000\n"
                                "start 10:00:01.000 logged=12:00:01.250\n"
                                "start 10:00:02.000 logged=12:00:02.000\n"
                                "slack\n"
                                "load  11:00:00.000\n"
                                "start 11:00:05.001\n"
                                "run pairs.evtx\n"
                                "exit 1\n";

// What the case begins with, 2024-05-01T10:00:00Z, and an hour.
static const int64_t begin = INT64_C(1714557600000);
static const int64_t hour = 3600000;

static char *directory;
static char *log_path;

static void make_log(void) {
    directory = make_temporary_directory();
    log_path = xformat("%s/pairs.evtx", directory);
    case_write_text(case_text, directory);
}

static void drop_log(void) {
    remove_tree(directory);
    free(directory);
    free(log_path);
}

static struct evtxseq_scan *scan_one(const struct evtxseq_options *options, const char *path) {
    struct evtxseq_scan *scan = evtxseq_scan_paths(options, &path, 1);
    ck_assert_ptr_nonnull(scan);
    return scan;
}

// The number of findings with the options, which are freed.
static size_t count_findings(struct evtxseq_options *options) {
    struct evtxseq_scan *scan = scan_one(options, log_path);
    size_t count = evtxseq_scan_finding_count(scan);
    evtxseq_scan_free(scan);
    evtxseq_options_free(options);
    return count;
}

static struct evtxseq_options *new_options(void) {
    struct evtxseq_options *options = evtxseq_options_new();
    ck_assert_ptr_nonnull(options);
    return options;
}

START_TEST(test_findings) {
    struct evtxseq_scan *scan = scan_one(NULL, log_path);
    ck_assert_uint_eq(evtxseq_scan_finding_count(scan), 2);
    const struct evtxseq_finding *first = evtxseq_scan_finding(scan, 0);
    const struct evtxseq_finding *second = evtxseq_scan_finding(scan, 1);
    ck_assert_uint_ne(evtxseq_finding_id(first), evtxseq_finding_id(second));
    const struct evtxseq_rule *rule = evtxseq_finding_rule(first);
    ck_assert_str_eq(evtxseq_rule_id(rule), "wmi-script-execution");
    ck_assert_str_eq(evtxseq_rule_name(rule),
                     "Windows Script Interpreter Executing Process via WMI");
    ck_assert_str_eq(evtxseq_rule_severity(rule), "medium");
    ck_assert_int_eq(evtxseq_rule_risk_score(rule), 47);
    ck_assert_uint_eq(evtxseq_rule_technique_count(rule), 4);
    ck_assert_str_eq(evtxseq_rule_technique(rule, 1), "T1047");
    ck_assert_int_eq(evtxseq_finding_basis(first), EVTXSEQ_EXACT);
    ck_assert_int_eq(evtxseq_finding_basis(second), EVTXSEQ_REPEAT);
    ck_assert_str_eq(evtxseq_finding_host(first), "WS01");
    ck_assert_int_eq(evtxseq_finding_time(first), begin + 1000);
    ck_assert_int_eq(evtxseq_finding_span(first), 1000);
    ck_assert_int_eq(evtxseq_finding_span(second), 2000);
    ck_assert_ptr_null(evtxseq_finding_stage(first, "stop"));
    ck_assert_ptr_null(evtxseq_finding_script(first));
    ck_assert_uint_eq(evtxseq_finding_ancestor_count(first), 0);
    ck_assert_uint_eq(evtxseq_finding_descendant_count(first), 0);
    evtxseq_scan_free(scan);
}
END_TEST

START_TEST(test_events) {
    struct evtxseq_scan *scan = scan_one(NULL, log_path);
    const struct evtxseq_finding *finding = evtxseq_scan_finding(scan, 0);
    const struct evtxseq_event *load = evtxseq_finding_stage(finding, "load");
    const struct evtxseq_event *start = evtxseq_finding_stage(finding, "start");
    ck_assert_uint_eq(evtxseq_event_id(load), 7);
    ck_assert_uint_eq(evtxseq_event_id(start), 1);
    ck_assert_uint_eq(evtxseq_event_record(load), 1);
    ck_assert_uint_eq(evtxseq_event_record(start), 2);
    ck_assert_int_eq(evtxseq_event_time(load), begin);
    ck_assert_str_eq(evtxseq_event_path(load), log_path);
    ck_assert_uint_eq(evtxseq_event_offset(load), 4096 + 512); // the first of the first chunk
    ck_assert(!evtxseq_event_is_recovered(load));
    ck_assert_str_eq(evtxseq_event_field(start, "User"), "CORP\\alice");
    ck_assert_str_eq(evtxseq_event_field(start, "Computer"), "WS01");
    ck_assert_ptr_null(evtxseq_event_field(load, "CommandLine"));
    ck_assert_ptr_null(evtxseq_event_field(load, "NoSuchField"));
    evtxseq_scan_free(scan);
}
END_TEST

START_TEST(test_context) {
    struct evtxseq_options *options = new_options();
    struct evtxseq_scan *scan = scan_one(options, "testdata/sample.evtx");
    const struct evtxseq_finding *finding = evtxseq_scan_finding(scan, 0);
    ck_assert_uint_eq(evtxseq_event_record(evtxseq_finding_script(finding)), 22);
    ck_assert_uint_eq(evtxseq_finding_ancestor_count(finding), 1);
    ck_assert_str_eq(evtxseq_event_field(evtxseq_finding_ancestor(finding, 0), "Image"),
                     "C:\\Windows\\explorer.exe");
    ck_assert_uint_eq(evtxseq_finding_descendant_count(finding), 1);
    ck_assert_uint_eq(evtxseq_event_record(evtxseq_finding_descendant(finding, 0)), 25);
    ck_assert(evtxseq_scan_has_all_context(scan));
    evtxseq_scan_free(scan);

    evtxseq_options_set_context(options, false);
    scan = scan_one(options, "testdata/sample.evtx");
    ck_assert_ptr_null(evtxseq_finding_script(evtxseq_scan_finding(scan, 0)));
    evtxseq_scan_free(scan);
    evtxseq_options_free(options);
}
END_TEST

START_TEST(test_options) {
    struct evtxseq_options *options = new_options();
    evtxseq_options_set_strict(options, true);
    ck_assert_uint_eq(count_findings(options), 1);

    options = new_options();
    evtxseq_options_set_maxspan(options, 5001);
    ck_assert_uint_eq(count_findings(options), 3);

    options = new_options();
    evtxseq_options_set_maxspan(options, 5001);
    evtxseq_options_set_recovered(options, false);
    ck_assert_uint_eq(count_findings(options), 2);

    options = new_options();
    evtxseq_options_set_maxspan(options, 5001);
    evtxseq_options_set_since(options, begin + 2000);
    evtxseq_options_set_until(options, begin + hour + 5001);
    ck_assert_uint_eq(count_findings(options), 1);

    options = new_options();
    evtxseq_options_set_carve(options, true);
    evtxseq_options_set_jobs(options, 1);
    ck_assert_uint_eq(count_findings(options), 2);

    options = new_options();
    evtxseq_options_set_carve(options, true);
    evtxseq_options_set_jobs(options, 0); // as 1
    ck_assert_uint_eq(count_findings(options), 2);
}
END_TEST

START_TEST(test_clock) {
    struct evtxseq_options *options = new_options();
    evtxseq_options_set_clock(options, EVTXSEQ_CLOCK_LOGGED);
    struct evtxseq_scan *scan = scan_one(options, log_path);
    ck_assert_int_eq(evtxseq_finding_time(evtxseq_scan_finding(scan, 0)), begin + 2 * hour + 1250);
    ck_assert_int_eq(evtxseq_finding_span(evtxseq_scan_finding(scan, 0)), 1250);
    evtxseq_scan_free(scan);
    evtxseq_options_free(options);
}
END_TEST

START_TEST(test_rules) {
    struct evtxseq_options *options = new_options();
    ck_assert(evtxseq_options_set_rules(options, "wmi-process-creation"));
    ck_assert(!evtxseq_options_set_rules(options, "wmi-script-execution,no-such-rule"));
    ck_assert(!evtxseq_options_set_rules(options, ""));
    struct evtxseq_scan *scan = scan_one(options, log_path);
    ck_assert_uint_eq(evtxseq_scan_finding_count(scan), 3);
    const struct evtxseq_finding *finding = evtxseq_scan_finding(scan, 0);
    ck_assert_ptr_null(evtxseq_finding_stage(finding, "load"));
    ck_assert_int_eq(evtxseq_finding_span(finding), 0);
    evtxseq_scan_free(scan);
    ck_assert(evtxseq_options_set_rules(options, "all,wmi-process-creation"));
    ck_assert_uint_eq(count_findings(options), 7); // 2 pairs, 3 starts, 2 loads
}
END_TEST

START_TEST(test_counts) {
    struct evtxseq_scan *scan = scan_one(NULL, log_path);
    ck_assert_uint_eq(evtxseq_scan_log_count(scan), 1);
    ck_assert_uint_eq(evtxseq_scan_byte_count(scan), 4096 + 65536);
    ck_assert_uint_eq(evtxseq_scan_record_count(scan), 3);
    ck_assert_uint_eq(evtxseq_scan_recovered_count(scan), 2);
    ck_assert_uint_eq(evtxseq_scan_problem_count(scan), 0);
    ck_assert(evtxseq_scan_is_complete(scan));
    evtxseq_scan_free(scan);
}
END_TEST

START_TEST(test_workers_are_gone) {
    struct evtxseq_scan *scan = scan_one(NULL, log_path);
    ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
    ck_assert_int_eq(errno, ECHILD);
#ifndef EVTXSEQ_SANITIZED // which cannot be confined
    ck_assert(evtxseq_scan_was_confined(scan));
#endif
    evtxseq_scan_free(scan);
}
END_TEST

START_TEST(test_problems) {
    char *absent = xformat("%s/absent.evtx", directory);
    const char *const paths[] = {absent, log_path};
    struct evtxseq_scan *scan = evtxseq_scan_paths(NULL, paths, 2);
    memset(absent, '?', strlen(absent)); // the scan has its own copy
    ck_assert_uint_eq(evtxseq_scan_finding_count(scan), 2);
    ck_assert_uint_eq(evtxseq_scan_problem_count(scan), 1);
    const struct evtxseq_problem *problem = evtxseq_scan_problem(scan, 0);
    ck_assert_int_eq(evtxseq_problem_kind(problem), EVTXSEQ_UNREADABLE);
    ck_assert(evtxseq_problem_is_serious(problem));
    ck_assert_ptr_nonnull(strstr(evtxseq_problem_path(problem), "/absent.evtx"));
    ck_assert_str_eq(evtxseq_problem_reason(problem), "No such file or directory");
    ck_assert_uint_eq(evtxseq_problem_offset(problem), UINT64_MAX);
    ck_assert(!evtxseq_scan_is_complete(scan));
    evtxseq_scan_free(scan);
    free(absent);
}
END_TEST

START_TEST(test_nothing_to_read) {
    struct evtxseq_scan *scan = evtxseq_scan_paths(NULL, NULL, 0);
    ck_assert_ptr_nonnull(scan);
    ck_assert_uint_eq(evtxseq_scan_finding_count(scan), 0);
    ck_assert(!evtxseq_scan_is_complete(scan));
    evtxseq_scan_free(scan);
    evtxseq_scan_free(NULL);
    evtxseq_options_free(NULL);
}
END_TEST

// Each format, in memory and in a file, is what the command prints.
START_TEST(test_formats) {
    static const char *const names[] = {[EVTXSEQ_TEXT] = "-ftext",
                                        [EVTXSEQ_CSV] = "-fcsv",
                                        [EVTXSEQ_JSONL] = "-fjsonl",
                                        [EVTXSEQ_TIMESKETCH] = "-ftimesketch"};
    char *path = xformat("%s/out", directory);
    char *command = absolute_path(setting("EVTXSEQ", "build/evtxseq"));
    char *arguments[] = {command, xstrdup("-q"), xstrdup(names[_i]), log_path, NULL};
    struct outcome outcome = command_run(arguments, directory, NULL);
    struct evtxseq_scan *scan = scan_one(NULL, log_path);
    size_t size = 0;
    const struct evtxseq_style style = {.format = (enum evtxseq_format)_i};
    char *text = evtxseq_scan_print(scan, &style, &size);
    ck_assert_uint_eq(size, outcome.output_size);
    ck_assert_str_eq(text, outcome.output);
    free(text);
    FILE *stream = fopen(path, "w");
    ck_assert_ptr_nonnull(stream);
    ck_assert(evtxseq_scan_write(scan, &style, stream));
    ck_assert_int_eq(fclose(stream), 0);
    text = read_file(path, &size);
    ck_assert_str_eq(text, outcome.output);
    free(text);
    evtxseq_scan_free(scan);
    outcome_free(&outcome);
    free(arguments[1]);
    free(arguments[2]);
    free(command);
    free(path);
}
END_TEST

START_TEST(test_write_failure) {
    struct evtxseq_scan *scan = scan_one(NULL, log_path);
    FILE *stream = fopen("/dev/full", "w");
    ck_assert_ptr_nonnull(stream);
    ck_assert_int_eq(setvbuf(stream, NULL, _IONBF, 0), 0);
    const struct evtxseq_style style = {.format = EVTXSEQ_JSONL};
    errno = 0;
    ck_assert(!evtxseq_scan_write(scan, &style, stream));
    ck_assert_int_eq(errno, ENOSPC);
    fclose(stream);
    evtxseq_scan_free(scan);
}
END_TEST

void library_tests(TCase *tests) {
    tcase_add_checked_fixture(tests, make_log, drop_log);
    tcase_add_test(tests, test_findings);
    tcase_add_test(tests, test_events);
    tcase_add_test(tests, test_context);
    tcase_add_test(tests, test_options);
    tcase_add_test(tests, test_clock);
    tcase_add_test(tests, test_rules);
    tcase_add_test(tests, test_counts);
    tcase_add_test(tests, test_workers_are_gone);
    tcase_add_test(tests, test_problems);
    tcase_add_test(tests, test_nothing_to_read);
    tcase_add_loop_test(tests, test_formats, 0, 4);
    tcase_add_test(tests, test_write_failure);
}
