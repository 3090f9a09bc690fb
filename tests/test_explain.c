// SPDX-License-Identifier: GPL-3.0-or-later
// Tests of how rules are described. testdata/explain/markdown.txt has Markdown and what becomes of
// it, full.txt and notes.txt what testdata/rules/full.toml and notes.eql are described as, all
// written by hand.
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "out/explain.h"
#include "out/markdown.h"
#include "random_log.h"
#include "rules/rule_files.h"
#include "suites.h"
#include "xmem.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define REAL_RULES "../shared/rules"

enum { PAGE_WIDTH = 40, LINE_WIDTH = 78 };

static char *finish(struct buffer *out) {
    buffer_add_byte(out, '\0');
    ck_assert(!out->failed);
    return out->data;
}

static char *render(const char *text) {
    static const struct markdown_page page = {.width = PAGE_WIDTH, .first = "  ", .next = "  "};
    struct buffer out = {0};
    markdown_add(&out, &page, text);
    return finish(&out);
}

static char *explain(const struct rule_text *rule) {
    struct buffer out = {0};
    explain_add_text(&out, rule);
    return finish(&out);
}

// ---- Markdown

// The lines of a case that start with this mark, without it.
static char *take_marked(const char *text, char mark) {
    struct buffer out = {0};
    while (*text != '\0' && *text != '\n') {
        size_t size = strcspn(text, "\n") + 1;
        if (*text == mark) {
            buffer_add(&out, text + 1, size - 1);
        }
        text += size;
    }
    return finish(&out);
}

START_TEST(markdown_becomes_plain) {
    size_t count = 0;
    char *text = read_file("testdata/explain/markdown.txt", NULL);
    const char *at = text;
    while (*at != '\0') {
        char *source = take_marked(at, '<');
        char *expected = take_marked(at, '>');
        char *found = render(source);
        ck_assert_msg(*source == '\0' || strcmp(found, expected) == 0,
                      "Markdown:\n%sexpected:\n%sfound:\n%s", source, expected, found);
        count += *source != '\0';
        free(source);
        free(expected);
        free(found);
        const char *end = strstr(at, "\n\n");
        at = end == NULL ? at + strlen(at) : end + 2;
    }
    free(text);
    ck_assert_uint_gt(count, 20);
}
END_TEST

// Nothing that Markdown means can be broken into, and a CR is part of the line end.
START_TEST(markdown_is_made_visible) {
    static const char *const texts[][2] = {
        {"a\r\nb\r\n", "  a b\n"},
        {"a\x1b[1mb\n", "  a\\x1B[1mb\n"},
        {"```\na\x1b[1m\tb\x7f\r\n```\r\n", "    a\\x1B[1m\tb\\x7F\n"},
        {"# a\x1b\n", "a\\x1B\n"},
        {"- a\x07\n", "  * a\\x07\n"},
        {"|\x07\n", "    |\\x07\n"},
        {"\xe2\x80\x8b\xff", "  \\u{200B}\\xFF\n"},
        {"    a\x07\n\n        b\x07", "  a\\x07\n\n    b\\x07\n"},
    };
    for (size_t i = 0; i < COUNT(texts); i++) {
        char *found = render(texts[i][0]);
        ck_assert_str_eq(found, texts[i][1]);
        free(found);
    }
}
END_TEST

// Any other prefix of the first line, and verbatim lines.
START_TEST(markdown_has_prefixes) {
    static const struct markdown_page page = {.width = PAGE_WIDTH, .first = " 1) ", .next = "    "};
    static const char *const texts[][2] = {
        {"a\n\nb\n", " 1) a\n\n    b\n"},
        {"# a\nb\n# c\n", " 1) a\n    b\n\n  c\n"},
        {"- a\n- b\n", " 1) * a\n    * b\n"},
        {"```\na\n\nb\n", " 1)   a\n\n      b\n"},
    };
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct buffer out = {0};
        markdown_add(&out, &page, texts[i][0]);
        char *found = finish(&out);
        ck_assert_str_eq(found, texts[i][1]);
        free(found);
    }
    struct buffer out = {0};
    markdown_add_verbatim(&out, "> ", "a\n\n  b\r\n\x1b**c**");
    char *found = finish(&out);
    ck_assert_str_eq(found, "> a\n\n>   b\n> \\x1B**c**\n");
    free(found);
}
END_TEST

// ---- what must hold of any text

// Letters, digits and what is not ASCII, one after the other.
static char *substance(const char *text) {
    struct buffer out = {0};
    for (; *text != '\0'; text++) {
        if (isalnum((unsigned char)*text) || (unsigned char)*text >= 0x80) {
            buffer_add_byte(&out, *text);
        }
    }
    return finish(&out);
}

// The same of Markdown, in which what stands after an opening fence is not shown.
static char *substance_of_markdown(const char *text) {
    struct buffer out = {0};
    while (*text != '\0') {
        size_t size = strcspn(text, "\n");
        if (strncmp(text, "```", 3) != 0) {
            buffer_add(&out, text, size);
        }
        text += size + (text[size] == '\n');
    }
    char *lines = finish(&out);
    char *result = substance(lines);
    free(lines);
    return result;
}

