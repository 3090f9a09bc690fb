// SPDX-License-Identifier: GPL-3.0-or-later
// Regular expressions: what Lucene's fit, against cases written down and against a plain matcher.
#include <stdlib.h>
#include <string.h>

#include "lucene_model.h"
#include "random_log.h"
#include "rules/eql_limits.h"
#include "rules/eql_regex.h"
#include "rules/eql_value.h"
#include "suites.h"
#include "xmem.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
// A text with its size, for those with NUL in them.
#define TEXT(literal) (literal), sizeof(literal) - 1

static struct eql_regex *compile(const char *text, bool folds) {
    const char *message = NULL;
    size_t offset = 0;
    struct eql_regex *regex = eql_regex_new(text, strlen(text), folds, &message, &offset);
    ck_assert_msg(regex != NULL, "%s: %zu: %s", text, offset, message);
    return regex;
}

static enum eql_regex_result match(const struct eql_regex *regex, const char *text, size_t size) {
    size_t steps = EQL_STEPS_MAX;
    return eql_regex_match(regex, text, size, &steps);
}

struct fit {
    const char *regex;
    const char *text;
    bool is_match;
};

static void expect_fits(const struct fit *fits, size_t count, bool folds) {
    for (size_t i = 0; i < count; i++) {
        struct eql_regex *regex = compile(fits[i].regex, folds);
        enum eql_regex_result result = match(regex, fits[i].text, strlen(fits[i].text));
        ck_assert_msg(result == (fits[i].is_match ? EQL_REGEX_MATCH : EQL_REGEX_NO_MATCH),
                      "%s on %s", fits[i].regex, fits[i].text);
        eql_regex_free(regex);
    }
}

START_TEST(whole_text_must_fit) {
    static const struct fit fits[] = {
        {"", "", true},
        {"", "a", false},
        {"abc", "abc", true},
        {"abc", "abcd", false},
        {"abc", "xabc", false},
        {"b", "abc", false},
        {"a|ab", "ab", true},
        {"(a|ab)(c|bcd)", "abcd", true},
        {"abc", "ABC", false},
        {"a", "a\n", false},
        {"^a$", "a", false},
        {"^a$", "^a$", true},
        {".*a", "bba", true},
        {"()", "", true},
        {"a()b", "ab", true},
        {"C:\\\\.*\\.exe", "C:\\x\\y.exe", true},
        {"C:\\\\.*\\.exe", "C:\\x\\y_exe", false},
    };
    expect_fits(fits, COUNT(fits), false);
}
END_TEST

START_TEST(characters_are_unicode) {
    static const struct fit fits[] = {
        {".", "\n", true},
        {".", "\r", true},
        {"a.b", "a\nb", true},
        {".", "\u00e9", true},
        {"..", "\u00e9", false},
        {".", "\U0001f600", true},
        {".", "\ufffd", true},
        {"\u00e9+", "\u00e9\u00e9", true},
        {"[^a]", "\U0001f600", true},
        {"[^a]", "\n", true},
        {".*[\u02b0-\u02ff\u1d2c-\u1dbb]+.*", "cmd \u02b0", true},
        {".*[\u02b0-\u02ff\u1d2c-\u1dbb]+.*", "cmd h", false},
        // Of a range that goes beyond what UTF-16 has for pairs.
        {"[\xed\x9f\xbf-\xee\x80\x80]", "\ue000", true},
        {"[a-\U0010ffff]", "\U0010fffe", true},
        {"[a-\U0010ffff]", "A", false},
    };
    expect_fits(fits, COUNT(fits), false);
}
END_TEST

