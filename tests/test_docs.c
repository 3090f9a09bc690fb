// SPDX-License-Identifier: GPL-3.0-or-later
// Check suite: the manual says what the command does: options, CSV columns, exit statuses,
// problems, fields, limits.
//
// Environment: EVTXSEQ, the command under test (build/evtxseq); EVTXSEQ_MAN, the directory of the
// manuals (man).
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "case.h"
#include "command.h"
#include "fields_page.h"
#include "help.h"
#include "rules/eql_limits.h"
#include "scan/problem.h"
#include "suites.h"
#include "words.h"
#include "xmem.h"

// The lines of a manual, "evtxseq.1" or "evtxseq-output.5".
static struct list read_manual(const char *name) {
    size_t size;
    char *path = xformat("%s/%s", setting("EVTXSEQ_MAN", "man"), name);
    char *text = read_file(path, &size);
    free(path);
    struct list lines = split(text, "\n");
    free(text);
    return lines;
}

// Runs the command with up to three arguments; the list may end early with NULL.
static struct outcome run(const char *directory, const char *const arguments[3]) {
    char *list[5] = {absolute_path(setting("EVTXSEQ", "build/evtxseq"))};
    for (size_t i = 0; i < 3 && arguments[i]; i++) {
        list[i + 1] = xstrdup(arguments[i]);
    }
    struct outcome outcome = command_run(list, directory, NULL);
    for (size_t i = 0; i < 4; i++) {
        free(list[i]);
    }
    return outcome;
}

static struct outcome run_anywhere(const char *const arguments[3]) {
    char *directory = make_temporary_directory();
    struct outcome outcome = run(directory, arguments);
    remove_tree(directory);
    free(directory);
    return outcome;
}

// Options.

// The macro call `.It Fl f , Fl -format Ns = Ns Ar FMT`.
static struct option read_item(const struct list *words) {
    struct option option = {.name = xstrdup(""), .parameter = xstrdup("")};
    for (size_t i = 0; i + 1 < words->count; i++) {
        const char *next = words->items[i + 1];
        if (strcmp(words->items[i], "Ar") == 0) {
            xreplace(&option.parameter, xstrdup(next));
        } else if (strcmp(words->items[i], "Fl") != 0) {
            continue;
        } else if (next[0] == '-') {
            xreplace(&option.name, xstrdup(next + 1));
        } else {
            option.letter = next[0];
        }
    }
    return option;
}

static struct options read_manual_options(const struct list *manual) {
    struct options options = {0};
    for (size_t i = 0; i < manual->count; i++) {
        if (strncmp(manual->items[i], ".It Fl ", 7) != 0) {
            continue;
        }
        struct list words = split(manual->items[i], " ");
        options_add(&options, read_item(&words));
        list_free(&words);
    }
    return options;
}

static char *spell(const struct option *option) {
    char letter[] = {'-', option->letter, '\0'};
    return xformat("%s%s%s%s%s%s", option->letter ? letter : "",
                   option->letter && *option->name ? ", " : "", *option->name ? "--" : "",
                   option->name, *option->parameter ? "=" : "", option->parameter);
}

static bool same_option(const struct option *a, const struct option *b) {
    return a->letter == b->letter && strcmp(a->name, b->name) == 0 &&
           strcmp(a->parameter, b->parameter) == 0;
}

// Every option of `these` is, word for word, one of `those`.
static void expect_within(const struct options *these, const struct options *those,
                          const char *those_name) {
    for (size_t i = 0; i < these->count; i++) {
        bool found = false;
        for (size_t j = 0; j < those->count && !found; j++) {
            found = same_option(&these->list[i], &those->list[j]);
        }
        if (!found) {
            ck_abort_msg("%s does not have %s", those_name, spell(&these->list[i]));
        }
    }
}

START_TEST(test_options_are_those_of_help) {
    struct options help = help_options();
    struct list manual = read_manual("evtxseq.1");
    struct options items = read_manual_options(&manual);
    expect_within(&help, &items, "the manual");
    expect_within(&items, &help, "--help");
    ck_assert_uint_eq(items.count, help.count);
    options_free(&items);
    list_free(&manual);
    options_free(&help);
}
END_TEST

