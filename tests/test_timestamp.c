// SPDX-License-Identifier: GPL-3.0-or-later
// Tests of points in time and durations.
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/timestamp.h"
#include "suites.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum { RANDOM_DAYS = 100000, MS_PER_SECOND = 1000 };

static const int64_t day = INT64_C(86400000);
static const int64_t year_1 = INT64_C(-62135596800000); // 0001-01-01
static const int64_t unset = INT64_C(-4242424242);

// A text and what it means.
struct reading {
    const char *text;
    int64_t value;
};

typedef bool parser(const char *text, int64_t *value);

static void expect_values(parser *parse, const struct reading *readings, size_t count) {
    for (size_t i = 0; i < count; i++) {
        int64_t value = unset;
        ck_assert_msg(parse(readings[i].text, &value), "refused: %s", readings[i].text);
        ck_assert_msg(value == readings[i].value, "%s read as %" PRId64, readings[i].text, value);
    }
}

static void expect_refusals(parser *parse, const char *const *texts, size_t count) {
    for (size_t i = 0; i < count; i++) {
        int64_t value = unset;
        ck_assert_msg(!parse(texts[i], &value), "taken: \"%s\"", texts[i]);
    }
}

START_TEST(sysmon_times) {
    static const struct reading readings[] = {
        {"1970-01-01 00:00:00.000", 0},
        {"1970-01-01 00:00:00.001", 1},
        {"1969-12-31 23:59:59.999", -1},
        {"2024-05-01 10:00:00.000", INT64_C(1714557600000)},
        {"2024-02-29 23:59:59.999", INT64_C(1709251199999)},
        {"2000-02-29 00:00:00.000", INT64_C(951782400000)},
        {"1601-01-01 00:00:00.000", INT64_C(-11644473600000)},
        {"0001-01-01 00:00:00.000", INT64_C(-62135596800000)},
        {"9999-12-31 23:59:59.999", INT64_C(253402300799999)},
    };
    expect_values(timestamp_parse_sysmon, readings, COUNT(readings));
}
END_TEST

START_TEST(not_sysmon_times) {
    static const char *const texts[] = {
        "",
        "-",
        "2024-05-01",
        "2024-05-01 10:00:00",
        "2024-05-01 10:00:00.",
        "2024-05-01 10:00:00.00",
        "2024-05-01 10:00:00.0000",
        "2024-05-01T10:00:00.000",
        "2024-05-01 10:00:00.000Z",
        "2024-05-01 10:00:00.000 ",
        " 2024-05-01 10:00:00.000",
        "2024-05-01  10:00:00.000",
        "2024-5-01 10:00:00.000",
        "2024/05/01 10:00:00.000",
        "2024-05-01 10.00.00.000",
        "2024-05-01 10:00:00,000",
        "2024-00-01 10:00:00.000",
        "2024-13-01 10:00:00.000",
        "2024-05-00 10:00:00.000",
        "2024-05-32 10:00:00.000",
        "2024-04-31 10:00:00.000",
        "2023-02-29 10:00:00.000",
        "1900-02-29 10:00:00.000",
        "2024-05-01 24:00:00.000",
        "2024-05-01 10:60:00.000",
        "2024-05-01 10:00:61.000",
        "2016-12-31 23:59:60.000", // a leap second, which Windows does not write
        "0000-05-01 10:00:00.000",
        "2024-05-01 10:00:-1.000",
        "+024-05-01 10:00:00.000",
        "2024-05-01 10:00:00.0x0",
        "2024-05-01 1\xd9\xa0:00:00.000",
    };
    expect_refusals(timestamp_parse_sysmon, texts, COUNT(texts));
}
END_TEST

START_TEST(rfc3339_times) {
    static const struct reading readings[] = {
        {"2024-05-01", INT64_C(1714521600000)},
        {"2024-05-01T10:00:00Z", INT64_C(1714557600000)},
        {"2024-05-01T10:00:00", INT64_C(1714557600000)},
        {"2024-05-01T10:00", INT64_C(1714557600000)},
        {"2024-05-01T10:00Z", INT64_C(1714557600000)},
        {"2024-05-01 12:00+02:00", INT64_C(1714557600000)},
        {"2024-05-01t10:00:00z", INT64_C(1714557600000)},
        {"2024-05-01 10:00:00", INT64_C(1714557600000)},
        {"2024-05-01T10:00:00.1234567Z", INT64_C(1714557600123)},
        {"2024-05-01T10:00:00.9999999Z", INT64_C(1714557600999)},
        {"2024-05-01T10:00:00.5", INT64_C(1714557600500)},
        {"2024-05-01T10:00:00.05+00:00", INT64_C(1714557600050)},
        {"2024-05-01T10:00:00.0000000000000000000000000000000000000000009Z",
         INT64_C(1714557600000)},
        {"2024-05-01T12:00:00+02:00", INT64_C(1714557600000)},
        {"2024-05-01T04:30:00-05:30", INT64_C(1714557600000)},
        {"2024-05-01T10:00:00-00:00", INT64_C(1714557600000)},
        {"2024-01-01T00:30:00+01:00", INT64_C(1704065400000)}, // the year before, in UTC
        {"2024-02-28T23:30:00-01:00", INT64_C(1709166600000)}, // a leap day, in UTC
        {"2024-05-01T00:00:00+23:59", INT64_C(1714435260000)},
        {"2016-12-31T23:59:60Z", INT64_C(1483228800000)}, // a leap second is the next one
        {"0000-02-29", INT64_C(-62162121600000)},
        {"0000-01-01T00:00:00Z", INT64_C(-62167219200000)},
        {"9999-12-31T23:59:59.999Z", INT64_C(253402300799999)},
    };
    expect_values(timestamp_parse, readings, COUNT(readings));
}
END_TEST