START_TEST(repetitions) {
    static const struct fit fits[] = {
        {"a?", "", true},
        {"a?", "a", true},
        {"a?", "aa", false},
        {"a*", "", true},
        {"a*", "aaa", true},
        {"a*", "aab", false},
        {"a+", "", false},
        {"a+", "aaa", true},
        {"(ab)+", "abab", true},
        {"(ab)+", "aba", false},
        {"ab+", "abb", true},
        {"ab+", "abab", false},
        {"a{2}", "a", false},
        {"a{2}", "aa", true},
        {"a{2}", "aaa", false},
        {"a{2,}", "a", false},
        {"a{2,}", "aaaa", true},
        {"a{1,2}", "", false},
        {"a{1,2}", "aa", true},
        {"a{1,2}", "aaa", false},
        {"a{0}", "", true},
        {"a{0}", "a", false},
        {"(a{2}){2}", "aaaa", true},
        {"(a{2}){2}", "aaa", false},
        // None is lazy or possessive: each repeats what stands before it.
        {"a*?", "aa", true},
        {"a+?", "", true},
        {"a++", "aaa", true},
        {"a*+a", "aa", true},
        {"a{2}{3}", "aaaaaa", true},
        {"a{2}{3}", "aaaaa", false},
        {"(a*)*", "aaa", true},
        {"(a|b*)*c", "abbac", true},
        {"(a?){3}", "aa", true},
        {"(|a)*", "||a", false},
        {"(a|()|b)*", "abab", true},
        // The end before the start: nothing fits.
        {"a{3,2}", "aaa", false},
        {"a{3,2}", "", false},
        {"a{3,2}|b", "b", true},
        {"(a{3,2})*", "", true},
    };
    expect_fits(fits, COUNT(fits), false);
}
END_TEST

START_TEST(classes) {
    static const struct fit fits[] = {
        {"[abc]", "b", true},
        {"[abc]", "d", false},
        {"[a-c]", "c", true},
        {"[^a-c]", "c", false},
        {"[^a-c]", "d", true},
        {"[^a-c]", "", false},
        {"[]]", "]", true},
        {"[]a]", "a", true},
        {"[^]]", "]", false},
        {"[^]]", "x", true},
        {"[a^]", "^", true},
        {"[\\]]", "]", true},
        {"[\\\\]", "\\", true},
        {"[.]", "x", false},
        {"[.]", ".", true},
        {"[*?+(){}|&~@#<\"]+", "*?+(){}|&~@#<\"", true},
        {"[-a]", "-", true},
        {"[\\^-a]", "_", true},
        {"[[]", "[", true},
        {"[[:alpha:]]", "a]", true}, // no names of classes: one of [:alph, and a bracket
        {"\\d+", "0123", true},
        {"\\d", "\u0663", false},
        {"\\D", "\u0663", true},
        {"\\D", "7", false},
        {"\\w+", "aZ_9", true},
        {"\\w", "\u00e9", false},
        {"\\W", "\u00e9", true},
        {"\\W", "_", false},
        {"\\W", "-", true},
        {"\\s{4}", " \t\n\r", true},
        {"\\s", "\v", false},
        {"\\s", "\f", false},
        {"\\s", "\u00a0", false},
        {"\\S", "\v", true},
        {"\\S", " ", false},
        {"[\\d_]+", "4_2", true},
        {"[^\\d]", "4", false},
        {"[^\\d]", "x", true},
        {"[^\\w\\s]", "-", true},
        {"[^\\w\\s]", " ", false},
        {"[\\D]", "x", true},
        {"[\\W0]+", "-0", true},
        {"[\\W0]", "1", false},
        {"[\\S]", "\t", false},
        {"[\\d-z]+", "5-z", true},
        {"[\\d-z]", "a", false},
        {"[+--]", ",", true},
        {"[a-\\z]", "q", true},
    };
    expect_fits(fits, COUNT(fits), false);
}
END_TEST