static void expect_substance(const char *path, const char *shown, const char *text) {
    char *wanted = substance_of_markdown(text == NULL ? "" : text);
    ck_assert_msg(strstr(shown, wanted) != NULL, "%s: lost: %s", path, text);
    free(wanted);
}

static size_t columns_of(const char *line, size_t size) {
    size_t columns = 0;
    for (size_t i = 0; i < size; i++) {
        columns += ((unsigned char)line[i] & 0xc0) != 0x80;
    }
    return columns;
}

static bool is_verbatim_line(const char *line, const struct rule_text *rule) {
    bool is_one = strncmp(line, "  File:", 7) == 0;
    for (size_t i = 0; i < rule->references.count; i++) {
        const char *reference = rule->references.items[i];
        is_one = is_one || strncmp(line + 2, reference, strlen(reference)) == 0;
    }
    return is_one;
}

static void expect_narrow(const char *text, const struct rule_text *rule) {
    const char *query = strstr(text, "\nQuery\n");
    ck_assert_ptr_nonnull(query);
    while (text < query) {
        size_t size = strcspn(text, "\n");
        ck_assert_msg(columns_of(text, size) <= LINE_WIDTH || is_verbatim_line(text, rule),
                      "%s: too wide: %.*s", rule->path, (int)size, text);
        ck_assert_msg(size == 0 || text[size - 1] != ' ', "%s: space at the end: %.*s", rule->path,
                      (int)size, text);
        text += size + 1;
    }
}

// The query stands in it line by line.
static void expect_query(const char *text, const char *query) {
    const char *at = strstr(text, "\nQuery\n") + 6;
    for (query += strspn(query, "\n"); *query != '\0';) {
        size_t size = strcspn(query, "\n");
        at += strncmp(at, "\n  ", 3) == 0 ? 3 : 1;
        ck_assert_msg(strncmp(at, query, size) == 0, "%.*s", (int)size, query);
        at += size;
        query += size + (query[size] == '\n');
    }
    ck_assert_str_eq(at, "\n");
}

static void expect_all(const struct rule_text *rule) {
    char *text = explain(rule);
    char *shown = substance(text);
    expect_narrow(text, rule);
    expect_query(text, rule->query);
    expect_substance(rule->path, shown, rule->id);
    expect_substance(rule->path, shown, rule->name);
    expect_substance(rule->path, shown, rule->description);
    expect_substance(rule->path, shown, rule->note);
    expect_substance(rule->path, shown, rule->setup);
    expect_substance(rule->path, shown, rule->license);
    expect_substance(rule->path, shown, rule->path);
    const struct rule_texts *const lists[] = {&rule->authors, &rule->false_positives,
                                              &rule->references, &rule->index};
    for (size_t i = 0; i < COUNT(lists); i++) {
        for (size_t k = 0; k < lists[i]->count; k++) {
            expect_substance(rule->path, shown, lists[i]->items[k]);
        }
    }
    free(shown);
    free(text);
}

static size_t expect_all_of(const char *list) {
    struct rule_files files = {0};
    ck_assert_int_eq(rule_files_add(&files, list, true), RULE_FILES_READ);
    for (size_t i = 0; i < files.count; i++) {
        expect_all(&files.rules[i]);
    }
    size_t count = files.count;
    rule_files_free(&files);
    return count;
}

START_TEST(nothing_is_lost) {
    ck_assert_uint_eq(expect_all_of("all"), 3);
    ck_assert_uint_gt(expect_all_of("testdata/rules"), 5);
}
END_TEST

// Not in the tree: their licence is another.
START_TEST(nothing_of_real_rules_is_lost) {
    struct rule_files files = {0};
    bool are_here = rule_files_add(&files, REAL_RULES, true) == RULE_FILES_READ;
    rule_files_free(&files);
    ck_assert(!are_here || expect_all_of(REAL_RULES) > 200);
}
END_TEST

// ---- one rule, word by word

START_TEST(a_rule_is_described) {
    struct rule_files files = {0};
    ck_assert_int_eq(
        rule_files_add(&files, "testdata/rules/full.toml,testdata/rules/notes.eql", true),
        RULE_FILES_READ);
    ck_assert_uint_eq(files.count, 2);
    char *found = explain(&files.rules[0]);
    char *expected = read_file("testdata/explain/full.txt", NULL);
    ck_assert_str_eq(found, expected);
    free(found);
    free(expected);
    found = explain(&files.rules[1]);
    expected = read_file("testdata/explain/notes.txt", NULL);
    ck_assert_str_eq(found, expected);
    free(found);
    free(expected);
    rule_files_free(&files);
}
END_TEST