START_TEST(not_rfc3339_times) {
    static const char *const texts[] = {
        "",
        "now",
        "2024",
        "2024-05",
        "20240501",
        "2024-05-01Z",
        "2024-05-01+02:00",
        "2024-05-01T",
        "2024-05-01T10",
        "2024-05-01T10:",
        "2024-05-01T10:0",
        "2024-05-01T10:00.5",
        "2024-05-01T10:00:",
        "2024-05-01T10:00:0",
        "2024-05-01T10:00:00.",
        "2024-05-01T10:00:00.Z",
        "2024-05-01T10:00:00,5Z",
        "2024-05-01T10:00:00+2",
        "2024-05-01T10:00:00+0200",
        "2024-05-01T10:00:00+02",
        "2024-05-01T10:00:00+24:00",
        "2024-05-01T10:00:00+02:60",
        "2024-05-01T10:00:00 +02:00",
        "2024-05-01T10:00:00ZZ",
        "2024-05-01T10:00:00Z ",
        "2024-05-01_10:00:00Z",
        "2024-05-01  10:00:00Z",
        "2023-02-29",
        "2100-02-29T00:00:00Z",
        "2024-06-31",
        "2024-05-01T24:00:00Z",
        "2024-05-01T10:60:00Z",
        "2024-05-01T10:00:61Z",
        "-024-05-01",
        "12024-05-01",
        "24-05-01",
    };
    expect_refusals(timestamp_parse, texts, COUNT(texts));
}
END_TEST

START_TEST(ends) {
    static const struct reading readings[] = {
        {"2024-05-01", INT64_C(1714608000000)},
        {"2024-02-28", INT64_C(1709164800000)}, // a leap day follows
        {"9999-12-31", INT64_C(253402300800000)},
        {"2024-05-01T00:00", INT64_C(1714521600000)},
        {"2024-05-01T10:00:00Z", INT64_C(1714557600000)},
    };
    expect_values(timestamp_parse_end, readings, COUNT(readings));
    ck_assert(!timestamp_parse_end("2024-05", &(int64_t){0}));
}
END_TEST

START_TEST(leap_years) {
    static const int leap[] = {4, 1600, 1904, 1972, 2000, 2024, 2400, 9996};
    static const int common[] = {1, 1700, 1800, 1900, 1970, 2023, 2100, 2200, 9999};
    char text[TIMESTAMP_TEXT_SIZE];
    int64_t first = unset;
    int64_t second = unset;
    for (size_t i = 0; i < COUNT(leap); i++) {
        (void)snprintf(text, sizeof text, "%04d-02-29", leap[i]);
        ck_assert(timestamp_parse(text, &first));
        (void)snprintf(text, sizeof text, "%04d-03-01", leap[i]);
        ck_assert(timestamp_parse(text, &second));
        ck_assert_int_eq(second - first, day);
    }
    for (size_t i = 0; i < COUNT(common); i++) {
        (void)snprintf(text, sizeof text, "%04d-02-29", common[i]);
        ck_assert(!timestamp_parse(text, &first));
    }
}
END_TEST

START_TEST(filetimes) {
    ck_assert_int_eq(timestamp_from_filetime(0), INT64_C(-11644473600000));
    ck_assert_int_eq(timestamp_from_filetime(UINT64_C(116444736000000000)), 0);
    // Finer digits are cut off, before 1970 as well as after.
    ck_assert_int_eq(timestamp_from_filetime(UINT64_C(116444736000009999)), 0);
    ck_assert_int_eq(timestamp_from_filetime(UINT64_C(116444736000010000)), 1);
    ck_assert_int_eq(timestamp_from_filetime(UINT64_C(133590312001234567)), INT64_C(1714557600123));
    ck_assert_int_eq(timestamp_from_filetime(UINT64_MAX), INT64_C(1833029933770955));
}
END_TEST

static void expect_text(int64_t milliseconds, const char *expected) {
    char text[TIMESTAMP_TEXT_SIZE];
    timestamp_format(milliseconds, text);
    ck_assert_str_eq(text, expected);
}