START_TEST(escapes_and_quotes) {
    static const struct fit fits[] = {
        {"\\.", ".", true},        {"\\.", "a", false},        {"\\\\", "\\", true},
        {"\\*", "*", true},        {"\\\"", "\"", true},       {"\\#\\@\\&\\~\\<", "#@&~<", true},
        {"\\-", "-", true},        {"\\ ", " ", true},         {"\\7", "7", true},
        {"\"a.*\"", "a.*", true},  {"\"a.*\"", "abc", false},  {"\"\"", "", true},
        {"\"ab\"+", "abab", true}, {"\"a\\\"b", "a\\b", true}, // no escapes in there
        {"\"(\"x", "(x", true},    {"a\"|\"b", "a|b", true},   {"\\\u00e9", "\u00e9", true},
    };
    expect_fits(fits, COUNT(fits), false);
}
END_TEST

// Where an operator cannot stand its sign is a character.
START_TEST(signs_that_are_characters) {
    static const struct fit fits[] = {
        {"*a", "*a", true},    {"?", "?", true},       {"+", "+", true},    {"**", "", true},
        {"**", "***", true},   {"a||b", "|b", true},   {"a||b", "a", true}, {"a||b", "b", false},
        {"|a", "|a", true},    {"(|a)", "|a", true},   {"a|)", ")", true},  {"{", "{", true},
        {"}", "}", true},      {"]", "]", true},       {">", ">", true},    {"-", "-", true},
        {"a&&b", "&b", false}, {"&a", "&a", true},     {"(*)", "*", true},  {"a|*", "*", true},
        {")", ")", true},      {"(?:a)", "?:a", true}, {"$", "$", true},    {"/a/", "/a/", true},
    };
    expect_fits(fits, COUNT(fits), false);
}
END_TEST

START_TEST(nothing_and_anything) {
    static const struct fit fits[] = {
        {"#", "", false},     {"#", "#", false},  {"a#", "a", false},  {"#|a", "a", true},
        {"#*", "", true},     {"#?a", "a", true}, {"#+", "", false},   {"#{0}", "", true},
        {"#{2}", "", false},  {"@", "", true},    {"@", "a\nb", true}, {"@b", "aab", true},
        {"@b", "aac", false}, {"a@", "a", true},  {"@&a", "a", true},  {"~#", "x", true},
        {"~@", "x", false},   {"~@", "", false},
    };
    expect_fits(fits, COUNT(fits), false);
}
END_TEST

START_TEST(ranges_of_numbers) {
    static const struct fit fits[] = {
        {"<1-9>", "5", true},
        {"<1-9>", "0", false},
        {"<1-9>", "10", false},
        {"<1-9>", "05", false},
        {"<01-09>", "05", true},
        {"<01-09>", "5", false},
        {"<1-20>", "1", true},
        {"<1-20>", "20", true},
        {"<1-20>", "21", false},
        {"<1-20>", "0", false},
        {"<1-20>", "013", true},
        {"<1-20>", "00013", true},
        {"<0-10>", "0", true},
        {"<0-10>", "00", true},
        {"<0-10>", "", false},
        {"<0-10>", "11", false},
        {"<20-1>", "7", true},
        {"<20-1>", "21", false},
        {"<8-8>", "8", true},
        {"<8-8>", "9", false},
        {"<100-205>", "199", true},
        {"<100-205>", "99", false},
        {"<100-205>", "205", true},
        {"<100-205>", "206", false},
        {"<7-123>", "6", false},
        {"<7-123>", "99", true},
        {"<7-123>", "124", false},
        {"<0-2147483647>", "2147483647", true},
        {"<0-2147483647>", "2147483648", false},
        {"a<1-2>b", "a1b", true},
        {"(<1-2>,)+", "1,2,", true},
        {"<1-2>{2}", "12", true},
        {"<0-10>+", "1010", true},
    };
    expect_fits(fits, COUNT(fits), false);
}
END_TEST

START_TEST(all_ranges_of_small_numbers) {
    for (int low = 0; low <= 124; low += 4) {
        for (int high = low; high <= 124; high += 3) {
            char *text = xformat("<%d-%d>", low, high);
            struct eql_regex *regex = compile(text, false);
            for (int number = 0; number < 130; number++) {
                char *digits = xformat("%d", number);
                bool fits = match(regex, digits, strlen(digits)) == EQL_REGEX_MATCH;
                ck_assert_msg(fits == (number >= low && number <= high), "%s: %d", text, number);
                free(digits);
            }
            eql_regex_free(regex);
            free(text);
        }
    }
}
END_TEST

