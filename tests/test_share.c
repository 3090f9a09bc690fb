// SPDX-License-Identifier: GPL-3.0-or-later
// Check suite: a run that is shared out. Whatever the inputs' sizes and the number of shares, every
// byte is read by one share, and in the parts in which one run reads it.
//
// Environment: EVTXSEQ_SHARE_RUNS, how many random sets of logs to read (4).
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "command.h"
#include "evtx/log_header.h"
#include "image.h"
#include "random_log.h"
#include "scan/reader.h"
#include "scan/scan.h"
#include "scan/share.h"
#include "suites.h"
#include "words.h"
#include "xmem.h"

enum { INPUTS_MAX = 7, COUNT_MAX = 64, RUNS = 4 };

// Inputs one after the other, and where in them a chunk stands in its place.
struct row {
    size_t count;
    uint64_t sizes[INPUTS_MAX];
    uint64_t total;
    bool is_carved;
    uint64_t seed;
    unsigned chunks; // of a hundred places so many have one
};

static bool has_chunk(const struct row *row, size_t input, uint64_t offset) {
    struct random random = {row->seed ^ (offset * 31 + input)};
    return row->is_carved || random_chance(&random, row->chunks);
}

static uint64_t random_size(struct random *random) {
    static const uint64_t limits[] = {1, 5000, UINT64_C(200) << 10, UINT64_C(40) << 20,
                                      UINT64_C(600) << 20};
    return random_next(random) % limits[random_below(random, sizeof limits / sizeof *limits)];
}

static struct row random_row(uint64_t seed) {
    struct random random = {seed};
    struct row row = {.count = random_below(&random, INPUTS_MAX + 1),
                      .is_carved = random_chance(&random, 30),
                      .seed = random_next(&random),
                      .chunks = (unsigned)random_below(&random, 101)};
    for (size_t i = 0; i < row.count; i++) {
        row.sizes[i] = random_size(&random);
        row.total += row.sizes[i];
    }
    return row;
}

// Where one run begins a part, at `offset` or after it; its parts are counted from the first.
static uint64_t part_of_run(const struct row *row, size_t input, uint64_t offset) {
    uint64_t begin = 0;
    while (begin < offset) {
        begin += begin == 0 && !row->is_carved ? LOG_HEADER_SIZE : 0;
        do {
            begin += SCAN_PART_SIZE;
        } while (begin < row->sizes[input] && !has_chunk(row, input, begin));
    }
    return begin < row->sizes[input] ? begin : row->sizes[input];
}

// The same, by what is under test.
static uint64_t part_of_share(const struct row *row, size_t input, uint64_t offset) {
    uint64_t begin = share_part_at(offset, row->is_carved);
    while (begin != 0 && begin < row->sizes[input] && !has_chunk(row, input, begin)) {
        begin = share_part_at(begin + 1, row->is_carved);
    }
    return begin < row->sizes[input] ? begin : row->sizes[input];
}

// One input after all shares: nothing of it is left out, and nothing is read twice.
static void check_input(const struct row *row, size_t input, uint64_t place, uint32_t count) {
    uint64_t done = 0;
    unsigned holders = 0;
    for (uint32_t number = 1; number <= count; number++) {
        struct stretch share = share_stretch((struct share){number, count}, row->total);
        struct stretch within = stretch_within(share, place, row->sizes[input]);
        uint64_t begin = part_of_share(row, input, within.begin);
        uint64_t end = part_of_share(row, input, within.end);
        ck_assert_uint_eq(begin, done);
        ck_assert_uint_ge(end, begin);
        ck_assert_uint_eq(begin, part_of_run(row, input, within.begin));
        done = end;
        holders += stretch_holds(share, place);
    }
    ck_assert_uint_eq(done, row->sizes[input]);
    ck_assert_uint_eq(holders, 1);
}

START_TEST(every_byte_has_one_share) {
    for (uint64_t seed = 0; seed < 2000; seed++) {
        struct row row = random_row(seed);
        uint32_t count = 1 + (uint32_t)(seed % COUNT_MAX);
        uint64_t place = 0;
        for (size_t i = 0; i < row.count; i++) {
            check_input(&row, i, place, count);
            place += row.sizes[i];
        }
    }
}
END_TEST

