// SPDX-License-Identifier: GPL-3.0-or-later
// From Lucene's regular expressions to PCRE2's.
//
// The grammar is Lucene's to the letter: an operator where none can stand is a character like
// others (`*a`, `a||b`), `a*?` is a repetition that may be left out, not a lazy one.
#include "rules/eql_regex_translate.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/ascii.h"
#include "base/utf8.h"
#include "rules/eql_limits.h"

enum { NUMBER_DIGITS_MAX = 10 };

struct translation {
    const char *text;
    size_t size;
    size_t at;
    bool folds;
    unsigned depth; // of groups and complements that are open
    struct buffer *pattern;
    const char *message; // what is wrong
    size_t offset;
};

// A part of the expression that has been translated.
struct part {
    bool is_character; // it is one character of some
    // The `~` or `&` for which nothing may follow, NULL without.
    const char *final;
};

static bool fail(struct translation *translation, size_t offset, const char *message) {
    translation->message = message;
    translation->offset = offset;
    return false;
}

static bool fail_at_final(struct translation *translation, const char *final) {
    return fail(translation, (size_t)(final - translation->text),
                *final == '~' ? "expected nothing after what ~ stands in front of, and no "
                                "repetition of it, unless it is one character: it cannot be "
                                "translated"
                              : "expected nothing after what & joins, and no repetition of it: it "
                                "cannot be translated");
}

// Reading

static bool has_more(const struct translation *translation) {
    return translation->at < translation->size;
}

static bool sees(const struct translation *translation, const char *characters) {
    char c = has_more(translation) ? translation->text[translation->at] : '\0';
    return c != '\0' && strchr(characters, c) != NULL;
}

static bool takes(struct translation *translation, char c) {
    bool is_there = has_more(translation) && translation->text[translation->at] == c;
    translation->at += is_there ? 1 : 0;
    return is_there;
}

static bool take_character(struct translation *translation, uint32_t *character) {
    size_t left = translation->size - translation->at;
    if (left == 0) {
        return fail(translation, translation->at,
                    "expected a character, found the end of the expression");
    }
    size_t taken = utf8_read(translation->text + translation->at, left, character);
    if (taken == 0) {
        return fail(translation, translation->at, "expected UTF-8 text");
    }
    translation->at += taken;
    return true;
}

// A character, after a backslash or not.
static bool take_plain(struct translation *translation, uint32_t *character) {
    (void)takes(translation, '\\');
    return take_character(translation, character);
}

// Digits from here on as a number up to `max`. False when it is greater, or there are none.
static bool take_number(struct translation *translation, uint64_t max, uint64_t *number) {
    size_t start = translation->at;
    while (sees(translation, "0123456789")) {
        translation->at++;
    }
    return ascii_number(translation->text + start, translation->at - start, number) &&
           *number <= max;
}

// Writing

static void add(struct translation *translation, const char *text) {
    buffer_add_text(translation->pattern, text);
}

// Puts one text in front of what was written from `start` on, and another after it.
static void wrap(struct translation *translation, size_t start, const char *before,
                 const char *after) {
    struct buffer *pattern = translation->pattern;
    size_t size = strlen(before);
    if (buffer_reserve(pattern, size) != NULL) {
        memmove(pattern->data + start + size, pattern->data + start, pattern->size - start);
        memcpy(pattern->data + start, before, size);
        pattern->size += size;
    }
    add(translation, after);
}

static void add_nothing_fits(struct translation *translation) {
    add(translation, "(?:(?!))");
}

static void add_code(struct translation *translation, uint32_t character) {
    buffer_printf(translation->pattern, "\\x{%x}", (unsigned)character);
}

static bool is_letter(uint32_t character) {
    return character < 0x80 && ascii_fold((char)(character | 0x20)) == (char)(character | 0x20) &&
           (character | 0x20) >= 'a' && (character | 0x20) <= 'z';
}

// As a part of a class.
static void add_member(struct translation *translation, uint32_t character) {
    add_code(translation, character);
    if (translation->folds && is_letter(character)) {
        add_code(translation, character ^ 0x20);
    }
}

static void add_character(struct translation *translation, uint32_t character) {
    bool is_class = translation->folds && is_letter(character);
    add(translation, is_class ? "[" : "");
    add_member(translation, character);
    add(translation, is_class ? "]" : "");
}