START_TEST(complement_and_intersection) {
    static const struct fit fits[] = {
        {"~(abc)", "abc", false},
        {"~(abc)", "ab", true},
        {"~(abc)", "abcd", true},
        {"~(abc)", "", true},
        {"~(.*evil.*)", "devil", false},
        {"~(.*evil.*)", "angel", true},
        {"a~(bc)", "abc", false},
        {"a~(bc)", "ab", true},
        {"a~(bc)", "bbc", false},
        {"x|~(ab)", "ab", false},
        {"x|~(ab)", "x", true},
        {"(x|~(ab))", "y", true},
        {"~(~(ab))", "ab", true},
        {"~(~(ab))", "a", false},
        {"~~(ab)", "ab", true},
        {"~\"ab\"", "ab", false},
        {"~\"ab\"", "a", true},
        // Of one character, anywhere.
        {"a~bc", "adc", true},
        {"a~bc", "ac", true},
        {"a~bc", "abc", false},
        {"a~bc", "abbc", true},
        {"(~a)+", "a", false},
        {"(~a)+", "aa", true},
        {"~[ab]c", "ac", false},
        {"~[ab]c", "xc", true},
        {"~(a|b)c", "bc", false},
        {"~.c", "xc", false},
        {"~.c", "c", true},
        {"~ac", "\nc", true},
        {"~a*", "a", false},
        {"~a*", "", true},
        {"~a*", "aa", true},
        {"a.*&.*b", "acb", true},
        {"a.*&.*b", "ac", false},
        {"a.*&.*b", "cb", false},
        {".*a&.*b|c", "c", true},
        {".*a&.*b|c", "a", false},
        {"c|.*a.*&.*b", "ab", true},
        {"[a-z]+&~(cmd)", "cmd", false},
        {"[a-z]+&~(cmd)", "net", true},
        {"[a-z]+&~(cmd)", "NET", false},
        {"a&a&a", "a", true},
        {"a&a&b", "a", false},
        {"x(.*a&..)", "xba", true},
        {"x(.*a&..)", "xaba", false},
        {"~(a.*&.*b)", "ab", false},
        {"~(a.*&.*b)", "ba", true},
    };
    expect_fits(fits, COUNT(fits), false);
}
END_TEST

// Case counts in ranges, as in Elasticsearch, whose reference warns of it.
START_TEST(case_of_ascii_folds) {
    static const struct fit fits[] = {
        {"cmd\\.exe", "CMD.exe", true},
        {"\"cmd\"", "CmD", true},
        {"[abc]+", "aBC", true},
        {"[^abc]", "B", false},
        {"[^abc]", "D", true},
        {"[a-c]", "B", false},
        {"[A-C]", "B", true},
        {"[a-cB]", "b", true},
        {"[^a-c]", "B", true},
        {"\u00e9", "\u00c9", false},
        {"\u00e9", "\u00e9", true},
        {"k", "\u212a", false},
        {"s", "\u017f", false},
        {"[ks]", "\u017f", false},
        {"@", "X", true},
        {"~a", "A", false},
        {"~(ab)", "AB", false},
        {"\\w", "Q", true},
        {"[@[`{]", "@", true},
        {"[@]", "`", false},
        {"@X", "yx", true},
        {"\\[", "{", false},
        {"(a|b)C", "Bc", true},
    };
    expect_fits(fits, COUNT(fits), true);
}
END_TEST