START_TEST(shares_are_equal) {
    static const uint64_t totals[] = {0, 1, 63, 64, 65, 1000003, UINT64_MAX / 2, UINT64_MAX};
    static const uint32_t counts[] = {1, 2, 7, 64, 999};
    for (size_t i = 0; i < sizeof totals / sizeof *totals; i++) {
        for (size_t j = 0; j < sizeof counts / sizeof *counts; j++) {
            uint64_t end = 0;
            for (uint32_t number = 1; number <= counts[j]; number++) {
                struct stretch share = share_stretch((struct share){number, counts[j]}, totals[i]);
                ck_assert_uint_eq(share.begin, end);
                end = number == counts[j] ? totals[i] : share.end;
                ck_assert_uint_ge(end - share.begin, totals[i] / counts[j]);
                ck_assert_uint_le(end - share.begin - totals[i] / counts[j], 1);
            }
            ck_assert_uint_eq(end, totals[i]);
        }
    }
}
END_TEST

START_TEST(as_many_shares_as_there_can_be) {
    struct share last = {SHARES_MAX, SHARES_MAX};
    ck_assert_uint_eq(share_stretch(last, UINT64_MAX).begin, UINT64_C(18446725626965477905));
}
END_TEST

START_TEST(a_run_alone_has_everything) {
    struct stretch share = share_stretch((struct share){0}, 1000);
    struct stretch within = stretch_within(share, 400, 600);
    ck_assert_uint_eq(within.begin, 0);
    ck_assert_uint_eq(within.end, 600);
    ck_assert(stretch_holds(share, 0) && stretch_holds(share, 1000));
}
END_TEST

START_TEST(no_part_begins_after_the_last_offset) {
    ck_assert_uint_eq(share_part_at(UINT64_MAX, false), UINT64_MAX);
    ck_assert_uint_eq(share_part_at(UINT64_MAX, true), UINT64_MAX);
    ck_assert_uint_eq(share_part_at(1, true), SCAN_PART_SIZE);
    ck_assert_uint_eq(share_part_at(LOG_HEADER_SIZE, false), LOG_HEADER_SIZE + SCAN_PART_SIZE);
    ck_assert_uint_eq(share_part_at(LOG_HEADER_SIZE + SCAN_PART_SIZE, false),
                      LOG_HEADER_SIZE + SCAN_PART_SIZE);
}
END_TEST

// Scans

static void write_log(const char *directory, const char *name, struct image image) {
    char *path = xformat("%s/%s", directory, name);
    write_file(path, image.bytes, image.size);
    free(image.bytes);
    free(path);
}

static struct image small_log(struct random *random) {
    struct image image = {0};
    image.bytes = random_log(random_next(random), &image.size);
    return image;
}

// Logs of many parts and of one, sound and damaged; an archive, an empty file, and what is no log.
static char *make_inputs(uint64_t seed) {
    struct random random = {seed};
    char *directory = make_temporary_directory();
    char shell[] = "/bin/sh";
    char option[] = "-euc";
    char script[] =
        "gzip packed.evtx; : >empty.evtx; echo none >none.evtx; ln -s big.evtx link.evtx";
    write_log(directory, "big.evtx", image_random(&random));
    write_log(directory, "more.evtx", image_random(&random));
    write_log(directory, "packed.evtx", small_log(&random));
    for (int i = 0; i < 4; i++) {
        char *name = xformat("small%d.evtx", i);
        write_log(directory, name, small_log(&random));
        free(name);
    }
    struct outcome outcome = command_run((char *[]){shell, option, script, NULL}, directory, NULL);
    ck_assert_int_eq(outcome.status, 0);
    outcome_free(&outcome);
    return directory;
}

// What scans have come to.
struct account {
    struct scan_tally tally;
    struct list lines;
};

// A chunk that fails its checksum is judged by all of its log, and so is a gap.
static void add_problems(const struct problems *problems, struct list *lines) {
    for (size_t i = 0; i < problems->count; i++) {
        const struct problem *problem = &problems->list[i];
        bool is_checksum = problem->kind == PROBLEM_CHECKSUM || problem->kind == PROBLEM_OUTDATED;
        if (problem->kind != PROBLEM_MISSING) {
            list_add(lines, xformat("%s %" PRIx64 " %s", problem->path, problem->offset,
                                    is_checksum ? "checksum" : problem->reason));
        }
    }
}