// Classes

// What is between brackets for \d and the like: PCRE2 has other spaces than Lucene.
static const char *named_class(char name) {
    switch (name) {
    case 'd':
        return "0-9";
    case 'D':
        return "\\x{0}-\\x{2f}\\x{3a}-\\x{10ffff}";
    case 's':
        return " \\t\\n\\r";
    case 'S':
        return "\\x{0}-\\x{8}\\x{b}\\x{c}\\x{e}-\\x{1f}\\x{21}-\\x{10ffff}";
    case 'w':
        return "a-zA-Z_0-9";
    case 'W':
        return "\\x{0}-\\x{2f}\\x{3a}-\\x{40}\\x{5b}-\\x{5e}\\x{60}\\x{7b}-\\x{10ffff}";
    default:
        return NULL;
    }
}

// The members of \d and the like; NULL where there is none of them.
static const char *take_named_class(struct translation *translation) {
    size_t at = translation->at;
    const char *members = NULL;
    if (translation->size - at > 1 && translation->text[at] == '\\') {
        members = named_class(translation->text[at + 1]);
    }
    translation->at += members == NULL ? 0 : 2;
    return members;
}

// A backslash stands in front of letters only for what it makes of them.
static bool check_escape(struct translation *translation) {
    size_t at = translation->at;
    return translation->size - at < 2 || translation->text[at] != '\\' ||
           !is_letter((unsigned char)translation->text[at + 1]) ||
           fail(translation, at,
                "expected one of \\d \\D \\s \\S \\w \\W, or a character that is not a letter "
                "after the backslash");
}

static bool translate_member(struct translation *translation) {
    const char *members = take_named_class(translation);
    if (members != NULL) {
        add(translation, members);
        return true;
    }
    size_t start = translation->at;
    uint32_t from = 0;
    uint32_t to = 0;
    if (!check_escape(translation) || !take_plain(translation, &from)) {
        return false;
    }
    if (!takes(translation, '-')) {
        add_member(translation, from);
        return true;
    }
    if (!take_plain(translation, &to)) {
        return false;
    }
    if (from > to) {
        return fail(translation, start, "expected a range whose end is not before its start");
    }
    add_code(translation, from);
    add(translation, "-");
    add_code(translation, to);
    return true;
}

// What follows `[`.
static bool translate_class(struct translation *translation) {
    size_t start = translation->at - 1;
    add(translation, takes(translation, '^') ? "[^" : "[");
    do {
        if (!has_more(translation)) {
            return fail(translation, start, "expected ] for this [");
        }
        if (!translate_member(translation)) {
            return false;
        }
    } while (!takes(translation, ']'));
    add(translation, "]");
    return true;
}

// Ranges of numbers

static void add_digit_range(struct translation *translation, char low, char high) {
    buffer_printf(translation->pattern, low == high ? "%c" : "[%c-%c]", low, high);
}

static void add_any_digits(struct translation *translation, size_t count) {
    if (count > 0) {
        buffer_printf(translation->pattern, "[0-9]{%zu}", count);
    }
}

static bool are_all(const char *digits, char digit, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (digits[i] != digit) {
            return false;
        }
    }
    return true;
}

// The numbers of `count` digits from `low` to `high`. Each call but the first has zeros or nines
// for one of them, so they are few.
static void add_range(struct translation *translation, const char *low, const char *high,
                      size_t count) {
    static const char nines[] = "9999999999";
    static const char zeros[] = "0000000000";
    if (are_all(low, '0', count) && are_all(high, '9', count)) {
        add_any_digits(translation, count);
        return;
    }
    if (low[0] == high[0]) {
        add_digit_range(translation, low[0], low[0]);
        add_range(translation, low + 1, high + 1, count - 1);
        return;
    }
    add(translation, "(?:");
    add_digit_range(translation, low[0], low[0]);
    add_range(translation, low + 1, nines, count - 1);
    if (high[0] - low[0] > 1) {
        add(translation, "|");
        add_digit_range(translation, (char)(low[0] + 1), (char)(high[0] - 1));
        add_any_digits(translation, count - 1);
    }
    add(translation, "|");
    add_digit_range(translation, high[0], high[0]);
    add_range(translation, zeros, high + 1, count - 1);
    add(translation, ")");
}

