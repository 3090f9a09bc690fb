// SPDX-License-Identifier: GPL-3.0-or-later
// Check suite: a run that is shared out. Whatever the inputs' sizes and the number of shares, every
// byte is read by one share, and in the parts in which one run reads it.
#include "evtx/log_header.h"
#include "random_log.h"
#include "scan/reader.h"
#include "scan/share.h"
#include "suites.h"

enum { INPUTS_MAX = 7, COUNT_MAX = 64 };

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
    struct share last = {SHARE_COUNT_MAX, SHARE_COUNT_MAX};
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

void share_tests(TCase *tests) {
    tcase_add_test(tests, every_byte_has_one_share);
    tcase_add_test(tests, shares_are_equal);
    tcase_add_test(tests, as_many_shares_as_there_can_be);
    tcase_add_test(tests, a_run_alone_has_everything);
    tcase_add_test(tests, no_part_begins_after_the_last_offset);
}