START_TEST(attack_names_may_be_missing) {
    static struct rule_attack attacks[] = {
        {.tactic = {.id = "TA0002", .name = "Execution"}},
        {.tactic = {.id = "TA0002"}},
        {.technique = {.id = "T1047"}},
        {.tactic = {.id = "TA0002"}, .technique = {.id = "T1047", .name = "WMI"}},
        {.technique = {.id = "T1059"}, .subtechnique = {.id = "T1059.005", .name = "VB"}},
        {.technique = {.id = "T1059", .name = "C"}, .subtechnique = {.id = "T1059.005"}},
    };
    const struct rule_text rule = {.id = "i",
                                   .name = "n",
                                   .attacks = attacks,
                                   .attack_count = COUNT(attacks),
                                   .query = "any where true"};
    char *found = explain(&rule);
    ck_assert_str_eq(found, "i\nn\n\n  Severity low, risk score 0\n\nMITRE ATT&CK\n"
                            "  TA0002     Execution\n"
                            "  TA0002\n"
                            "  T1047\n"
                            "  T1047      WMI (TA0002)\n"
                            "  T1059.005  VB\n"
                            "  T1059.005  C\n"
                            "\nQuery\n  any where true\n");
    free(found);
}
END_TEST

// ---- what a rule's author could do

static void expect_tame(const char *text) {
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        ck_assert_msg(c == '\n' || (c >= ' ' && c != 0x7f), "a byte %02x", c);
    }
}

START_TEST(no_text_acts_on_the_terminal) {
#define HOSTILE "x\x1b]0;\x07\x7f\r\b\xc2\x9b"
    const char *texts[] = {HOSTILE};
    struct rule_attack attacks[] = {{.tactic = {HOSTILE, HOSTILE, HOSTILE},
                                     .technique = {HOSTILE, HOSTILE, HOSTILE},
                                     .subtechnique = {HOSTILE, HOSTILE, HOSTILE}}};
    char path[] = HOSTILE "\n";
    const struct rule_text rule = {
        .id = HOSTILE,
        .name = HOSTILE,
        .description = HOSTILE,
        .note = "# " HOSTILE "\n* " HOSTILE "\n```\n" HOSTILE "\n```\n" HOSTILE,
        .setup = "|" HOSTILE "\n> " HOSTILE "\n\n        " HOSTILE "\n[" HOSTILE "](" HOSTILE ")",
        .license = HOSTILE,
        .authors = {texts, 1},
        .false_positives = {texts, 1},
        .references = {texts, 1},
        .index = {texts, 1},
        .attacks = attacks,
        .attack_count = 1,
        .path = path,
        .query = HOSTILE "\n" HOSTILE,
    };
    char *found = explain(&rule);
    expect_tame(found);
    size_t count = 0;
    for (const char *at = found; (at = strstr(at, "x\\x1B]0;\\x07\\x7F")) != NULL; at++) {
        count++;
    }
    // Of ATT&CK all but the references and the technique's ID.
    ck_assert_uint_eq(count, 3 + 4 + 5 + 5 + 5 + 1 + 2);
    ck_assert_ptr_nonnull(strstr(found, "\\x0A\n"));
    free(found);
}
END_TEST

// Texts of the characters that mean something, at random: every line is narrow but code, and
// nothing is lost.
START_TEST(no_markdown_does_harm) {
    static const char *const parts[] = {"#",    "##",  "-",   "*",      "**",       "1.", "12)",
                                        "```",  "~~~", "`",   ">",      "|",        "[",  "](",
                                        ")",    " ",   "  ",  "    ",   "\t",       "\n", "\n\n",
                                        "\r\n", "a",   "b c", "longer", "\xc3\xa4", "---"};
    struct random random = {7};
    for (int i = 0; i < 20000; i++) {
        struct buffer text = {0};
        for (size_t size = random_below(&random, 60); size > 0; size--) {
            buffer_add_text(&text, parts[random_below(&random, COUNT(parts))]);
        }
        char *source = finish(&text);
        char *found = render(source);
        char *shown = substance(found);
        if (strstr(source, "~~~") == NULL && strstr(source, "```") == NULL) {
            char *wanted = substance(source);
            ck_assert_msg(strcmp(shown, wanted) == 0, "lost of:\n%s\nshown:\n%s", source, found);
            free(wanted);
        }
        free(shown);
        free(found);
        free(source);
    }
}
END_TEST

// A rule may be as long as a file may be: no text takes more than a few seconds.
START_TEST(long_markdown_takes_no_time) {
    static const char *const parts[] = {"[",   "`a", "**a ", "- ", "> ",
                                        "1. ", "(",  "\n",   "a ", "``` "};
    for (size_t i = 0; i < COUNT(parts); i++) {
        struct buffer text = {0};
        while (text.size < 300000) {
            buffer_add_text(&text, parts[i]);
        }
        char *source = finish(&text);
        free(render(source));
        free(source);
    }
}
END_TEST

void explain_tests(TCase *tests) {
    tcase_add_test(tests, markdown_becomes_plain);
    tcase_add_test(tests, markdown_is_made_visible);
    tcase_add_test(tests, markdown_has_prefixes);
    tcase_add_test(tests, nothing_is_lost);
    tcase_add_test(tests, nothing_of_real_rules_is_lost);
    tcase_add_test(tests, a_rule_is_described);
    tcase_add_test(tests, attack_names_may_be_missing);
    tcase_add_test(tests, no_text_acts_on_the_terminal);
    tcase_add_test(tests, no_markdown_does_harm);
    tcase_add_test(tests, long_markdown_takes_no_time);
}