START_TEST(nul_is_a_character) {
    const char *message = NULL;
    size_t offset = 0;
    struct eql_regex *regex = eql_regex_new(TEXT("a\0b"), false, &message, &offset);
    ck_assert_ptr_nonnull(regex);
    ck_assert_int_eq(match(regex, TEXT("a\0b")), EQL_REGEX_MATCH);
    ck_assert_int_eq(match(regex, TEXT("a")), EQL_REGEX_NO_MATCH);
    eql_regex_free(regex);
    regex = compile("a.b", false);
    ck_assert_int_eq(match(regex, TEXT("a\0b")), EQL_REGEX_MATCH);
    eql_regex_free(regex);
}
END_TEST

START_TEST(what_is_not_utf8_does_not_fit) {
    static const char *const texts[] = {"\xff", "a\x80", "\xed\xa0\x80", "\xc0\x80", "\xe2\x82"};
    struct eql_regex *regex = compile(".*", false);
    for (size_t i = 0; i < COUNT(texts); i++) {
        ck_assert_int_eq(match(regex, texts[i], strlen(texts[i])), EQL_REGEX_NO_MATCH);
    }
    ck_assert_int_eq(match(regex, NULL, 0), EQL_REGEX_MATCH);
    eql_regex_free(regex);
}
END_TEST

struct refusal {
    const char *regex;
    size_t offset;
    const char *message;
};

static void expect_refusal(const struct refusal *refusal) {
    const char *message = NULL;
    size_t offset = 0;
    struct eql_regex *regex =
        eql_regex_new(refusal->regex, strlen(refusal->regex), false, &message, &offset);
    ck_assert_msg(regex == NULL, "%s is taken", refusal->regex);
    ck_assert_msg(offset == refusal->offset, "%s: %zu", refusal->regex, offset);
    ck_assert_msg(strstr(message, refusal->message) != NULL, "%s: %s", refusal->regex, message);
}

START_TEST(errors_name_the_place) {
    static const struct refusal refusals[] = {
        {"a(b", 1, "expected ) for this ("},
        {"(a(b)", 0, "expected ) for this ("},
        {"a)b", 1, "expected a ( for this )"},
        {"ab[cd", 2, "expected ] for this ["},
        {"[", 0, "expected ] for this ["},
        {"[]", 0, "expected ] for this ["},
        {"[^]", 0, "expected ] for this ["},
        {"[b-a]", 1, "expected a range"},
        {"[a-]", 1, "expected a range"},
        {"[a-", 3, "found the end"},
        {"a\\", 2, "found the end"},
        {"[\\", 2, "found the end"},
        {"a|", 2, "found the end"},
        {"a&", 2, "found the end"},
        {"(a|", 3, "found the end"},
        {"~", 1, "found the end"},
        {"a\\n", 1, "\\d \\D"},
        {"[\\x]", 1, "\\d \\D"},
        {"\\bcmd\\b", 0, "\\d \\D"},
        {"a\"bc", 1, "expected a double quote"},
        {"a{", 1, "expected a count"},
        {"a{x}", 1, "expected a count"},
        {"a{,2}", 1, "expected a count"},
        {"a{2", 1, "expected a count"},
        {"a{2,3", 1, "expected a count"},
        {"a{10001}", 1, "expected a count"},
        {"a{1,99999999999999999999}", 1, "expected a count"},
        {"<1-", 0, "expected a range of numbers"},
        {"<name>", 0, "expected a range of numbers"},
        {"<-1>", 0, "expected a range of numbers"},
        {"<1->", 0, "expected a range of numbers"},
        {"<1-2-3>", 0, "expected a range of numbers"},
        {"x<1-2147483648>", 1, "expected a range of numbers"},
        {"<00000000001-00000000002>", 0, "expected a range of numbers"},
        {"\xff", 0, "expected UTF-8"},
        {"a[\xc0\x80]", 2, "expected UTF-8"},
        {"((a{1000}){1000}){1000}", 0, "expected a smaller expression"},
        {"~(ab)c", 0, "expected nothing after what ~"},
        {"x~(ab)*", 1, "expected nothing after what ~"},
        {"(~(ab)){2}", 1, "expected nothing after what ~"},
        {"(x|~(ab))y", 3, "expected nothing after what ~"},
        {"(.a&b.)c", 3, "expected nothing after what &"},
        {"(.a&b.)+", 3, "expected nothing after what &"},
        {"(.a&b.)&~(c.)d", 8, "expected nothing after what ~"},
    };
    for (size_t i = 0; i < COUNT(refusals); i++) {
        expect_refusal(&refusals[i]);
    }
}
END_TEST