START_TEST(test_help_fits_a_terminal) {
    struct outcome outcome = run_anywhere((const char *const[3]){"--help"});
    struct list lines = split(outcome.output, "\n");
    ck_assert_uint_gt(lines.count, 0);
    for (size_t i = 0; i < lines.count; i++) {
        ck_assert_msg(strlen(lines.items[i]) <= 80, "--help is too wide: %s", lines.items[i]);
    }
    list_free(&lines);
    outcome_free(&outcome);
}
END_TEST

// What the command's parser says on standard error where it does not know an option, or knows it
// otherwise than with or without a value.
static bool is_refused(const char *const arguments[3]) {
    static const char *const refusals[] = {"there is no option", "may mean several",
                                           "takes no value", "needs a value"};
    struct outcome outcome = run_anywhere(arguments);
    bool refused = outcome.status < 0;
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        refused = refused || strstr(outcome.errors, refusals[i]);
    }
    outcome_free(&outcome);
    return refused;
}

// An option with a value gets one, be it of no use; one without is last, so that one which wants a
// value after all misses it.
static void expect_accepted(const char *form, const char *assignment, const char *value) {
    char *whole = xformat("%s%s%s", form, value ? assignment : "", value ? value : "");
    if (is_refused((const char *const[3]){"no-such.evtx", whole})) {
        ck_abort_msg("the command does not take %s", whole);
    }
    free(whole);
}

static void expect_forms_accepted(const struct option *option) {
    const char *value = *option->parameter ? "?" : NULL;
    if (option->letter) {
        char letter[] = {'-', option->letter, '\0'};
        expect_accepted(letter, "", value);
    }
    if (*option->name) {
        char *name = xformat("--%s", option->name);
        expect_accepted(name, "=", value);
        free(name);
    }
}

START_TEST(test_options_are_accepted) {
    struct options help = help_options();
    for (size_t i = 0; i < help.count; i++) {
        expect_forms_accepted(&help.list[i]);
    }
    options_free(&help);
}
END_TEST

START_TEST(test_refusals_are_told) {
    ck_assert(is_refused((const char *const[3]){"no-such.evtx", "--no-such-option"}));
    ck_assert(is_refused((const char *const[3]){"no-such.evtx", "-?"}));
    ck_assert(is_refused((const char *const[3]){"no-such.evtx", "--strict=yes"}));
    ck_assert(is_refused((const char *const[3]){"no-such.evtx", "--format"}));
}
END_TEST

// Sections.

static bool starts(const char *text, const char *start) {
    return strncmp(text, start, strlen(start)) == 0;
}

static bool is_heading(const char *line) {
    return starts(line, ".Sh ") || starts(line, ".Ss ");
}

// What `.It` heads the items of a section or subsection with.
static struct list read_items(const struct list *manual, const char *heading) {
    struct list items = {0};
    bool within = false;
    for (size_t i = 0; i < manual->count; i++) {
        const char *line = manual->items[i];
        if (is_heading(line)) {
            within = strcmp(line, heading) == 0;
        } else if (within && starts(line, ".It ")) {
            list_add(&items, xstrdup(line + 4));
        }
    }
    return items;
}

// A directory with a log in which there is a finding and one in which there is none.
static char *make_logs(void) {
    static const char text[] = "log found.evtx\n"
                               "load  10:00:00\n"
                               "start 10:00:01\n"
                               "log nothing.evtx\n"
                               "start 10:00:00\n"
                               "load  10:00:01\n"
                               "log blind.evtx\n"
                               "load  10:00:00\n"
                               "run found.evtx\n"
                               "exit 1\n";
    char *directory = make_temporary_directory();
    case_write_text(text, directory);
    return directory;
}

// The names in the items `Cm load_time , Cm start_time`, joined by commas.
static char *join_columns(const struct list *items) {
    char *names = xstrdup("");
    for (size_t i = 0; i < items->count; i++) {
        struct list words = split(items->items[i], " ");
        for (size_t j = 1; j < words.count; j++) {
            if (strcmp(words.items[j - 1], "Cm") == 0) {
                xreplace(&names, xformat("%s%s%s", names, *names ? "," : "", words.items[j]));
            }
        }
        list_free(&words);
    }
    return names;
}

