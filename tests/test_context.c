// SPDX-License-Identifier: GPL-3.0-or-later
// Tests of context at its limits, on logs too long to write by hand.
//
// Environment: EVTXSEQ, the command under test (build/evtxseq).
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "case.h"
#include "command.h"
#include "suites.h"
#include "xmem.h"

// Processes of a log by number; those of the pair have the numbers that sysmon_fields.c gives them.
enum { SCRIPT = -1, STARTED = -2 };

static void add_guid(struct buffer *text, const char *field, int process) {
    if (process == SCRIPT || process == STARTED) {
        buffer_printf(text, "  %s: {A1B2C3D4-10A0-6632-4%d01-000000001100}\n", field,
                      process == SCRIPT ? 1 : 2);
    } else {
        buffer_printf(text, "  %s: {A1B2C3D4-%04X-6632-0000-000000000000}\n", field,
                      (unsigned)process);
    }
}

// The creation of a process `seconds` after 09:00.
static void add_process(struct buffer *text, int process, int parent, int seconds) {
    buffer_printf(text, "start %02d:%02d:%02d\n", 9 + seconds / 3600, seconds / 60 % 60,
                  seconds % 60);
    add_guid(text, "ProcessGuid", process);
    add_guid(text, "ParentProcessGuid", parent);
    buffer_printf(text, "  CommandLine: process <%d>\n  ParentImage: C:\\x\\y.exe\n", process);
}

static void add_pair(struct buffer *text) {
    buffer_add_text(text, "load  10:00:00\nstart 10:00:01\n");
}

// Runs a shell script, in which $0 is the command, where the logs are that the text describes.
// Gives what it has written, which the caller frees.
static char *run(struct buffer *text, const char *script) {
    char *directory = make_temporary_directory();
    char *path = xformat("%s/context.case", directory);
    char *command = realpath(setting("EVTXSEQ", "build/evtxseq"), NULL);
    char *words[] = {xstrdup("/bin/sh"), xstrdup("-c"), xstrdup(script), command, NULL};
    buffer_add_text(text, "run .\nexit 1\n");
    ck_assert(!text->failed);
    write_file(path, text->data, text->size);
    struct test_case *test = case_read(path);
    case_write_files(test, directory);
    struct outcome outcome = command_run(words, directory, NULL);
    ck_assert_int_eq(outcome.status, 1);
    char *output = xstrdup(outcome.output);
    outcome_free(&outcome);
    case_free(test);
    remove_tree(directory);
    for (size_t i = 0; i < 4; i++) {
        free(words[i]);
    }
    free(path);
    free(directory);
    buffer_free(text);
    return output;
}

// The numbers of the processes whose creations the text shows, in its order, each with a blank
// before it.
static char *shown(const char *output) {
    static const char mark[] = "process <";
    char *numbers = xstrdup("");
    for (const char *at = output; (at = strstr(at, mark)) != NULL;) {
        at += sizeof mark - 1;
        char *longer = xformat("%s %d", numbers, atoi(at));
        free(numbers);
        numbers = longer;
    }
    return numbers;
}

static void expect_shown(const char *output, int first, int last, int step) {
    char *numbers = shown(output);
    char *expected = xstrdup("");
    for (int i = first; i != last + step; i += step) {
        char *longer = xformat("%s %d", expected, i);
        free(expected);
        expected = longer;
    }
    ck_assert_str_eq(numbers, expected);
    free(expected);
    free(numbers);
}

static void expect_text(const char *output, const char *text, bool expected) {
    if ((strstr(output, text) != NULL) != expected) {
        ck_abort_msg("%s `%s`:\n%.3500s", expected ? "no" : "has", text, output);
    }
}

// Process 1 is the script's parent, process 2 its grandparent, and so on, in three
// logs by turns.
static char *run_ancestors(int count) {
    struct buffer text = {0};
    for (int log = 0; log < 3; log++) {
        buffer_printf(&text, "log %d.evtx\n", log);
        for (int i = count; i > 0; i--) {
            if (i % 3 == log) {
                add_process(&text, i, i + 1, 1000 - i);
            }
        }
        if (log == 0) {
            add_process(&text, SCRIPT, 1, 1000);
            add_pair(&text);
        }
    }
    return run(&text, "$0 -q -j2 .");
}