static void scan_share(const char *directory, struct share share, bool is_carved,
                       struct account *account) {
    struct rule_set *rules = rule_set_builtin("all");
    const struct scan_options options = {.rules = rules,
                                         .findings = findings_default_options(),
                                         .no_context = true,
                                         .carve = is_carved,
                                         .share = share,
                                         .jobs = 1 + share.number % 2};
    struct scan *scan = scan_new(&options);
    ck_assert_ptr_nonnull(scan);
    scan_start(scan, &directory, 1);
    while (scan_step(scan, 1000)) {
    }
    ck_assert(scan_finish(scan));
    const struct scan_result *result = scan_result(scan);
    account->tally.bytes += result->tally.bytes;
    account->tally.chunks += result->tally.chunks;
    account->tally.records += result->tally.records;
    account->tally.recovered += result->tally.recovered;
    add_problems(&result->problems, &account->lines);
    for (size_t i = 0; i < result->timeline.count; i++) {
        const struct stage_event *event = &result->timeline.events[i];
        list_add(&account->lines, xformat("event %" PRIu64 " at %" PRId64 " on %s",
                                          event->event->record_id, event->time, event->machine));
    }
    scan_free(scan);
    rule_set_free(rules);
}

static int compare_lines(const void *left, const void *right) {
    return strcmp(*(char *const *)left, *(char *const *)right);
}

static char *account_text(struct account *account) {
    const struct scan_tally *tally = &account->tally;
    struct buffer buffer = {0};
    buffer_printf(&buffer, "%" PRIu64 " bytes, %" PRIu64 " chunks, %" PRIu64 " + %" PRIu64 "\n",
                  tally->bytes, tally->chunks, tally->records, tally->recovered);
    qsort(account->lines.items, account->lines.count, sizeof *account->lines.items, compare_lines);
    for (size_t i = 0; i < account->lines.count; i++) {
        // Each scan keeps one of the same events.
        if (i == 0 || strcmp(account->lines.items[i], account->lines.items[i - 1]) != 0) {
            buffer_printf(&buffer, "%s\n", account->lines.items[i]);
        }
    }
    buffer_add_byte(&buffer, '\0');
    ck_assert(!buffer.failed);
    list_free(&account->lines);
    return buffer.data;
}

// There may be too much of it for a message.
static void expect_same(const char *expected, const char *text, uint32_t count) {
    struct list one = split(expected, "\n");
    struct list other = split(text, "\n");
    for (size_t i = 0; i < one.count && i < other.count; i++) {
        ck_assert_msg(strcmp(one.items[i], other.items[i]) == 0, "%u shares, line %zu: %s, not %s",
                      count, i, other.items[i], one.items[i]);
    }
    ck_assert_uint_eq(one.count, other.count);
    list_free(&one);
    list_free(&other);
}

// All shares together read what one run reads.
static void check_shares(const char *directory, uint32_t count, bool is_carved,
                         const char *expected) {
    struct account account = {0};
    for (uint32_t number = 1; number <= count; number++) {
        scan_share(directory, (struct share){number, count}, is_carved, &account);
    }
    char *text = account_text(&account);
    expect_same(expected, text, count);
    free(text);
}

START_TEST(shares_read_what_one_run_reads) {
    static const uint32_t counts[] = {1, 2, 7, COUNT_MAX};
    char *directory = make_inputs((uint64_t)_i);
    bool is_carved = _i % 4 == 3;
    struct account account = {0};
    scan_share(directory, (struct share){0}, is_carved, &account);
    ck_assert_uint_gt(account.lines.count, 0);
    char *expected = account_text(&account);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        check_shares(directory, counts[i], is_carved, expected);
    }
    free(expected);
    remove_tree(directory);
    free(directory);
}
END_TEST

void share_tests(TCase *tests) {
    tcase_add_test(tests, every_byte_has_one_share);
    tcase_add_test(tests, shares_are_equal);
    tcase_add_test(tests, as_many_shares_as_there_can_be);
    tcase_add_test(tests, a_run_alone_has_everything);
    int runs = atoi(setting("EVTXSEQ_SHARE_RUNS", "0"));
    tcase_add_loop_test(tests, shares_read_what_one_run_reads, 0, runs > 0 ? runs : RUNS);
    tcase_add_test(tests, no_part_begins_after_the_last_offset);
}
