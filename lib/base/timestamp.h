// SPDX-License-Identifier: GPL-3.0-or-later
// Points in time and durations: milliseconds since 1970-01-01T00:00:00Z in the proleptic Gregorian
// calendar, without leap seconds. Finer digits are cut off, as Elasticsearch's `date` type does.
#ifndef EVTXSEQ_TIMESTAMP_H
#define EVTXSEQ_TIMESTAMP_H

#include <stdbool.h>
#include <stdint.h>

enum { TIMESTAMP_TEXT_SIZE = 32 };

// Sysmon's UtcTime, "2024-05-01 10:00:00.000": exactly this form, or false. There are no leap
// seconds in it, and no year 0.
bool timestamp_parse_sysmon(const char *text, int64_t *milliseconds);

// RFC 3339 ("2024-05-01T10:00:00.1234567Z", "...+02:00"; `T` may be `t` or a space, the seconds may
// be missing, and the zone, which is then UTC) or a date alone (the midnight that it begins with,
// UTC). False for anything else.
bool timestamp_parse(const char *text, int64_t *milliseconds);

// The same, but a date alone is the midnight that it ends with.
bool timestamp_parse_end(const char *text, int64_t *milliseconds);

// A Windows FILETIME: units of 100 ns since 1601-01-01.
int64_t timestamp_from_filetime(uint64_t filetime);

// "2024-05-01T10:00:00.000Z". What lies before the year 0000 or after 9999, which RFC 3339 cannot
// say, is its first moment or its last.
void timestamp_format(int64_t milliseconds, char text[TIMESTAMP_TEXT_SIZE]);

// A whole number and a unit, "500ms", "5s", "1m", "2h" or "1d". False for anything else, and for
// more than 36500 days.
bool duration_parse(const char *text, int64_t *milliseconds);

#endif