static void add_numbers(struct translation *translation, uint64_t low, uint64_t high,
                        size_t digits) {
    char from[NUMBER_DIGITS_MAX + 1];
    char to[NUMBER_DIGITS_MAX + 1];
    (void)snprintf(from, sizeof from, "%0*u", (int)digits, (unsigned)low);
    (void)snprintf(to, sizeof to, "%0*u", (int)digits, (unsigned)high);
    add_range(translation, from, to, digits);
}

// With any number of zeros in front.
static void add_free_numbers(struct translation *translation, uint64_t low, uint64_t high) {
    uint64_t least = 0;
    uint64_t power = 10;
    add(translation, "0*(?:");
    for (size_t digits = 1; least <= high; digits++, least = power, power *= 10) {
        if (power > low) {
            add_numbers(translation, low > least ? low : least, high < power - 1 ? high : power - 1,
                        digits);
            add(translation, power <= high ? "|" : "");
        }
    }
    add(translation, ")");
}

// What follows `<`.
static bool translate_interval(struct translation *translation) {
    static const char message[] = "expected a range of numbers such as <1-20>, up to 2147483647; "
                                  "other names between < and > mean nothing";
    size_t start = translation->at;
    uint64_t low = 0;
    uint64_t high = 0;
    bool is_good = take_number(translation, INT32_MAX, &low);
    size_t digits = translation->at - start;
    size_t second = translation->at + 1;
    is_good = is_good && takes(translation, '-') && take_number(translation, INT32_MAX, &high);
    bool is_fixed = digits == translation->at - second;
    if (!is_good || !takes(translation, '>') || (is_fixed && digits > NUMBER_DIGITS_MAX)) {
        return fail(translation, start - 1, message);
    }
    uint64_t least = low < high ? low : high;
    uint64_t most = low < high ? high : low;
    add(translation, "(?:");
    if (is_fixed) {
        add_numbers(translation, least, most, digits);
    } else {
        add_free_numbers(translation, least, most);
    }
    add(translation, ")");
    return true;
}

// The rest

static bool translate_union(struct translation *translation, struct part *part);

static bool enter(struct translation *translation) {
    return ++translation->depth <= EQL_REGEX_NESTING_MAX ||
           fail(translation, translation->at - 1, "expected fewer groups within one another");
}

// What follows `(`.
static bool translate_group(struct translation *translation, struct part *part) {
    size_t start = translation->at - 1;
    add(translation, "(?:");
    if (!takes(translation, ')')) {
        if (!enter(translation) || !translate_union(translation, part)) {
            return false;
        }
        translation->depth--;
        if (!takes(translation, ')')) {
            return fail(translation, start, "expected ) for this (");
        }
    }
    add(translation, ")");
    return true;
}

// What follows a double quote: characters without any meaning.
static bool translate_quoted(struct translation *translation) {
    size_t start = translation->at - 1;
    uint32_t character = 0;
    add(translation, "(?:");
    while (!takes(translation, '"')) {
        if (!has_more(translation)) {
            return fail(translation, start, "expected a double quote for this one");
        }
        if (!take_character(translation, &character)) {
            return false;
        }
        add_character(translation, character);
    }
    add(translation, ")");
    return true;
}

static bool translate_character(struct translation *translation) {
    uint32_t character = 0;
    const char *members = take_named_class(translation);
    if (members != NULL) {
        buffer_printf(translation->pattern, "[%s]", members);
        return true;
    }
    if (!check_escape(translation) || !take_plain(translation, &character)) {
        return false;
    }
    add_character(translation, character);
    return true;
}

static bool translate_simple(struct translation *translation, struct part *part) {
    *part = (struct part){0};
    if (takes(translation, '(')) {
        return translate_group(translation, part);
    }
    if (takes(translation, '"')) {
        return translate_quoted(translation);
    }
    if (takes(translation, '<')) {
        return translate_interval(translation);
    }
    if (takes(translation, '#')) {
        add_nothing_fits(translation);
        return true;
    }
    if (takes(translation, '@')) {
        add(translation, "(?:.*)");
        return true;
    }
    part->is_character = true;
    if (takes(translation, '.')) {
        add(translation, ".");
        return true;
    }
    return takes(translation, '[') ? translate_class(translation)
                                   : translate_character(translation);
}

