// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/timestamp.h"

#include <stddef.h>
#include <string.h>

#include "base/ascii.h"

enum { MS_PER_SECOND = 1000, SECONDS_PER_DAY = 86400 };

// Days before 1970-01-01 that FILETIME's epoch, 1601-01-01, lies: 369 years, 89 of them leap years.
enum { FILETIME_EPOCH_DAYS = 134774 };

struct civil {
    int64_t year;
    int month, day, hour, minute, second, millisecond;
};

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// Reads exactly `count` digits at *text and moves past them.
static bool read_digits(const char **text, int count, int *value) {
    int result = 0;
    for (int i = 0; i < count; i++) {
        if (!is_digit((*text)[i])) {
            return false;
        }
        result = result * 10 + ((*text)[i] - '0');
    }
    *text += count;
    *value = result;
    return true;
}

static bool read_char(const char **text, const char *allowed) {
    if (**text == '\0' || strchr(allowed, **text) == NULL) {
        return false;
    }
    (*text)++;
    return true;
}

static bool is_leap(int64_t year) {
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_in_month(int64_t year, int month) {
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

static bool is_valid(const struct civil *c) {
    // Second 60 is a leap second; Windows does not write them, RFC 3339 allows them.
    return c->month >= 1 && c->month <= 12 && c->day >= 1 &&
           c->day <= days_in_month(c->year, c->month) && c->hour <= 23 && c->minute <= 59 &&
           c->second <= 60;
}

// The calendar is worked out here because timegm() and gmtime_r() open /etc/localtime, and the
// sandbox kills a worker that opens a file.
//
// Days from 1970-01-01, counted in years that start in March so that a leap day ends its year.
static int64_t days_from_civil(int64_t year, int month, int day) {
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

static void civil_from_days(int64_t days, struct civil *c) {
    int64_t z = days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t day_of_era = z - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month_from_march = (5 * day_of_year + 2) / 153;
    c->day = (int)(day_of_year - (153 * month_from_march + 2) / 5 + 1);
    c->month = (int)(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
    c->year = year_of_era + era * 400 + (c->month <= 2 ? 1 : 0);
}

static int64_t to_milliseconds(const struct civil *c) {
    int64_t seconds = c->second + INT64_C(60) * (c->minute + INT64_C(60) * c->hour) +
                      days_from_civil(c->year, c->month, c->day) * SECONDS_PER_DAY;
    return seconds * MS_PER_SECOND + c->millisecond;
}

static bool read_date(const char **text, struct civil *c) {
    int year = 0;
    if (!read_digits(text, 4, &year) || !read_char(text, "-") || !read_digits(text, 2, &c->month) ||
        !read_char(text, "-") || !read_digits(text, 2, &c->day)) {
        return false;
    }
    c->year = year;
    return true;
}

static bool read_hour_and_minute(const char **text, struct civil *c) {
    return read_digits(text, 2, &c->hour) && read_char(text, ":") &&
           read_digits(text, 2, &c->minute);
}

static bool read_clock(const char **text, struct civil *c) {
    return read_hour_and_minute(text, c) && read_char(text, ":") &&
           read_digits(text, 2, &c->second);
}

// Digits after the point: at least one, those past the third cut off.
static bool read_fraction(const char **text, struct civil *c) {
    if (!is_digit(**text)) {
        return false;
    }
    int scale = 100;
    while (is_digit(**text)) {
        c->millisecond += (**text - '0') * scale;
        scale /= 10;
        (*text)++;
    }
    return true;
}

// "Z" or "+hh:mm" to minutes east of UTC; no zone at all is UTC.
static bool read_zone(const char **text, int *minutes) {
    *minutes = 0;
    if (**text == '\0' || read_char(text, "Zz")) {
        return true;
    }
    int sign = **text == '-' ? -1 : 1;
    int hour = 0;
    int minute = 0;
    if (!read_char(text, "+-") || !read_digits(text, 2, &hour) || !read_char(text, ":") ||
        !read_digits(text, 2, &minute) || hour > 23 || minute > 59) {
        return false;
    }
    *minutes = sign * (hour * 60 + minute);
    return true;
}

bool timestamp_parse_sysmon(const char *text, int64_t *milliseconds) {
    struct civil c = {0};
    if (!read_date(&text, &c) || !read_char(&text, " ") || !read_clock(&text, &c) ||
        !read_char(&text, ".") || !read_digits(&text, 3, &c.millisecond) || *text != '\0' ||
        !is_valid(&c) || c.year < 1 || c.second > 59) {
        return false;
    }
    *milliseconds = to_milliseconds(&c);
    return true;
}

// Seconds and their fraction, if they are there.
static bool read_seconds(const char **text, struct civil *c) {
    return !read_char(text, ":") ||
           (read_digits(text, 2, &c->second) && (!read_char(text, ".") || read_fraction(text, c)));
}

static bool parse(const char *text, bool is_end, int64_t *milliseconds) {
    struct civil c = {0};
    int zone = 0;
    if (!read_date(&text, &c)) {
        return false;
    }
    bool is_date = *text == '\0';
    if (!is_date && !(read_char(&text, "Tt ") && read_hour_and_minute(&text, &c) &&
                      read_seconds(&text, &c) && read_zone(&text, &zone))) {
        return false;
    }
    if (*text != '\0' || !is_valid(&c)) {
        return false;
    }
    int64_t seconds = (is_date && is_end ? SECONDS_PER_DAY : 0) - (int64_t)zone * 60;
    *milliseconds = to_milliseconds(&c) + seconds * MS_PER_SECOND;
    return true;
}

bool timestamp_parse(const char *text, int64_t *milliseconds) {
    return parse(text, false, milliseconds);
}

bool timestamp_parse_end(const char *text, int64_t *milliseconds) {
    return parse(text, true, milliseconds);
}

int64_t timestamp_from_filetime(uint64_t filetime) {
    return (int64_t)(filetime / 10000) -
           (int64_t)FILETIME_EPOCH_DAYS * SECONDS_PER_DAY * MS_PER_SECOND;
}

void timestamp_format(int64_t milliseconds, char text[TIMESTAMP_TEXT_SIZE]) {
    const int64_t ms_per_day = (int64_t)SECONDS_PER_DAY * MS_PER_SECOND;
    const int64_t first = days_from_civil(0, 1, 1) * ms_per_day;
    const int64_t last = days_from_civil(10000, 1, 1) * ms_per_day - 1;
    milliseconds = milliseconds < first ? first : milliseconds > last ? last : milliseconds;
    int64_t days = milliseconds / ms_per_day;
    int64_t rest = milliseconds % ms_per_day;
    if (rest < 0) {
        rest += ms_per_day;
        days--;
    }
    struct civil c = {0};
    civil_from_days(days, &c);
    int second = (int)(rest / MS_PER_SECOND);
    // By hand: printf() takes ten times as long, and there may be many.
    memcpy(text, "0000-00-00T00:00:00.000Z", sizeof "0000-00-00T00:00:00.000Z");
    ascii_write_digits(text, 4, (uint64_t)c.year, 10);
    ascii_write_digits(text + 5, 2, (uint64_t)c.month, 10);
    ascii_write_digits(text + 8, 2, (uint64_t)c.day, 10);
    ascii_write_digits(text + 11, 2, (uint64_t)second / 3600, 10);
    ascii_write_digits(text + 14, 2, (uint64_t)second / 60 % 60, 10);
    ascii_write_digits(text + 17, 2, (uint64_t)second % 60, 10);
    ascii_write_digits(text + 20, 3, (uint64_t)(rest % MS_PER_SECOND), 10);
}

bool duration_parse(const char *text, int64_t *milliseconds) {
    static const struct {
        const char *unit;
        int64_t milliseconds;
    } units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}};
    const int64_t limit = INT64_C(36500) * 86400000;

    if (!is_digit(*text)) {
        return false;
    }
    int64_t value = 0;
    for (; is_digit(*text); text++) {
        value = value * 10 + (*text - '0');
        if (value > limit) {
            return false;
        }
    }
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (strcmp(text, units[i].unit) == 0) {
            if (value > limit / units[i].milliseconds) {
                return false;
            }
            *milliseconds = value * units[i].milliseconds;
            return true;
        }
    }
    return false;
}