START_TEST(ancestors_are_at_most_16) {
    static const int counts[] = {1, 15, 16, 17, 20};
    int count = counts[_i];
    char *output = run_ancestors(count);
    expect_text(output, "further ancestors left out: 16 are shown", count >= 16);
    // Below 16, the parent of the last is named though it is absent.
    expect_text(output, "its own creation is absent", count < 16);
    char *script = strstr(output, "process <-1>");
    ck_assert_ptr_nonnull(script);
    *script = '\0';
    expect_shown(output, count < 16 ? count : 16, 1, -1);
    free(output);
}
END_TEST

// The pair, and `count` children of the started process.
static char *run_children(int count) {
    struct buffer text = {0};
    buffer_add_text(&text, "log a.evtx\n");
    add_pair(&text);
    for (int i = count; i > 0; i--) {
        add_process(&text, i, STARTED, 4000 + i);
    }
    return run(&text, "$0 -q -j2 .");
}

START_TEST(children_are_at_most_200) {
    static const int counts[] = {1, 199, 200, 201, 500};
    int count = counts[_i];
    char *output = run_children(count);
    expect_text(output, "further descendants left out", count > 200);
    expect_shown(output, 1, count < 200 ? count : 200, 1);
    free(output);
}
END_TEST

// Process 1 is a child of the started process, process 2 a child of that, and so on.
START_TEST(generations_are_at_most_16) {
    static const int counts[] = {2, 16, 17, 30};
    int count = counts[_i];
    struct buffer text = {0};
    buffer_add_text(&text, "log a.evtx\n");
    for (int i = count; i > 0; i--) {
        add_process(&text, i, i == 1 ? STARTED : i - 1, 4000 + i);
    }
    add_pair(&text);
    char *output = run(&text, "$0 -q -j1 .");
    expect_text(output, "further descendants left out", count > 16);
    expect_shown(output, 1, count < 16 ? count : 16, 1);
    free(output);
}
END_TEST

// Far more children than are kept at a time: what is kept is the first of them, however they lie.
START_TEST(children_beyond_counting) {
    enum { MANY = 6000, FACTOR = 7919 }; // a prime, so that every child comes once
    struct buffer text = {0};
    buffer_add_text(&text, "log a.evtx\n");
    add_process(&text, SCRIPT, 20000, 1000);
    add_pair(&text);
    for (int i = 0; i < MANY; i++) {
        int child = i * FACTOR % MANY + 1;
        add_process(&text, child, STARTED, 4000 + child);
    }
    add_process(&text, 20000, 20001, 900);
    char *output = run(&text, "$0 -q -j2 .");
    expect_text(output, "further descendants left out", true);
    expect_text(output, "process <-1>", true);
    expect_text(output, "process <20000>", true);
    char *children = strstr(output, "WMI  ");
    ck_assert_ptr_nonnull(children);
    expect_shown(children, 1, 200, 1);
    free(output);
}
END_TEST

// A pipe is read once; what is in a file beside it is found all the same.
START_TEST(pipes_are_read_once) {
    static const char *const scripts[] = {"cat pair.evtx | $0 -q - others.evtx",
                                          "cat others.evtx | $0 -q - pair.evtx"};
    struct buffer text = {0};
    buffer_add_text(&text, "log pair.evtx\n");
    add_pair(&text);
    buffer_add_text(&text, "log others.evtx\n");
    add_process(&text, SCRIPT, 2, 1000);
    add_process(&text, 1, STARTED, 4000);
    char *output = run(&text, scripts[_i]);
    expect_text(output, "process <-1>", _i == 0);
    expect_text(output, "process <1>", _i == 0);
    expect_text(output, "an input that could be read only once may have it", true);
    expect_text(output, "an input that could be read only once may have some", _i == 1);
    free(output);
}
END_TEST

void context_tests(TCase *tests) {
    tcase_add_loop_test(tests, ancestors_are_at_most_16, 0, 5);
    tcase_add_loop_test(tests, children_are_at_most_200, 0, 5);
    tcase_add_loop_test(tests, generations_are_at_most_16, 0, 4);
    tcase_add_test(tests, children_beyond_counting);
    tcase_add_loop_test(tests, pipes_are_read_once, 0, 2);
}