// ---- against the plain matcher

// Pieces that random expressions are put together from, ill-formed ones too.
static const char *const pieces[] = {
    "a",     "b",      "c",       "A",     "1",    "2",    "a",     "b",       ".",      "(",
    ")",     "(",      ")",       "|",     "|",    "*",    "+",     "?",       "*",      "{1,2}",
    "{2}",   "{2,}",   "{0}",     "{2,1}", "[ab]", "[^a]", "[a-c]", "[^b-c1]", "[\\dA]", "\\d",
    "\\W",   "\\s",    "~",       "~",     "&",    "&",    "@",     "#",       "\"ab\"", "\"",
    "<1-2>", "<1-12>", "<01-12>", "\\|",   "[",    "]",    "-",     "^",       "\u00e9", "(a|b)",
    "(ab)",  ".*",     "\\",      "{",     "}",
};

static char *random_regex(struct random *random) {
    char *regex = xstrdup("");
    size_t count = 1 + random_below(random, 9);
    for (size_t i = 0; i < count; i++) {
        xreplace(&regex, xformat("%s%s", regex, pieces[random_below(random, COUNT(pieces))]));
    }
    return regex;
}

static char *random_text(struct random *random) {
    static const char *const characters[] = {"a", "a", "b", "b", "c", "A",  "1",
                                             "2", "0", "|", "&", " ", "\n", "\u00e9"};
    char *text = xstrdup("");
    for (size_t i = random_below(random, 8); i > 0; i--) {
        xreplace(&text, xformat("%s%s", text, characters[random_below(random, COUNT(characters))]));
    }
    return text;
}

// Says in *fitted whether one of some texts fits.
static void expect_model(const struct eql_regex *regex, const char *expression, bool folds,
                         struct random *random, size_t *fitted) {
    for (int i = 0; i < 12; i++) {
        char *text = random_text(random);
        enum lucene_fit fit = lucene_model_fits(expression, folds, text, strlen(text));
        enum eql_regex_result result = match(regex, text, strlen(text));
        ck_assert_msg(fit != LUCENE_IS_WRONG, "%s is taken", expression);
        ck_assert_msg((fit == LUCENE_FITS) == (result == EQL_REGEX_MATCH) &&
                          result != EQL_REGEX_LIMIT,
                      "%s on %s: %d", expression, text, result);
        *fitted += result == EQL_REGEX_MATCH ? 1 : 0;
        free(text);
    }
}

// Those that are well-formed and refused are so for what cannot be translated.
START_TEST(random_expressions_agree_with_the_model) {
    struct random random = {20};
    size_t taken = 0;
    size_t fitted = 0;
    size_t untranslated = 0;
    for (int i = 0; i < 20000; i++) {
        const char *message = NULL;
        size_t offset = 0;
        char *expression = random_regex(&random);
        bool folds = random_chance(&random, 30);
        struct eql_regex *regex =
            eql_regex_new(expression, strlen(expression), folds, &message, &offset);
        if (regex != NULL) {
            taken++;
            expect_model(regex, expression, folds, &random, &fitted);
        } else if (strstr(message, "translated") != NULL) {
            untranslated++;
        } else {
            ck_assert_msg(lucene_model_fits(expression, folds, "", 0) == LUCENE_IS_WRONG, "%s: %s",
                          expression, message);
        }
        eql_regex_free(regex);
        free(expression);
    }
    ck_assert_msg(taken > 5000 && fitted > 3000 && untranslated > 200, "%zu, %zu, %zu", taken,
                  fitted, untranslated);
}
END_TEST

