// SPDX-License-Identifier: GPL-3.0-or-later
// The notations of case files: text with \u{XXXX}, times, GUIDs, words.
#ifndef EVTXSEQ_TESTS_NOTATION_H
#define EVTXSEQ_TESTS_NOTATION_H

#include "evtx_writer.h"

// UTF-16 code units of UTF-8 text in which \u{XXXX} (up to six hex digits) is one unit, a surrogate
// or NUL too, or one character beyond U+FFFF. Any other backslash is itself. The caller frees.
uint16_t *text_to_units(const char *text, size_t *count);

// The same notation as UTF-8 with a NUL at its end. The caller frees.
char *text_to_utf8(const char *text);

// `[YYYY-MM-DDT]HH:MM:SS[.fffffff]`, UTC, as FILETIME; without a date, 2024-05-01 is meant.
bool parse_time(const char *text, uint64_t *filetime);

// `{XXXXXXXX-XXXX-XXXX-XXXX-XXXXXXXXXXXX}`, as it lies in a log.
bool parse_guid(const char *text, uint8_t guid[16]);

// Decimal, or hexadecimal after 0x; the whole text, up to `max`.
bool parse_number(const char *text, uint64_t max, uint64_t *number);

// Pairs of hex digits, blanks between them allowed. The caller frees.
uint8_t *parse_hex(const char *text, size_t *size);

// Cuts the next word off *rest, in place: blanks separate, double quotes keep blanks and are
// dropped. NULL when there is none.
char *next_word(char **rest);

// The text without blanks at either end, in place.
char *trim(char *text);

#endif
