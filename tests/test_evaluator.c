// SPDX-License-Identifier: GPL-3.0-or-later
// What conditions mean: cases written down, and random ones on random events, where a plain
// evaluator must agree. testdata/README.md describes the cases.
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "eql_document.h"
#include "eql_reference.h"
#include "judged.h"
#include "notation.h"
#include "random_condition.h"
#include "rules/eql_check.h"
#include "rules/eql_parser.h"
#include "suites.h"
#include "xmem.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const char *const verdicts[] = {"no", "yes", "name", "undecided"};

// ---- cases written down

static const char cases_pattern[] = "testdata/eql/*.cases";

// Where a case stands.
struct place {
    const char *path;
    unsigned line;
};

// `event ID ; NAME=VALUE ; ...`, of which the first word is cut off.
static void read_event(char *line, struct plain_event *event, const struct place *place) {
    static const char separator[] = " ; ";
    plain_event_free(event);
    event->id = (unsigned)strtoul(line, NULL, 10);
    ck_assert_msg(event->id > 0, "%s:%u: an event needs its ID", place->path, place->line);
    for (char *next = strstr(line, separator); next != NULL;) {
        char *name = next + strlen(separator);
        char *value = strchr(name, '=');
        next = strstr(name, separator);
        ck_assert_msg(value != NULL, "%s:%u: no = in %s", place->path, place->line, name);
        *value++ = '\0';
        if (next != NULL) {
            *next = '\0';
        }
        char *text = text_to_utf8(value);
        plain_event_add(event, name, text);
        free(text);
    }
}

static int read_verdict(const char *word, const struct place *place) {
    for (size_t i = 0; i < COUNT(verdicts); i++) {
        if (strcmp(word, verdicts[i]) == 0) {
            return (int)i;
        }
    }
    ck_abort_msg("%s:%u: what is %s?", place->path, place->line, word);
}

// Both the program and the plain evaluator must come to this. What does not is added to *failures.
static void run_case(int wanted, const char *text, const struct plain_event *event,
                     const struct place *place, char **failures) {
    struct conditions *conditions = conditions_new();
    struct judged judged = {0};
    unsigned kind = 0;
    ck_assert_ptr_nonnull(conditions);
    struct compiled compiled = judged_compile(conditions, text);
    judged_begin(&judged, event);
    int verdict = (int)conditions_judge(conditions, compiled.number, &judged.reader, &kind);
    int other = (int)reference_judge(&compiled.query->stages[0], event);
    if (verdict != wanted || other != wanted) {
        xreplace(failures,
                 xformat("%s%s:%u: %s\nis %s, to the plain evaluator %s\n", *failures, place->path,
                         place->line, text, verdicts[verdict], verdicts[other]));
    }
    judged_end(&judged);
    conditions_free(conditions);
    eql_query_free(compiled.query);
}

// How many there are.
static size_t run_cases(const char *path, char **failures) {
    size_t size = 0;
    size_t count = 0;
    char *text = read_file(path, &size);
    struct place place = {path, 0};
    struct plain_event event = {0};
    for (char *rest = text; rest < text + size;) {
        char *line = rest;
        rest += strcspn(rest, "\n");
        *rest++ = '\0';
        place.line++;
        char *word = *line == '#' ? NULL : next_word(&line);
        if (word != NULL && strcmp(word, "event") == 0) {
            read_event(line, &event, &place);
        } else if (word != NULL) {
            run_case(read_verdict(word, &place), trim(line), &event, &place, failures);
            count++;
        }
    }
    plain_event_free(&event);
    free(text);
    return count;
}

START_TEST(cases) {
    glob_t files;
    size_t count = 0;
    char *failures = xstrdup("");
    ck_assert_int_eq(glob(cases_pattern, 0, NULL, &files), 0);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        count += run_cases(files.gl_pathv[i], &failures);
    }
    globfree(&files);
    ck_assert_msg(*failures == '\0', "%s", failures);
    ck_assert_uint_gt(count, 600);
    free(failures);
}
END_TEST

// What only making the conditions finds.

static void expect_refusal(const char *text, unsigned column, const char *message) {
    struct eql_error error = {0};
    struct eql_query *query = eql_parse(text, strlen(text), &error);
    struct conditions *conditions = conditions_new();
    size_t number = 0;
    ck_assert_ptr_nonnull(conditions);
    ck_assert_msg(query != NULL && eql_check(query, &error), "%s\n%s", text, error.text);
    ck_assert_msg(!conditions_add(conditions, &query->stages[0], &error, &number), "%s", text);
    ck_assert_msg(error.place.column == column && strstr(error.text, message) != NULL, "%s\n%u: %s",
                  text, error.place.column, error.text);
    conditions_free(conditions);
    eql_query_free(query);
}

