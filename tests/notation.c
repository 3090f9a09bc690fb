// SPDX-License-Identifier: GPL-3.0-or-later
#include "notation.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plain_utf8.h"
#include "xmem.h"

// Reads \u{XXXX} at *text; on success moves past it.
static bool read_escape(const char **text, uint32_t *value) {
    if (strncmp(*text, "\\u{", 3) != 0) {
        return false;
    }
    const char *digits = *text + 3;
    size_t length = strspn(digits, "0123456789abcdefABCDEF");
    if (length == 0 || length > 6 || digits[length] != '}') {
        return false;
    }
    *value = (uint32_t)strtoul(digits, NULL, 16);
    *text = digits + length + 1;
    return true;
}

// Reads one character of valid UTF-8 and moves past it.
static uint32_t read_utf8(const char **text) {
    const unsigned char *bytes = (const unsigned char *)*text;
    size_t more = bytes[0] >= 0xf0 ? 3 : bytes[0] >= 0xe0 ? 2 : bytes[0] >= 0xc0 ? 1 : 0;
    uint32_t value = more ? bytes[0] & (0x3fu >> more) : bytes[0];
    for (size_t i = 1; i <= more; i++) {
        if ((bytes[i] & 0xc0) != 0x80) {
            die("a case holds invalid UTF-8: %s", *text);
        }
        value = value << 6 | (bytes[i] & 0x3fu);
    }
    *text += more + 1;
    return value;
}

uint16_t *text_to_units(const char *text, size_t *count) {
    // No character takes more units than it has bytes.
    uint16_t *units = xmalloc((strlen(text) + 1) * sizeof *units);
    *count = 0;
    while (*text) {
        uint32_t value;
        if (!read_escape(&text, &value)) {
            value = read_utf8(&text);
        }
        if (value > 0xffff) {
            units[(*count)++] = (uint16_t)(0xd7c0 + (value >> 10));
            units[(*count)++] = (uint16_t)(0xdc00 + (value & 0x3ff));
        } else {
            units[(*count)++] = (uint16_t)value;
        }
    }
    return units;
}

char *text_to_utf8(const char *text) {
    char *result = xmalloc(strlen(text) + 1);
    char *out = result;
    while (*text) {
        uint32_t value;
        if (read_escape(&text, &value)) {
            out = plain_utf8_write(out, value);
        } else {
            *out++ = *text++;
        }
    }
    *out = '\0';
    return result;
}

// Days from 1601-01-01, on which the calendar's cycle of 400 years begins.
static uint64_t days_since_1601(unsigned year, unsigned month, unsigned day) {
    static const uint16_t before_month[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    uint64_t years = year - 1601;
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return years * 365 + years / 4 - years / 100 + years / 400 + before_month[month - 1] +
           (leap && month > 2) + day - 1;
}

// Digits after the point, in units of 100 ns.
static bool parse_fraction(const char *text, uint64_t *fraction) {
    *fraction = 0;
    if (!*text) {
        return true;
    }
    size_t digits = strlen(text + 1);
    if (*text != '.' || digits == 0 || digits > 7) {
        return false;
    }
    if (strspn(text + 1, "0123456789") != digits) {
        return false;
    }
    *fraction = strtoull(text + 1, NULL, 10);
    for (; digits < 7; digits++) {
        *fraction *= 10;
    }
    return true;
}

bool parse_time(const char *text, uint64_t *filetime) {
    unsigned year = 2024;
    unsigned month = 5;
    unsigned day = 1;
    int used = 0;
    if (strchr(text, 'T')) {
        if (sscanf(text, "%4u-%2u-%2uT%n", &year, &month, &day, &used) != 3 || used == 0) {
            return false;
        }
        text += used;
    }
    unsigned hour;
    unsigned minute;
    unsigned second;
    used = 0;
    if (sscanf(text, "%2u:%2u:%2u%n", &hour, &minute, &second, &used) != 3 || used == 0) {
        return false;
    }
    if (year < 1601 || month < 1 || month > 12 || day < 1 || day > 31) {
        return false;
    }
    uint64_t fraction;
    if (!parse_fraction(text + used, &fraction)) {
        return false;
    }
    uint64_t seconds =
        days_since_1601(year, month, day) * 86400 + (uint64_t)hour * 3600 + (uint64_t)minute * 60;
    *filetime = (seconds + second) * 10000000 + fraction;
    return true;
}

static void reverse(uint8_t *bytes, size_t size) {
    for (size_t i = 0; i < size / 2; i++) {
        uint8_t byte = bytes[i];
        bytes[i] = bytes[size - 1 - i];
        bytes[size - 1 - i] = byte;
    }
}

static unsigned hex_digit(char digit) {
    return (unsigned)(isdigit((unsigned char)digit) ? digit - '0'
                                                    : toupper((unsigned char)digit) - 'A' + 10);
}

bool parse_guid(const char *text, uint8_t guid[16]) {
    static const char form[] = "{xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx}";
    if (strlen(text) != strlen(form)) {
        return false;
    }
    size_t digits = 0;
    for (size_t i = 0; form[i]; i++) {
        if (form[i] != 'x' && text[i] != form[i]) {
            return false;
        }
        if (form[i] != 'x') {
            continue;
        }
        if (!isxdigit((unsigned char)text[i])) {
            return false;
        }
        uint8_t *byte = &guid[digits++ / 2];
        *byte = (uint8_t)((unsigned)*byte << 4 | hex_digit(text[i]));
    }
    reverse(guid, 4);
    reverse(guid + 4, 2);
    reverse(guid + 6, 2);
    return true;
}

bool parse_number(const char *text, uint64_t max, uint64_t *number) {
    if (!isdigit((unsigned char)*text)) {
        return false;
    }
    bool hex = strncmp(text, "0x", 2) == 0;
    char *end;
    errno = 0;
    *number = strtoull(hex ? text + 2 : text, &end, hex ? 16 : 10);
    return !*end && errno == 0 && *number <= max;
}

uint8_t *parse_hex(const char *text, size_t *size) {
    uint8_t *bytes = xcalloc(strlen(text) / 2 + 1, 1);
    size_t digits = 0;
    for (; *text; text++) {
        if (isspace((unsigned char)*text)) {
            continue;
        }
        if (!isxdigit((unsigned char)*text)) {
            die("not a hex digit: %s", text);
        }
        uint8_t *byte = &bytes[digits++ / 2];
        *byte = (uint8_t)((unsigned)*byte << 4 | hex_digit(*text));
    }
    if (digits % 2) {
        die("an odd number of hex digits");
    }
    *size = digits / 2;
    return bytes;
}

char *next_word(char **rest) {
    char *in = *rest + strspn(*rest, " \t");
    if (!*in) {
        return NULL;
    }
    char *word = in;
    char *out = in;
    bool quoted = false;
    for (; *in && (quoted || !strchr(" \t", *in)); in++) {
        if (*in == '"') {
            quoted = !quoted;
        } else {
            *out++ = *in;
        }
    }
    *rest = *in ? in + 1 : in;
    *out = '\0';
    return word;
}

char *trim(char *text) {
    text += strspn(text, " \t");
    size_t length = strlen(text);
    while (length && strchr(" \t\r", text[length - 1])) {
        length--;
    }
    text[length] = '\0';
    return text;
}