static bool translate_complement(struct translation *translation, struct part *part) {
    size_t start = translation->pattern->size;
    const char *sign = translation->text + translation->at;
    if (!takes(translation, '~')) {
        return translate_simple(translation, part);
    }
    if (!enter(translation) || !translate_complement(translation, part)) {
        return false;
    }
    translation->depth--;
    if (part->is_character) {
        wrap(translation, start, "(?:(?:(?!", ").|.{2,})?)");
        *part = (struct part){0};
    } else {
        wrap(translation, start, "(?:(?!(?:", ")\\z).*)");
        *part = (struct part){.final = sign};
    }
    return true;
}

// What follows `{`: {2} {2,} {2,5}. A range whose end is before its start fits nothing.
static bool translate_count(struct translation *translation, size_t start) {
    size_t place = translation->at - 1;
    uint64_t least = 0;
    bool is_good = take_number(translation, EQL_REGEX_REPEATS_MAX, &least);
    uint64_t most = least;
    bool has_end = true;
    if (is_good && takes(translation, ',')) {
        has_end = sees(translation, "0123456789");
        is_good = !has_end || take_number(translation, EQL_REGEX_REPEATS_MAX, &most);
    }
    if (!is_good || !takes(translation, '}')) {
        return fail(translation, place, "expected a count such as {2}, {2,} or {2,5}, up to 10000");
    }
    if (!has_end) {
        buffer_printf(translation->pattern, "{%u,}", (unsigned)least);
    } else if (least <= most) {
        buffer_printf(translation->pattern, "{%u,%u}", (unsigned)least, (unsigned)most);
    } else if (!translation->pattern->failed) {
        translation->pattern->size = start;
        add_nothing_fits(translation);
    }
    return true;
}

static bool translate_repeat(struct translation *translation, struct part *part) {
    size_t start = translation->pattern->size;
    if (!translate_complement(translation, part)) {
        return false;
    }
    for (bool is_first = true; sees(translation, "?*+{"); is_first = false) {
        if (part->final != NULL) {
            return fail_at_final(translation, part->final);
        }
        if (!is_first) {
            wrap(translation, start, "(?:", ")");
        }
        part->is_character = false;
        if (takes(translation, '{')) {
            if (!translate_count(translation, start)) {
                return false;
            }
        } else {
            buffer_add_byte(translation->pattern, translation->text[translation->at++]);
        }
    }
    return true;
}

static bool translate_concatenation(struct translation *translation, struct part *part) {
    if (!translate_repeat(translation, part)) {
        return false;
    }
    while (has_more(translation) && !sees(translation, ")|&")) {
        if (part->final != NULL) {
            return fail_at_final(translation, part->final);
        }
        if (!translate_repeat(translation, part)) {
            return false;
        }
        part->is_character = false;
    }
    return true;
}

static bool translate_intersection(struct translation *translation, struct part *part) {
    size_t start = translation->pattern->size;
    if (!translate_concatenation(translation, part)) {
        return false;
    }
    const char *sign = translation->text + translation->at;
    bool has_operator = sees(translation, "&");
    while (takes(translation, '&')) {
        wrap(translation, start, "(?=(?:", ")\\z)");
        start = translation->pattern->size;
        if (!translate_concatenation(translation, part)) {
            return false;
        }
    }
    if (has_operator) {
        *part = (struct part){.final = sign};
    }
    return true;
}

static bool translate_union(struct translation *translation, struct part *part) {
    if (!translate_intersection(translation, part)) {
        return false;
    }
    while (takes(translation, '|')) {
        struct part other;
        add(translation, "|");
        if (!translate_intersection(translation, &other)) {
            return false;
        }
        part->is_character = part->is_character && other.is_character;
        part->final = part->final != NULL ? part->final : other.final;
    }
    return true;
}

bool eql_regex_translate(const char *text, size_t size, bool folds, struct buffer *pattern,
                         const char **message, size_t *offset) {
    struct translation translation = {
        .text = text, .size = size, .folds = folds, .pattern = pattern};
    struct part part;
    add(&translation, "(?:");
    bool is_good = size == 0 || translate_union(&translation, &part);
    if (is_good && has_more(&translation)) {
        is_good = fail(&translation, translation.at, "expected a ( for this )");
    }
    add(&translation, ")\\z");
    *message = translation.message;
    *offset = translation.offset;
    return is_good;
}