START_TEST(wrong_values_are_refused) {
    expect_refusal("any where process.name regex \"a(b\"", 30, "expected ) for this (");
    expect_refusal("any where process.name regex (\"a\", \"~(ab)c\")", 36, "~");
    expect_refusal("any where process.name regex~ \"(a&b)*\"", 31, "&");
    expect_refusal("any where source.ip == \"10.0.0\"", 24, "expected an address");
    expect_refusal("any where source.ip == \"10.0.0.0/33\"", 24, "expected an address");
    expect_refusal("any where source.ip in (\"::1\", \"::/129\")", 32, "expected an address");
    expect_refusal("any where cidrMatch(source.ip, \"10.0.0.0/8\", \"x\")", 46,
                   "expected an address");
}
END_TEST

// ---- random ones

enum { BATCHES = 150, BATCH_QUERIES = 30, BATCH_EVENTS = 40 };

struct tally {
    size_t by_verdict[3];
    size_t undefined;
};

// All bytes of the event's values, as they are.
static char *raw_bytes(const struct plain_event *event) {
    char *text = xstrdup("");
    for (size_t i = 0; i < event->count; i++) {
        xreplace(&text, xformat("%s%s\n", text, event->data[i].value));
    }
    return text;
}

// What holds may hold.
static void expect_possible(struct conditions *conditions, const struct compiled *compiled,
                            const char *text, const struct plain_event *event) {
    char *bytes = raw_bytes(event);
    char *description = judged_describe(event);
    const struct raw raw = {(const uint8_t *)bytes, strlen(bytes)};
    struct text found;
    struct haystack haystack;
    haystack_fill(&haystack, &raw, 1);
    ck_assert_msg(conditions_may_hold(conditions, compiled->number, event->id),
                  "%s\n%s\nis not thought possible for the ID", text, description);
    ck_assert_msg(conditions_may_hold_in(conditions, compiled->number, &haystack, &found),
                  "%s\n%s\nis not thought possible for the bytes", text, description);
    free(description);
    free(bytes);
}

static void compare(struct conditions *conditions, const struct compiled *compiled,
                    const char *text, struct judged *judged, const struct plain_event *event,
                    struct tally *tally) {
    unsigned kind = 0;
    enum reference_verdict wanted = reference_judge(&compiled->query->stages[0], event);
    enum condition_verdict verdict =
        conditions_judge(conditions, compiled->number, &judged->reader, &kind);
    if (wanted == REFERENCE_UNDEFINED) {
        tally->undefined++;
        return;
    }
    if ((int)verdict != (int)wanted) {
        char *description = judged_describe(event);
        ck_abort_msg("%s\n%s\nis %s, not %s", text, description, verdicts[verdict],
                     verdicts[wanted]);
    }
    tally->by_verdict[wanted]++;
    if (wanted != REFERENCE_FAILS) {
        expect_possible(conditions, compiled, text, event);
    }
}

static void run_batch(struct random *random, struct tally *tally) {
    struct conditions *conditions = conditions_new();
    struct compiled compiled[BATCH_QUERIES];
    char *texts[BATCH_QUERIES];
    struct judged judged = {0};
    ck_assert_ptr_nonnull(conditions);
    for (size_t i = 0; i < BATCH_QUERIES; i++) {
        texts[i] = random_query(random);
        compiled[i] = judged_compile(conditions, texts[i]);
    }
    for (size_t k = 0; k < BATCH_EVENTS; k++) {
        struct plain_event event = {0};
        random_plain_event(random, &event);
        judged_begin(&judged, &event);
        for (size_t i = 0; i < BATCH_QUERIES; i++) {
            compare(conditions, &compiled[i], texts[i], &judged, &event, tally);
        }
        plain_event_free(&event);
    }
    judged_end(&judged);
    conditions_free(conditions);
    for (size_t i = 0; i < BATCH_QUERIES; i++) {
        eql_query_free(compiled[i].query);
        free(texts[i]);
    }
}

START_TEST(random_conditions_agree_with_the_reference) {
    struct random random = {11};
    struct tally tally = {0};
    for (size_t i = 0; i < BATCHES; i++) {
        run_batch(&random, &tally);
    }
    ck_assert_msg(tally.by_verdict[REFERENCE_HOLDS] > 40000 &&
                      tally.by_verdict[REFERENCE_FAILS] > 40000 &&
                      tally.by_verdict[REFERENCE_HOLDS_BY_NAME] > 100 && tally.undefined < 9000,
                  "%zu yes, %zu no, %zu by name, %zu undefined", tally.by_verdict[REFERENCE_HOLDS],
                  tally.by_verdict[REFERENCE_FAILS], tally.by_verdict[REFERENCE_HOLDS_BY_NAME],
                  tally.undefined);
}
END_TEST