static char *repeated(const char *before, const char *text, size_t count, const char *after) {
    size_t size = strlen(text);
    char *result = xmalloc(strlen(before) + size * count + strlen(after) + 1);
    char *end = stpcpy(result, before);
    for (size_t i = 0; i < count; i++) {
        end = stpcpy(end, text);
    }
    (void)stpcpy(end, after);
    return result;
}

START_TEST(nesting_is_limited) {
    char *good = repeated("", "(", EQL_REGEX_NESTING_MAX, "a");
    char *closed = repeated(good, ")", EQL_REGEX_NESTING_MAX, "");
    eql_regex_free(compile(closed, false));
    free(good);
    free(closed);
    good = repeated("", "~", EQL_REGEX_NESTING_MAX, "(ab)");
    expect_refusal(&(struct refusal){good, EQL_REGEX_NESTING_MAX, "expected fewer groups"});
    eql_regex_free(compile(good + 1, false));
    free(good);
    char *bad = repeated("", "(", 900, "a");
    expect_refusal(&(struct refusal){bad, EQL_REGEX_NESTING_MAX, "expected fewer groups"});
    free(bad);
    bad = repeated("a", "*", 900, "");
    expect_refusal(&(struct refusal){bad, 0, "expected fewer groups"});
    free(bad);
}
END_TEST

// Each of these would take PCRE2's search ages, or more memory than it gets.
START_TEST(no_match_takes_long) {
    static const struct {
        const char *regex;
        const char *part;
        size_t count;
        const char *end;
        enum eql_regex_result result;
    } hard[] = {
        {"(a*)*b", "a", 30000, "", EQL_REGEX_NO_MATCH},
        {"(a|a)*b", "a", 30000, "", EQL_REGEX_NO_MATCH},
        {"(a|a)*b", "a", 30000, "b", EQL_REGEX_MATCH},
        {"(a|aa)+", "a", 30000, "b", EQL_REGEX_NO_MATCH},
        {".*a.*a.*a.*a.*b", "a", 30000, "", EQL_REGEX_NO_MATCH},
        {"(ab|a|b)*c", "ab", 15000, "", EQL_REGEX_NO_MATCH},
        {"(ab|a|b)*", "ab", 15000, "", EQL_REGEX_MATCH},
        {"~((a*)*b)", "a", 30000, "", EQL_REGEX_MATCH},
        {"(a*)*b&(a|a)*b", "a", 30000, "b", EQL_REGEX_MATCH},
        {"(a|a)*.{400}b.", "a", 30000, "b", EQL_REGEX_LIMIT},
    };
    for (size_t i = 0; i < COUNT(hard); i++) {
        struct eql_regex *regex = compile(hard[i].regex, false);
        char *text = repeated("", hard[i].part, hard[i].count, hard[i].end);
        ck_assert_msg(match(regex, text, strlen(text)) == hard[i].result, "%s", hard[i].regex);
        free(text);
        eql_regex_free(regex);
    }
}
END_TEST

void regex_tests(TCase *tests) {
    tcase_add_test(tests, whole_text_must_fit);
    tcase_add_test(tests, characters_are_unicode);
    tcase_add_test(tests, repetitions);
    tcase_add_test(tests, classes);
    tcase_add_test(tests, escapes_and_quotes);
    tcase_add_test(tests, signs_that_are_characters);
    tcase_add_test(tests, nothing_and_anything);
    tcase_add_test(tests, ranges_of_numbers);
    tcase_add_test(tests, all_ranges_of_small_numbers);
    tcase_add_test(tests, complement_and_intersection);
    tcase_add_test(tests, case_of_ascii_folds);
    tcase_add_test(tests, nul_is_a_character);
    tcase_add_test(tests, what_is_not_utf8_does_not_fit);
    tcase_add_test(tests, errors_name_the_place);
    tcase_add_test(tests, random_expressions_agree_with_the_model);
    tcase_add_test(tests, nesting_is_limited);
    tcase_add_test(tests, no_match_takes_long);
}
