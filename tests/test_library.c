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
    ck_assert_uint_eq(evtxseq_finding_event_count(first), 2);
    ck_assert_ptr_null(evtxseq_finding_creation(first, 0));
    ck_assert_uint_eq(evtxseq_finding_ancestor_count(first, 0), 0);
    ck_assert_uint_eq(evtxseq_finding_descendant_count(first), 0);
    evtxseq_scan_free(scan);
}
END_TEST

START_TEST(test_events) {
    struct evtxseq_scan *scan = scan_one(NULL, log_path);
    const struct evtxseq_finding *finding = evtxseq_scan_finding(scan, 0);
    const struct evtxseq_event *load = evtxseq_finding_event(finding, 0);
    const struct evtxseq_event *start = evtxseq_finding_event(finding, 1);
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
    ck_assert_uint_eq(evtxseq_event_record(evtxseq_finding_creation(finding, 0)), 22);
    ck_assert_uint_eq(evtxseq_event_record(evtxseq_finding_creation(finding, 1)), 24);
    ck_assert_uint_eq(evtxseq_finding_ancestor_count(finding, 1), 0);
    ck_assert_uint_eq(evtxseq_finding_ancestor_count(finding, 0), 1);
    ck_assert_str_eq(evtxseq_event_field(evtxseq_finding_ancestor(finding, 0, 0), "Image"),
                     "C:\\Windows\\explorer.exe");
    ck_assert_uint_eq(evtxseq_finding_descendant_count(finding), 1);
    ck_assert_uint_eq(evtxseq_event_record(evtxseq_finding_descendant(finding, 0)), 25);
    ck_assert(evtxseq_scan_has_all_context(scan));
    evtxseq_scan_free(scan);

    evtxseq_options_set_context(options, false);
    scan = scan_one(options, "testdata/sample.evtx");
    ck_assert_ptr_null(evtxseq_finding_creation(evtxseq_scan_finding(scan, 0), 0));
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
    ck_assert_uint_eq(count_findings(options), 2);

    options = new_options();
    evtxseq_options_set_maxspan(options, 5001);
    evtxseq_options_set_until(options, begin + hour + 5001);
    ck_assert_uint_eq(count_findings(options), 2);

    options = new_options();
    evtxseq_options_set_filter(options, false);
    ck_assert_uint_eq(count_findings(options), 2);

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

// A finding counts as left out by the first reason that holds: the first pair is an exact match.
START_TEST(test_left_out) {
    struct evtxseq_options *options = new_options();
    evtxseq_options_set_maxspan(options, 5001);
    evtxseq_options_set_strict(options, true);
    evtxseq_options_set_since(options, begin + hour);
    struct evtxseq_scan *scan = scan_one(options, log_path);
    ck_assert_uint_eq(evtxseq_scan_left_out_count(scan, EVTXSEQ_BELOW_SEVERITY), 0);
    ck_assert_uint_eq(evtxseq_scan_left_out_count(scan, EVTXSEQ_NOT_EXACT), 1);
    ck_assert_uint_eq(evtxseq_scan_left_out_count(scan, EVTXSEQ_OUT_OF_TIME), 1);
    evtxseq_scan_free(scan);
    ck_assert(evtxseq_options_set_min_severity(options, "high"));
    scan = scan_one(options, log_path);
    ck_assert_uint_eq(evtxseq_scan_left_out_count(scan, EVTXSEQ_BELOW_SEVERITY), 3);
    evtxseq_scan_free(scan);
    evtxseq_options_free(options);
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

// Rules that are compiled; of all lists, up to NULL.
static struct evtxseq_rules *rules_of(const char *list, const char *other) {
    struct evtxseq_rules *rules = evtxseq_rules_new();
    ck_assert_ptr_nonnull(rules);
    ck_assert(evtxseq_rules_add(rules, list, false));
    ck_assert(other == NULL || evtxseq_rules_add(rules, other, false));
    ck_assert(evtxseq_rules_compile(rules));
    return rules;
}

START_TEST(test_rules) {
    struct evtxseq_options *options = new_options();
    struct evtxseq_rules *single = rules_of("wmi-process-creation", NULL);
    struct evtxseq_rules *all = rules_of("all", "wmi-process-creation");
    evtxseq_options_set_rules(options, single);
    struct evtxseq_scan *scan = scan_one(options, log_path);
    ck_assert_uint_eq(evtxseq_scan_finding_count(scan), 3);
    const struct evtxseq_finding *finding = evtxseq_scan_finding(scan, 0);
    ck_assert_uint_eq(evtxseq_finding_event_count(finding), 1);
    ck_assert_int_eq(evtxseq_finding_span(finding), 0);
    evtxseq_scan_free(scan);
    evtxseq_options_set_rules(options, all);
    ck_assert_uint_eq(count_findings(options), 7); // 2 pairs, 3 starts, 2 loads
    evtxseq_rules_free(single);
    evtxseq_rules_free(all);
}
END_TEST

START_TEST(test_unknown_rules) {
    struct evtxseq_rules *rules = evtxseq_rules_new();
    ck_assert_ptr_nonnull(rules);
    ck_assert(!evtxseq_rules_add(rules, "wmi-script-execution,no-such-rule", false));
    ck_assert_int_eq(errno, ENOENT);
    ck_assert(!evtxseq_rules_add(rules, "", false));
    evtxseq_rules_free(rules);
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

START_TEST(test_steps) {
    static const char *const paths[] = {"testdata/sample.evtx"};
    struct evtxseq_scan *scan = evtxseq_scan_start(NULL, paths, 1);
    ck_assert_ptr_nonnull(scan);
    struct evtxseq_progress at = evtxseq_scan_progress(scan);
    ck_assert_uint_eq(at.pass, 0);
    ck_assert_uint_eq(at.bytes, 0);
    ck_assert_uint_eq(at.total, 4096 + 65536);
    while (evtxseq_scan_step(scan, 1000)) {
        at = evtxseq_scan_progress(scan);
        ck_assert_uint_eq(at.findings, at.pass > 0);
    }
    ck_assert_uint_gt(at.pass, 0);
    ck_assert_uint_eq(at.inputs, 1);
    ck_assert(evtxseq_scan_finish(scan));
    ck_assert_uint_eq(evtxseq_scan_finding_count(scan), 1);
    ck_assert_ptr_nonnull(evtxseq_finding_creation(evtxseq_scan_finding(scan, 0), 0));
    evtxseq_scan_free(scan);
}
END_TEST

START_TEST(test_scan_is_given_up) {
    static const char *const paths[] = {"testdata/sample.evtx"};
    struct evtxseq_scan *scan = evtxseq_scan_start(NULL, paths, 1);
    ck_assert_ptr_nonnull(scan);
    ck_assert(evtxseq_scan_step(scan, 0));
    evtxseq_scan_free(scan);
    ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
    ck_assert_int_eq(errno, ECHILD);
}
END_TEST

START_TEST(test_workers_are_gone) {
    struct evtxseq_scan *scan = scan_one(NULL, log_path);
    ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
    ck_assert_int_eq(errno, ECHILD);
    ck_assert(evtxseq_scan_was_sandboxed(scan));
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

// Runs the command with these arguments, up to two of them, on a log if there is one.
static struct outcome run_command(const char *first, const char *second, const char *log) {
    char *command = absolute_path(setting("EVTXSEQ", "build/evtxseq"));
    char *words[] = {xstrdup(first), second == NULL ? NULL : xstrdup(second)};
    char *path = log == NULL ? NULL : xstrdup(log);
    char *last = words[1] == NULL ? path : words[1];
    char *arguments[] = {command, words[0], last, words[1] == NULL ? NULL : path, NULL};
    struct outcome outcome = command_run(arguments, directory, NULL);
    free(command);
    free(words[0]);
    free(words[1]);
    free(path);
    return outcome;
}

static const char *const format_options[] = {
    [EVTXSEQ_TEXT] = "-ftext",   [EVTXSEQ_CSV] = "-fcsv",
    [EVTXSEQ_JSONL] = "-fjsonl", [EVTXSEQ_TIMESKETCH] = "-ftimesketch",
    [EVTXSEQ_BRIEF] = "-fbrief", [EVTXSEQ_HTML] = "-fhtml"};

// Each format, in memory and in a file, is what the command prints.
START_TEST(test_formats) {
    char *path = xformat("%s/out", directory);
    struct outcome outcome = run_command("-q", format_options[_i], log_path);
    struct evtxseq_options *options = evtxseq_options_new();
    ck_assert_ptr_nonnull(options);
    evtxseq_options_set_hashes(options, _i == EVTXSEQ_HTML);
    struct evtxseq_scan *scan = scan_one(options, log_path);
    const struct evtxseq_style style = {.format = (enum evtxseq_format)_i};
    size_t size = 0;
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
    evtxseq_options_free(options);
    outcome_free(&outcome);
    free(path);
}
END_TEST

// A stream whose text is to be had by stop_writing().
struct sink {
    FILE *stream;
    char *text;
    size_t size;
};

static void start_writing(struct sink *sink) {
    *sink = (struct sink){0};
    sink->stream = open_memstream(&sink->text, &sink->size);
    ck_assert_ptr_nonnull(sink->stream);
}

static void expect_written(struct sink *sink, const char *expected) {
    ck_assert_int_eq(fclose(sink->stream), 0);
    ck_assert_uint_gt(sink->size, 0);
    ck_assert_str_eq(sink->text, expected);
    free(sink->text);
}

START_TEST(test_coverage) {
    struct evtxseq_options *options = new_options();
    evtxseq_options_set_only_coverage(options, true);
    struct evtxseq_scan *scan = scan_one(options, log_path);
    struct outcome outcome = run_command("--coverage", format_options[_i], log_path);
    const struct evtxseq_style style = {.format = (enum evtxseq_format)_i};
    struct sink sink;
    ck_assert_uint_eq(evtxseq_scan_finding_count(scan), 0);
    start_writing(&sink);
    ck_assert(evtxseq_scan_write_coverage(scan, &style, sink.stream));
    expect_written(&sink, outcome.output);
    outcome_free(&outcome);
    evtxseq_scan_free(scan);
    evtxseq_options_free(options);
}
END_TEST

START_TEST(test_coverage_has_no_events) {
    static const enum evtxseq_format formats[] = {EVTXSEQ_TIMESKETCH, EVTXSEQ_BRIEF, EVTXSEQ_HTML};
    struct evtxseq_scan *scan = scan_one(NULL, log_path);
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        const struct evtxseq_style style = {.format = formats[i]};
        errno = 0;
        ck_assert(!evtxseq_scan_write_coverage(scan, &style, stderr));
        ck_assert_int_eq(errno, EINVAL);
    }
    evtxseq_scan_free(scan);
}
END_TEST

START_TEST(test_account) {
    static const char *const arguments[] = {"program", ""};
    struct sink sink;
    start_writing(&sink);
    struct evtxseq_scan *scan = scan_one(NULL, log_path);
    const struct evtxseq_run run = {.arguments = arguments,
                                    .argument_count = 2,
                                    .started = 1000,
                                    .duration = 5,
                                    .status = 1,
                                    .reason = "because"};
    ck_assert(evtxseq_scan_write_account(scan, &run, sink.stream));
    ck_assert_int_eq(fclose(sink.stream), 0);
    ck_assert_ptr_nonnull(strstr(sink.text, "\"started\": \"1970-01-01T00:00:01.000Z\",\n"
                                            "    \"duration_ms\": 5,\n"
                                            "    \"arguments\": [\n"
                                            "      \"program\",\n"
                                            "      \"\"\n"));
    ck_assert_ptr_nonnull(strstr(sink.text, "\"code\": 1,\n    \"reason\": \"because\"\n"));
    free(sink.text);
    evtxseq_scan_free(scan);
}
END_TEST

START_TEST(test_style) {
    struct evtxseq_scan *scan = scan_one(NULL, "testdata/sample.evtx");
    const struct evtxseq_style narrow = {.width = 1};
    const struct evtxseq_style narrowest = {.width = 40};
    const struct evtxseq_style coloured = {.is_colour = true};
    char *text = evtxseq_scan_print(scan, &narrow, NULL);
    char *same = evtxseq_scan_print(scan, &narrowest, NULL);
    for (const char *line = text; *line != '\0'; line += strcspn(line, "\n") + 1) {
        ck_assert_uint_le(strcspn(line, "\n"), 40);
    }
    ck_assert_str_eq(text, same);
    ck_assert_ptr_null(strchr(text, '\x1b'));
    free(text);
    free(same);
    text = evtxseq_scan_print(scan, &coloured, NULL);
    ck_assert_ptr_nonnull(strchr(text, '\x1b'));
    free(text);
    evtxseq_scan_free(scan);
}
END_TEST

// One log without image loads; of another only a signature is left; a third is not there.
START_TEST(test_lines_for_people) {
    static const char case_without_loads[] = "log starts.evtx\n"
                                             "start 10:00:00.000\n"
                                             "run starts.evtx\n"
                                             "exit 0\n";
    char *starts = xformat("%s/starts.evtx", directory);
    char *cut = xformat("%s/cut.evtx", directory);
    const char *const paths[] = {starts, cut, "/absent"};
    const char *expected[2];
    case_write_text(case_without_loads, directory);
    FILE *stream = fopen(cut, "w");
    ck_assert_ptr_nonnull(stream);
    (void)fputs("ElfFile", stream);
    ck_assert_int_eq(fputc('\0', stream), '\0');
    ck_assert_int_eq(fclose(stream), 0);
    expected[0] = "evtxseq: /absent: cannot be read: No such file or directory\n";
    char *all = xformat("%sevtxseq: %s: offset 8: truncated input: ends in the middle of the file "
                        "header\n",
                        expected[0], cut);
    expected[1] = all;
    struct evtxseq_scan *scan = evtxseq_scan_paths(NULL, paths, 3);
    ck_assert_uint_eq(evtxseq_scan_problem_kind_count(scan, EVTXSEQ_UNREADABLE), 1);
    ck_assert_uint_eq(evtxseq_scan_problem_kind_count(scan, EVTXSEQ_TRUNCATED), 1);
    ck_assert_uint_eq(evtxseq_scan_problem_kind_count(scan, EVTXSEQ_CHUNK), 0);
    struct sink sink;
    for (int i = 0; i < 2; i++) {
        start_writing(&sink);
        ck_assert(evtxseq_scan_write_problems(scan, NULL, i == 1, sink.stream));
        expect_written(&sink, expected[i]);
    }
    start_writing(&sink);
    ck_assert(evtxseq_scan_write_warnings(scan, NULL, false, sink.stream));
    expect_written(&sink,
                   "evtxseq: warning: WS01: no Event ID 7: no rule in use could find anything; "
                   "-r wmi-process-creation does without: 1 event there meets it\n");
    evtxseq_scan_free(scan);
    free(all);
    free(starts);
    free(cut);
}
END_TEST

START_TEST(test_scan_without_a_log) {
    struct evtxseq_scan *scan = evtxseq_scan_paths(NULL, NULL, 0);
    struct sink sink;
    start_writing(&sink);
    ck_assert(evtxseq_scan_write_problems(scan, NULL, false, sink.stream));
    expect_written(&sink, "evtxseq: found no EVTX log in the inputs\n");
    evtxseq_scan_free(scan);
}
END_TEST

START_TEST(test_kinds_of_problems) {
    ck_assert_str_eq(evtxseq_problem_kind_text(EVTXSEQ_UNREADABLE, 1), "unreadable input");
    ck_assert_str_eq(evtxseq_problem_kind_text(EVTXSEQ_RECORD, 2), "undecodable records");
    ck_assert_ptr_null(evtxseq_problem_kind_text((enum evtxseq_problem_kind)23, 1));
}
END_TEST

START_TEST(test_rules_are_described) {
    struct evtxseq_rules *rules = rules_of("all", NULL);
    const struct evtxseq_rule *rule = evtxseq_rules_at(rules, 1);
    ck_assert_uint_eq(evtxseq_rules_count(rules), 3);
    ck_assert_uint_eq(evtxseq_rules_wrong_count(rules), 0);
    ck_assert_str_eq(evtxseq_rule_id(rule), "wmi-script-execution");
    ck_assert_ptr_eq(evtxseq_rules_find(rules, "wmi-script-execution"), rule);
    ck_assert_ptr_null(evtxseq_rules_find(rules, "wmi-script"));
    struct sink sink;
    struct outcome outcome = run_command("--list-rules", NULL, NULL);
    start_writing(&sink);
    ck_assert(evtxseq_rules_write(rules, NULL, sink.stream));
    expect_written(&sink, outcome.output);
    outcome_free(&outcome);
    outcome = run_command("--explain=wmi-script-execution", NULL, NULL);
    start_writing(&sink);
    ck_assert(evtxseq_rule_write(rule, NULL, sink.stream));
    expect_written(&sink, outcome.output);
    outcome_free(&outcome);
    evtxseq_rules_free(rules);
}
END_TEST

START_TEST(test_times_are_read) {
    int64_t time = -1;
    ck_assert(!evtxseq_parse_time("2024-05-01T25:00:00Z", &time));
    ck_assert(!evtxseq_parse_duration("5", &time));
    ck_assert_int_eq(time, -1);
    ck_assert(evtxseq_parse_time("2024-05-01T10:00:00Z", &time));
    ck_assert_int_eq(time, begin);
    ck_assert(evtxseq_parse_duration("1h", &time));
    ck_assert_int_eq(time, hour);
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

// Writes what the options have collected of the log to a file, whose path is the caller's to free.
static char *collect(struct evtxseq_options *options, const char *name) {
    char *path = xformat("%s/%s", directory, name);
    struct evtxseq_collected collected;
    evtxseq_options_set_collect(options, directory);
    struct evtxseq_scan *scan = scan_one(options, log_path);
    FILE *stream = fopen(path, "w");
    ck_assert_ptr_nonnull(stream);
    ck_assert_uint_eq(evtxseq_scan_finding_count(scan), 0);
    ck_assert(evtxseq_scan_write_events(scan, stream, &collected));
    ck_assert_uint_eq(collected.events, 5);
    ck_assert_uint_eq(collected.bytes, (uint64_t)ftell(stream));
    ck_assert_int_eq(fclose(stream), 0);
    evtxseq_scan_free(scan);
    return path;
}

static struct evtxseq_scan *merge(const struct evtxseq_options *options, const char *const *paths,
                                  size_t count) {
    struct evtxseq_scan *scan = evtxseq_merge_start(options, paths, count);
    ck_assert_ptr_nonnull(scan);
    while (evtxseq_scan_step(scan, 100)) {
    }
    return scan;
}

START_TEST(test_merge) {
    struct evtxseq_options *options = new_options();
    char *path = collect(options, "a.events");
    struct evtxseq_scan *scan = merge(NULL, (const char *const *)&path, 1);
    ck_assert(evtxseq_scan_finish(scan));
    ck_assert_ptr_null(evtxseq_scan_refusal(scan));
    ck_assert_uint_eq(evtxseq_scan_finding_count(scan), 2);
    ck_assert_uint_eq(evtxseq_rules_count(evtxseq_scan_rules(scan)), 1);
    struct evtxseq_scan *one = scan_one(NULL, log_path);
    ck_assert_ptr_null(evtxseq_scan_rules(one));
    char *merged_text = evtxseq_scan_print(scan, NULL, NULL);
    char *one_text = evtxseq_scan_print(one, NULL, NULL);
    ck_assert_str_eq(merged_text, one_text);
    struct evtxseq_collected collected;
    errno = 0;
    ck_assert(!evtxseq_scan_write_events(one, stderr, &collected)); // which has not collected
    ck_assert_int_eq(errno, EINVAL);
    free(merged_text);
    free(one_text);
    evtxseq_scan_free(one);
    evtxseq_scan_free(scan);
    evtxseq_options_free(options);
    free(path);
}
END_TEST

START_TEST(test_merge_is_refused) {
    struct evtxseq_options *options = new_options();
    char *paths[] = {collect(options, "a.events"), NULL};
    evtxseq_options_set_clock(options, EVTXSEQ_CLOCK_LOGGED);
    paths[1] = collect(options, "b.events");
    struct evtxseq_scan *scan = merge(NULL, (const char *const *)paths, 2);
    errno = 0;
    ck_assert(!evtxseq_scan_finish(scan));
    ck_assert_int_eq(errno, EINVAL);
    ck_assert_ptr_nonnull(strstr(evtxseq_scan_refusal(scan), "b.events: are of different rules"));
    evtxseq_scan_free(scan);
    evtxseq_options_set_expected(options, 2);
    scan = merge(options, (const char *const *)paths, 1);
    ck_assert(evtxseq_scan_finish(scan));
    ck_assert_uint_eq(evtxseq_scan_problem_kind_count(scan, EVTXSEQ_ABSENT), 1);
    ck_assert(!evtxseq_scan_is_complete(scan));
    evtxseq_scan_free(scan);
    evtxseq_options_free(options);
    free(paths[0]);
    free(paths[1]);
}
END_TEST

void library_tests(TCase *tests) {
    tcase_add_checked_fixture(tests, make_log, drop_log);
    tcase_add_test(tests, test_findings);
    tcase_add_test(tests, test_events);
    tcase_add_test(tests, test_context);
    tcase_add_test(tests, test_options);
    tcase_add_test(tests, test_left_out);
    tcase_add_test(tests, test_clock);
    tcase_add_test(tests, test_rules);
    tcase_add_test(tests, test_unknown_rules);
    tcase_add_test(tests, test_counts);
    tcase_add_test(tests, test_steps);
    tcase_add_test(tests, test_scan_is_given_up);
    tcase_add_test(tests, test_workers_are_gone);
    tcase_add_test(tests, test_problems);
    tcase_add_test(tests, test_nothing_to_read);
    tcase_add_loop_test(tests, test_formats, 0, EVTXSEQ_HTML + 1);
    tcase_add_loop_test(tests, test_coverage, 0, 3);
    tcase_add_test(tests, test_coverage_has_no_events);
    tcase_add_test(tests, test_account);
    tcase_add_test(tests, test_style);
    tcase_add_test(tests, test_lines_for_people);
    tcase_add_test(tests, test_scan_without_a_log);
    tcase_add_test(tests, test_kinds_of_problems);
    tcase_add_test(tests, test_rules_are_described);
    tcase_add_test(tests, test_times_are_read);
    tcase_add_test(tests, test_write_failure);
    tcase_add_test(tests, test_merge);
    tcase_add_test(tests, test_merge_is_refused);
}