// ---- limits

enum { LONG_TEXT = 30000 };

// Of events whose command line is LONG_TEXT letters `a`: where `@` stands in a query so many
// letters stand, and where `%` does each of them has a question mark after it.
struct effort {
    const char *query;
    size_t letters;
    enum condition_verdict verdict;
};

static const struct effort efforts[] = {
    // Of one text in another.
    {"any where stringContains~(process.command_line, \"@b\")", 500, CONDITION_FAILS},
    {"any where stringContains~(process.command_line, \"@b\")", 1500, CONDITION_UNDECIDED},
    {"any where indexOf(process.command_line, \"@b\") == 1", 1500, CONDITION_UNDECIDED},
    {"any where between(process.command_line, \"a\", \"@b\") == \"c\"", 1500, CONDITION_UNDECIDED},
    {"any where between(process.command_line, \"a\", \"b@\", true) == \"c\"", 1500,
     CONDITION_FAILS},
    {"any where between(process.command_line, \"a\", \"@b\", true) == \"c\"", 1500,
     CONDITION_UNDECIDED},
    // Of one pattern, and of several that are one predicate.
    {"any where process.command_line : \"*%b*\"", 400, CONDITION_FAILS},
    {"any where process.command_line : \"*%b*\"", 700, CONDITION_UNDECIDED},
    {"any where process.command_line : (\"*%b*\", \"*%c*\")", 400, CONDITION_UNDECIDED},
    {"any where process.command_line : \"*%b*\" or process.command_line : \"*%c*\"", 400,
     CONDITION_FAILS},
    // Of regular expressions.
    {"any where process.command_line regex \"(a|a)*b\"", 0, CONDITION_FAILS},
    {"any where process.command_line regex (\"(a|a)*b\", \"(a|a)*c\")", 0, CONDITION_UNDECIDED},
    // What they are part of.
    {"any where not process.command_line : \"*%b*\"", 700, CONDITION_UNDECIDED},
    {"any where process.command_line : \"*%b*\" or process.name : \"cmd.exe\"", 700,
     CONDITION_HOLDS},
    {"any where process.command_line : \"*%b*\" and process.name : \"x\"", 700, CONDITION_FAILS},
};

static char *letters(size_t count, const char *letter) {
    char *text = xmalloc(count * strlen(letter) + 1);
    text[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        memcpy(text + i * strlen(letter), letter, strlen(letter) + 1);
    }
    return text;
}

static char *effort_query(const struct effort *effort) {
    char *text = xstrdup("");
    for (const char *at = effort->query; *at != '\0'; at++) {
        char *part = *at == '@'   ? letters(effort->letters, "a")
                     : *at == '%' ? letters(effort->letters, "a?")
                                  : xformat("%c", *at);
        xreplace(&text, xformat("%s%s", text, part));
        free(part);
    }
    return text;
}

// The second time each is asked as another rule asks it, with the same predicate.
START_TEST(no_predicate_takes_long) {
    struct plain_event event = {.id = 1};
    char *command_line = letters(LONG_TEXT, "a");
    plain_event_add(&event, "Image", "C:\\Windows\\cmd.exe");
    plain_event_add(&event, "CommandLine", command_line);
    for (size_t i = 0; i < COUNT(efforts); i++) {
        struct conditions *conditions = conditions_new();
        struct judged judged = {0};
        char *text = effort_query(&efforts[i]);
        char *other = xformat("process %s", text + strlen("any "));
        const struct compiled compiled[] = {judged_compile(conditions, text),
                                            judged_compile(conditions, other)};
        judged_begin(&judged, &event);
        for (size_t k = 0; k < COUNT(compiled); k++) {
            unsigned kind = 0;
            enum condition_verdict verdict =
                conditions_judge(conditions, compiled[k].number, &judged.reader, &kind);
            ck_assert_msg(verdict == efforts[i].verdict, "%s of %zu: %s", efforts[i].query,
                          efforts[i].letters, verdicts[verdict]);
        }
        judged_end(&judged);
        conditions_free(conditions);
        eql_query_free(compiled[0].query);
        eql_query_free(compiled[1].query);
        free(other);
        free(text);
    }
    free(command_line);
    plain_event_free(&event);
}
END_TEST

void evaluator_tests(TCase *tests) {
    tcase_add_test(tests, cases);
    tcase_add_test(tests, wrong_values_are_refused);
    tcase_add_test(tests, no_predicate_takes_long);
    tcase_add_test(tests, random_conditions_agree_with_the_reference);
}