// The columns below a heading of the manual are those that the command writes.
static void expect_columns(const char *heading, const char *option) {
    struct list manual = read_manual("evtxseq-output.5");
    struct list items = read_items(&manual, heading);
    char *documented = join_columns(&items);
    char *directory = make_logs();
    struct outcome outcome =
        run(directory, (const char *const[3]){option, "--format=csv", "nothing.evtx"});
    ck_assert_int_eq(outcome.status, 0);
    outcome.output[strcspn(outcome.output, "\n")] = '\0';
    ck_assert_str_eq(documented, outcome.output);
    outcome_free(&outcome);
    remove_tree(directory);
    free(directory);
    free(documented);
    list_free(&items);
    list_free(&manual);
}

START_TEST(test_columns_are_those_of_csv) {
    expect_columns(".Sh CSV", "--quiet");
    expect_columns(".Ss Columns", "--coverage");
}
END_TEST

static int status_of(const char *directory, const char *path) {
    struct outcome outcome = run(directory, (const char *const[3]){path});
    int status = outcome.status;
    outcome_free(&outcome);
    return status;
}

START_TEST(test_exit_statuses) {
    static const char *const paths[] = {"nothing.evtx", "found.evtx", "no-such.evtx", "blind.evtx"};
    struct list manual = read_manual("evtxseq.1");
    struct list items = read_items(&manual, ".Sh EXIT STATUS");
    char *directory = make_logs();
    ck_assert_uint_eq(items.count, 4);
    for (int i = 0; i < 4; i++) {
        char digit[] = {(char)('0' + i), '\0'};
        ck_assert_str_eq(items.items[i], digit);
        ck_assert_int_eq(status_of(directory, paths[i]), i);
    }
    remove_tree(directory);
    free(directory);
    list_free(&items);
    list_free(&manual);
}
END_TEST

START_TEST(test_problem_kinds) {
    struct list manual = read_manual("evtxseq.1");
    struct list items = read_items(&manual, ".Sh DIAGNOSTICS");
    ck_assert_uint_eq(items.count, PROBLEM_KINDS);
    for (int i = 0; i < PROBLEM_KINDS; i++) {
        // The manual has the serious kinds first, as the enumeration has.
        ck_assert_str_eq(items.items[i], problem_kind_text((enum problem_kind)i, 1));
    }
    list_free(&items);
    list_free(&manual);
}
END_TEST

START_TEST(test_fields_are_those_of_the_list) {
    char *path = xformat("%s/evtxseq-fields.5", setting("EVTXSEQ_MAN", "man"));
    char *page = read_file(path, NULL);
    char *expected = fields_page();
    ck_assert_msg(strcmp(page, expected) == 0,
                  "%s is not what lib/rules/fields.def says: run `make fields-page`", path);
    free(expected);
    free(page);
    free(path);
}
END_TEST

// The number in an item `1,000 characters`; commas are left out.
static long number_in(const char *item) {
    long number = 0;
    for (; (*item >= '0' && *item <= '9') || *item == ','; item++) {
        number = *item == ',' ? number : number * 10 + (*item - '0');
    }
    return number;
}

START_TEST(test_limits_of_queries) {
    static const long limits[] = {
        EQL_QUERY_SIZE_MAX,  EQL_NODES_MAX,        EQL_NESTING_MAX,       EQL_LIST_MAX,
        EQL_STRING_SIZE_MAX, EQL_REGEX_LENGTH_MAX, EQL_REGEX_NESTING_MAX, EQL_REGEX_REPEATS_MAX,
        EQL_STAGES_MAX,      EQL_RUNS_MAX,         EQL_EVENTS_MAX,        EQL_KEYS_MAX};
    const size_t count = sizeof limits / sizeof *limits;
    struct list manual = read_manual("evtxseq.1");
    struct list items = read_items(&manual, ".Ss Limits");
    ck_assert_uint_eq(items.count, count);
    for (size_t i = 0; i < count; i++) {
        ck_assert_int_eq(number_in(items.items[i]), limits[i]);
    }
    list_free(&items);
    list_free(&manual);
}
END_TEST

void docs_tests(TCase *tests) {
    tcase_add_test(tests, test_options_are_those_of_help);
    tcase_add_test(tests, test_help_fits_a_terminal);
    tcase_add_test(tests, test_options_are_accepted);
    tcase_add_test(tests, test_refusals_are_told);
    tcase_add_test(tests, test_columns_are_those_of_csv);
    tcase_add_test(tests, test_exit_statuses);
    tcase_add_test(tests, test_problem_kinds);
    tcase_add_test(tests, test_fields_are_those_of_the_list);
    tcase_add_test(tests, test_limits_of_queries);
}
