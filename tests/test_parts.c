// SPDX-License-Identifier: GPL-3.0-or-later
// Check suite: logs that are collected in parts (--part), merged, are what one run finds.
//
// Environment: EVTXSEQ, the command under test (build/evtxseq); EVTXSEQ_PARTS_RUNS, how many random
// sets of logs to split (4).
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "case.h"
#include "command.h"
#include "image.h"
#include "random_log.h"
#include "suites.h"
#include "xmem.h"

enum { RUNS = 4 };

// Runs commands in the directory; $E is the command under test.
static struct outcome run_shell(const char *directory, const char *script) {
    char shell[] = "/bin/bash";
    char option[] = "-uc";
    char *command = absolute_path(setting("EVTXSEQ", "build/evtxseq"));
    char *text = xformat("E='%s'\n%s", command, script);
    struct outcome outcome = command_run_within(
        4 * COMMAND_TIME, (char *[]){shell, option, text, NULL}, directory, NULL);
    free(text);
    free(command);
    return outcome;
}

// What the script says, and how it ends.
static void expect_shell(const char *directory, const char *script, const char *output) {
    struct outcome outcome = run_shell(directory, script);
    ck_assert_msg(strcmp(outcome.output, output) == 0, "%s: %s%s, not %s", script, outcome.output,
                  outcome.errors, output);
    outcome_free(&outcome);
}

static void write_log(const char *directory, const char *name, struct image image) {
    char *path = xformat("%s/%s", directory, name);
    make_parents(path);
    write_file(path, image.bytes, image.size);
    free(image.bytes);
    free(path);
}

static struct image small_log(struct random *random) {
    struct image image = {0};
    image.bytes = random_log(random_next(random), &image.size);
    return image;
}

// Logs of many parts and of one, sound and damaged; an archive, an empty file, and what is not a
// log.
static char *make_inputs(uint64_t seed) {
    struct random random = {seed};
    char *directory = make_temporary_directory();
    write_log(directory, "logs/big.evtx", image_random(&random));
    write_log(directory, "logs/more.evtx", image_random(&random));
    write_log(directory, "logs/packed.evtx", small_log(&random));
    for (int i = 0; i < 4; i++) {
        char *name = xformat("logs/small%d.evtx", i);
        write_log(directory, name, small_log(&random));
        free(name);
    }
    expect_shell(directory,
                 "cd logs && gzip packed.evtx && : >empty.evtx && echo none >none.evtx &&"
                 "ln -s big.evtx link.evtx && mkdir without",
                 "");
    return directory;
}

// Both write FORMAT.NAME, errors.NAME and account.NAME, without what is not to be the same: the
// hash of a log that is read in parts, and what an account says of its run.
#define SAME_AGAIN                                                                                 \
    "keep() { sed -i 's|\"hash\"><code>[^<]*|\"hash\"><code>|' html.$1; jq -S '"                   \
    "del(.run, .inputs[].sha256, .inputs[].in_parts)' account >account.$1; }\n"

static const char one_run[] = SAME_AGAIN
    "for format in text csv jsonl html brief; do\n"
    "$E -q -v -r all $more -f $format -o $format.one --report=account $paths 2>errors.one\n"
    "echo $? >status.one\n"
    "done; keep one\n";

// Parts are collected with the paths in any order.
static const char all_parts[] = SAME_AGAIN
    "rm -rf parts; mkdir parts\n"
    "for k in $(seq $count); do\n"
    "$E -q --collect -r all $more -j $((k % 3 + 1)) --part=$k/$count -o parts/$k "
    "$(shuf -e $paths) 2>/dev/null; test -e parts/$k || echo no part $k\n"
    "done\n"
    "for format in text csv jsonl html brief; do\n"
    "$E -q -v --merge -f $format --expect=$count -o $format.$count --report=account parts"
    " 2>errors.$count\n"
    "echo $? >status.$count\n"
    "done; keep $count\n"
    "for file in text csv jsonl html brief errors status account; do\n"
    "cmp $file.one $file.$count; done\n";

START_TEST(test_random_logs) {
    char *directory = make_inputs((uint64_t)_i);
    char *set = xformat("more=%s; paths='logs/more.evtx logs/big.evtx logs logs/without none'\n",
                        _i % 4 == 3   ? "--carve"
                        : _i % 4 == 2 ? "--no-recovered"
                                      : "");
    char *script = xformat("%s%s", set, one_run);
    expect_shell(directory, script, "");
    free(script);
    script = xformat("%sfor count in 1 2 7 64 %d; do\n%s\ndone", set, 3 + _i % 20, all_parts);
    expect_shell(directory, script, "");
    free(script);
    free(set);
    remove_tree(directory);
    free(directory);
}
END_TEST

// A log of five parts, and small ones.
static char *make_case(void) {
    static const char text[] = "log big.evtx\n"
                               "load 10:00:00\n"
                               "filler 20000\n"
                               "start 10:00:01\n"
                               "filler 20000\n"
                               "load 11:00:00\n"
                               "log small/a.evtx\n"
                               "start 11:00:01\n"
                               "log small/nothing.evtx\n"
                               "filler 10\n"
                               "run .\n"
                               "exit 1\n";
    char *directory = make_temporary_directory();
    case_write_text(text, directory);
    return directory;
}

static void expect_case(const char *script, const char *output) {
    char *directory = make_case();
    expect_shell(directory, script, output);
    remove_tree(directory);
    free(directory);
}

#define COLLECT                                                                                    \
    "for k in $(seq 4); do $E -q --collect --part=$k/4 -o $k.events big.evtx small; done\n"