START_TEST(formats) {
    expect_text(0, "1970-01-01T00:00:00.000Z");
    expect_text(-1, "1969-12-31T23:59:59.999Z");
    expect_text(INT64_C(1714557600007), "2024-05-01T10:00:00.007Z");
    expect_text(INT64_C(1709251199999), "2024-02-29T23:59:59.999Z");
    expect_text(INT64_C(-11644473600000), "1601-01-01T00:00:00.000Z");
    expect_text(INT64_C(253402300799999), "9999-12-31T23:59:59.999Z");
    expect_text(INT64_C(-62167219200000), "0000-01-01T00:00:00.000Z");
    // Times come from damaged records too. RFC 3339 has years of four digits.
    expect_text(INT64_C(253402300800000), "9999-12-31T23:59:59.999Z");
    expect_text(INT64_C(1833029933770955), "9999-12-31T23:59:59.999Z");
    expect_text(INT64_MAX, "9999-12-31T23:59:59.999Z");
    expect_text(INT64_C(-62167219200001), "0000-01-01T00:00:00.000Z");
    expect_text(INT64_MIN, "0000-01-01T00:00:00.000Z");
}
END_TEST

// A point in time of a random day of the years 0000 to 9999, anywhere in that day.
static int64_t random_time(unsigned short state[3]) {
    int64_t first = -719528; // 0000-01-01
    int64_t days = 3652425;  // of 10,000 years
    int64_t within = nrand48(state) % day;
    return (first + nrand48(state) % days) * day + within;
}

// What the C library makes of the time.
static void reference_text(int64_t milliseconds, char *text, size_t size) {
    int64_t rest = (milliseconds % MS_PER_SECOND + MS_PER_SECOND) % MS_PER_SECOND;
    time_t seconds = (time_t)((milliseconds - rest) / MS_PER_SECOND);
    struct tm tm;
    ck_assert_ptr_nonnull(gmtime_r(&seconds, &tm));
    ck_assert_int_eq(timegm(&tm), seconds);
    int written = snprintf(text, size, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", tm.tm_year + 1900,
                           tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (int)rest);
    ck_assert_int_eq(written, 24);
}

START_TEST(random_days_agree_with_the_c_library) {
    unsigned short state[3] = {1, 2, 3};
    for (int i = 0; i < RANDOM_DAYS; i++) {
        int64_t time = random_time(state);
        char expected[80];
        char text[TIMESTAMP_TEXT_SIZE];
        reference_text(time, expected, sizeof expected);
        timestamp_format(time, text);
        int64_t back = unset;
        ck_assert_msg(timestamp_parse(text, &back) && back == time,
                      "%s is %" PRId64 ", not %" PRId64, text, back, time);
        ck_assert_str_eq(text, expected);
        // Sysmon's form is the same but for two characters.
        text[10] = ' ';
        text[23] = '\0';
        ck_assert_msg(timestamp_parse_sysmon(text, &back) == (time >= year_1), "%s", text);
        ck_assert_msg(time < year_1 || back == time, "%s", text);
    }
}
END_TEST

START_TEST(durations) {
    static const struct reading readings[] = {
        {"0ms", 0},
        {"0s", 0},
        {"1ms", 1},
        {"500ms", 500},
        {"5s", 5000},
        {"005s", 5000},
        {"90s", 90000},
        {"1m", 60000},
        {"2h", 7200000},
        {"1d", INT64_C(86400000)},
        {"36500d", INT64_C(3153600000000)},
        {"876000h", INT64_C(3153600000000)},
        {"3153600000000ms", INT64_C(3153600000000)},
        {"000000000000000000000000000000000000001s", 1000},
    };
    expect_values(duration_parse, readings, COUNT(readings));
}
END_TEST

START_TEST(not_durations) {
    static const char *const texts[] = {
        "",
        "5",
        "s",
        "ms",
        "5 s",
        " 5s",
        "5s ",
        "-5s",
        "+5s",
        "5S",
        "5sec",
        "5.5s",
        "0x5s",
        "1w",
        "1m30s",
        "5mss",
        "36501d",
        "876001h",
        "3153600000001ms",
        "9223372036854775807ms",
        "9223372036854775808ms",
        "18446744073709551617s",
        "106751991168d", // a little more than INT64_MAX milliseconds
        "213503982335d", // wraps around to little more than nothing
        "99999999999999999999999999999999999999999999d",
    };
    expect_refusals(duration_parse, texts, COUNT(texts));
}
END_TEST

void timestamp_tests(TCase *tests) {
    tcase_add_test(tests, sysmon_times);
    tcase_add_test(tests, not_sysmon_times);
    tcase_add_test(tests, rfc3339_times);
    tcase_add_test(tests, not_rfc3339_times);
    tcase_add_test(tests, ends);
    tcase_add_test(tests, leap_years);
    tcase_add_test(tests, filetimes);
    tcase_add_test(tests, formats);
    tcase_add_test(tests, random_days_agree_with_the_c_library);
    tcase_add_test(tests, durations);
    tcase_add_test(tests, not_durations);
}