START_TEST(test_missing) {
    expect_case(COLLECT "$E -q --merge -f brief --since=2025-01-01 *.events; echo $?\n"
                        "$E -q --merge -f brief --since=2025-01-01 [14].events 2>&1; echo $?\n"
                        "$E -q --merge [4].events 2>&1 >/dev/null; echo $?\n"
                        "$E -q --merge --expect=4 [123].events 2>&1 >/dev/null; echo $?\n",
                "0\n"
                "evtxseq: 1.events: missing events file: parts 2 to 3 of 4 were not given\n2\n"
                "evtxseq: 4.events: missing events file: parts 1 to 3 of 4 were not given\n1\n"
                "evtxseq: --expect: missing events file: 3 of 4 are there\n"
                "evtxseq: 1.events: missing events file: part 4 of 4 was not given\n1\n");
}
END_TEST

// The same part once more, from a task that was run twice.
START_TEST(test_repeated) {
    expect_case(COLLECT "cp 2.events again.events; $E --collect -o one.events big.evtx small\n"
                        "$E --merge -f jsonl *[14n].events 2.events 3.events >merged 2>/dev/null\n"
                        "$E -f jsonl big.evtx small big.evtx small >once 2>/dev/null\n"
                        "cmp merged once && rm one.events\n"
                        "$E --merge -f jsonl *.events 2>said | cmp - once\n"
                        "grep -o 'again.events.*' said; grep -o '3 logs.*records' said\n",
                "again.events: is the same as 2.events, and counts once\n"
                "3 logs, 16.5 MiB, 40014 records\n");
}
END_TEST

// What has changed between parts, or is another machine's of the same name and size, is no part of
// the same.
START_TEST(test_other_inputs) {
    expect_case("$E -q --collect --part=1/2 -o 1.events big.evtx\n"
                "truncate -s +65536 big.evtx\n"
                "$E -q --collect --part=2/2 -o 2.events big.evtx\n"
                "$E -q --merge [12].events 2>&1 >/dev/null | sort; echo $?\n",
                "evtxseq: 1.events: missing events file: part 2 of 2 was not given\n"
                "evtxseq: 2.events: missing events file: part 1 of 2 was not given\n0\n");
    expect_case(
        "mkdir a b; cp big.evtx a; cp big.evtx b\n"
        "printf XXXX | dd of=b/big.evtx bs=1 seek=4148 conv=notrunc status=none\n"
        "for host in a b; do for k in 1 2; do\n"
        "(cd $host; $E -q --collect --part=$k/2 -o ../$host$k.events big.evtx)\n"
        "done; done; $E --merge [ab]?.events 2>&1 >/dev/null | grep -o '2 logs, [0-9]*.[0-9] MiB'",
        "2 logs, 32.8 MiB\n");
    // The beginning is the same, the rest is not.
    expect_case(
        "$E -q --collect --part=2/2 -o 1.events big.evtx\n"
        "printf XXXX | dd of=big.evtx bs=1 seek=16000000 conv=notrunc status=none\n"
        "$E -q --collect --part=2/2 -o 2.events big.evtx\n"
        "$E -q --collect --part=1/2 -o 3.events big.evtx\n"
        "$E -q --merge [123].events 2>&1 >/dev/null | grep two",
        "evtxseq: 2.events: missing events file: part 2 of 2 is in two files that are not the "
        "same\n");
}
END_TEST

// Not even one of which the part has nothing.
START_TEST(test_output_is_no_input) {
    expect_case(
        "echo more >z.txt\n"
        "for k in 1 2; do $E -q --carve --collect --part=$k/2 -o z.txt . 2>&1; done; cat z.txt",
        "evtxseq: z.txt: is an input, which -o does not overwrite\n"
        "evtxseq: z.txt: is an input, which -o does not overwrite\n"
        "more\n");
}
END_TEST

START_TEST(test_pipe_is_refused) {
    expect_case(
        "for k in 1 2; do\n"
        "cat small/a.evtx | $E -q --collect --part=$k/2 -o $k.events - 2>&1; echo $?; done\n"
        "$E -q --collect --part=1/2 -o 3.events - <small/a.evtx; echo $?",
        "0\n"
        "evtxseq: -: cannot be read: what comes through a pipe cannot be read in parts\n2\n"
        "0\n");
}
END_TEST

START_TEST(test_usage) {
    expect_case(
        "for part in 0/2 3/2 1/0 1 1/ /2 1/2x x/2 -1/2 1/1000001 1/99999999999999999999; do\n"
        "$E --collect --part=$part -o e big.evtx 2>&1 | head -n 1; done |\n"
        "grep -c 'evtxseq: --part=.*: expected K/N, such as 3/8, with K from 1 to N$'\n"
        "$E --part=1/2 big.evtx 2>&1 | head -n 1; $E --merge --part=1/2 e 2>&1 | head -n 1",
        "11\n"
        "evtxseq: --part needs --collect\n"
        "evtxseq: --part needs --collect\n");
}
END_TEST

void parts_tests(TCase *tests) {
    int runs = atoi(setting("EVTXSEQ_PARTS_RUNS", "0"));
    tcase_add_loop_test(tests, test_random_logs, 0, runs > 0 ? runs : RUNS);
    tcase_add_test(tests, test_missing);
    tcase_add_test(tests, test_repeated);
    tcase_add_test(tests, test_other_inputs);
    tcase_add_test(tests, test_output_is_no_input);
    tcase_add_test(tests, test_pipe_is_refused);
    tcase_add_test(tests, test_usage);
}
