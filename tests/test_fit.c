// SPDX-License-Identifier: GPL-3.0-or-later
// Tests of what follows from a rule's text alone: which events its conditions can hold for.
#include <stdlib.h>
#include <string.h>

#include "rules/eql_check.h"
#include "rules/eql_fold.h"
#include "rules/eql_parser.h"
#include "suites.h"
#include "xmem.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static struct eql_query *parse(const char *text) {
    struct eql_error error;
    struct eql_query *query = eql_parse(text, strlen(text), &error);
    bool is_good = query != NULL && eql_check(query, &error);
    ck_assert_msg(is_good, "%s: %s", text, error.text);
    return query;
}

// ---- outcomes

// The letters of what may come of it: T true, F false, N null.
static const char *letters_of(unsigned outcomes) {
    static const char *const letters[] = {"", "F", "T", "TF", "N", "FN", "TN", "TFN"};
    ck_assert_uint_lt(outcomes, COUNT(letters));
    return letters[outcomes];
}

struct fold_example {
    const char *condition;
    const char *expected;
    const char *expected_opposite; // of not (condition); NULL: as logic has it
};

static const char *opposite_letters(const char *letters) {
    static const char *const pairs[][2] = {{"F", "T"},   {"T", "F"},   {"TF", "TF"},  {"N", "N"},
                                           {"FN", "TN"}, {"TN", "FN"}, {"TFN", "TFN"}};
    for (size_t i = 0; i < COUNT(pairs); i++) {
        if (strcmp(letters, pairs[i][0]) == 0) {
            return pairs[i][1];
        }
    }
    return "";
}

static void expect_outcomes(unsigned id, unsigned kind, const struct fold_example *example) {
    char *text = xformat("any where %s", example->condition);
    struct eql_query *query = parse(text);
    const struct eql_node *condition = query->stages[0].condition;
    const char *opposite = example->expected_opposite == NULL ? opposite_letters(example->expected)
                                                              : example->expected_opposite;
    const char *found = letters_of(eql_fold(condition, id, kind));
    ck_assert_msg(strcmp(found, example->expected) == 0, "event %u/%u, %s: %s, not %s", id, kind,
                  example->condition, found, example->expected);
    found = letters_of(eql_fold_opposite(condition, id, kind));
    ck_assert_msg(strcmp(found, opposite) == 0, "event %u/%u, not (%s): %s, not %s", id, kind,
                  example->condition, found, opposite);
    eql_query_free(query);
    free(text);
}

static void expect_all(unsigned id, unsigned kind, const struct fold_example *examples,
                       size_t count) {
    for (size_t i = 0; i < count; i++) {
        expect_outcomes(id, kind, &examples[i]);
    }
}

// Of a process creation: what its ID says, what it may say, and what it never says.
START_TEST(tests_of_constants_are_exact) {
    static const struct fold_example examples[] = {
        {"event.action == \"Process creation\"", "T", NULL},
        {"event.action == \"process creation\"", "F", NULL},
        {"\"Process creation\" == event.action", "T", NULL},
        {"event.action != \"Process creation\"", "F", NULL},
        {"event.action != \"exec\"", "T", NULL},
        {"event.action : \"PROCESS *\"", "T", NULL},
        {"event.action : (\"x\", \"process?creation\")", "T", NULL},
        {"event.action : \"process?\"", "F", NULL},
        {"event.action like \"Process*\"", "T", NULL},
        {"event.action like \"process*\"", "F", NULL},
        {"event.action like~ \"process*\"", "T", NULL},
        {"event.action in (\"exec\", \"Process creation\")", "T", NULL},
        {"event.action in (\"exec\", \"Process*\")", "F", NULL},
        {"event.action in~ (\"PROCESS CREATION\")", "T", NULL},
        {"event.action not in (\"exec\")", "T", NULL},
        {"event.action in (\"exec\", null)", "F", NULL},
        {"event.action in (\"exec\", concat(\"Process\", \" creation\"))", "TF", NULL},
        {"event.action regex \"Process.*\"", "TF", NULL},
        {"event.action == null", "F", NULL},
        {"event.action != null", "T", NULL},
        {"null == event.action", "F", NULL},
        {"event.code == \"1\"", "T", NULL},
        {"event.code == \"11\"", "F", NULL},
        {"winlog.event_id == \"1\"", "T", NULL},
        {"event.code < \"2\"", "T", NULL},
        {"event.code <= \"1\"", "T", NULL},
        {"event.code < \"1\"", "F", NULL},
        {"event.code > \"0\"", "T", NULL},
        {"event.code >= \"10\"", "F", NULL},
        {"\"2\" > event.code", "T", NULL},
        {"\"0\" >= event.code", "F", NULL},
        {"startsWith(event.action, \"Proc\")", "T", NULL},
        {"startsWith(event.action, \"proc\")", "F", NULL},
        {"startsWith~(event.action, \"proc\")", "T", NULL},
        {"startsWith(event.action, \"Process creation.\")", "F", NULL},
        {"stringContains(event.action, \"cess c\")", "T", NULL},
        {"stringContains(event.action, \"Cess\")", "F", NULL},
        {"startsWith(event.action, \"Proc\") == true", "T", NULL},
        {"true != startsWith(event.action, \"Proc\")", "F", NULL},
        {"startsWith(event.action, \"proc\") == false", "T", NULL},
        {"endsWith(event.action, \"creation\")", "TFN", NULL},
        {"host.os.type == \"windows\"", "T", NULL},
        {"event.module : \"WINDOWS\"", "T", NULL},
        {"event.dataset == \"windows.security\"", "F", NULL},
    };
    expect_all(1, 0, examples, COUNT(examples));
}
END_TEST

START_TEST(missing_fields_fail) {
    static const struct fold_example examples[] = {
        // No Sysmon event has it, so every test fails; `not` of an order is the opposite order.
        {"process.Ext.x == \"a\"", "F", NULL},
        {"process.Ext.x != \"a\"", "T", NULL},
        {"process.Ext.x : \"*\"", "F", NULL},
        {"process.Ext.x regex \".*\"", "F", NULL},
        {"process.Ext.x in (\"a\", \"b\")", "F", NULL},
        {"process.Ext.x < 5", "F", "F"},
        {"process.Ext.x >= 5", "F", "F"},
        {"5 >= process.Ext.x", "F", "F"},
        {"process.Ext.x == null", "T", NULL},
        {"process.Ext.x != null", "F", NULL},
        {"process.Ext.x", "F", NULL},
        {"process.Ext.x == false", "F", NULL},
        {"?process.Ext.x == \"a\"", "F", NULL},
        // Made of events of other IDs alone, or of none that has an outcome.
        {"registry.path : \"*\"", "F", NULL},
        {"dll.path != \"a\"", "T", NULL},
        {"event.outcome == \"failure\"", "F", NULL},
        // Elastic's pipeline would make it of a process creation, too.
        {"file.path : \"*\"", "TF", NULL},
        {"winlog.event_data.TargetObject : \"*\"", "TF", NULL},
        // Filters fail, scripts give null.
        {"startsWith(process.Ext.x, \"a\")", "F", NULL},
        {"startsWith~(process.Ext.x, \"a\")", "F", NULL},
        {"stringContains(process.Ext.x, \"a\")", "F", NULL},
        {"cidrMatch(process.Ext.x, \"10.0.0.0/8\")", "F", NULL},
        {"stringContains~(process.Ext.x, \"a\")", "N", NULL},
        {"endsWith(process.Ext.x, \"a\")", "N", NULL},
        {"startsWith(process.Ext.x, concat(\"a\", \"b\"))", "N", NULL},
        {"startsWith(process.name, process.Ext.x)", "N", NULL},
        {"length(process.Ext.x) > 5", "N", NULL},
        {"length(process.Ext.x) == null", "T", NULL},
        {"length(process.Ext.x) != null", "F", NULL},
        {"process.Ext.x + 1 == 2", "N", NULL},
        {"-process.Ext.x != 2", "N", NULL},
        {"concat(process.name, process.Ext.x) : \"*\"", "N", NULL},
        {"process.Ext.x < null", "N", NULL},
        {"endsWith(process.Ext.x, \"a\") == true", "N", NULL},
        // Nothing is known of these values.
        {"process.name == \"a\"", "TF", NULL},
        {"process.pid > 4", "TF", NULL},
        {"process.name == null", "TF", NULL},
        {"file.code_signature.trusted", "TF", NULL},
        {"startsWith(process.name, \"a\")", "TF", NULL},
        {"length(process.name) > 5", "TFN", NULL},
        {"length(process.name) == null", "TF", NULL},
        {"process.name == concat(\"a\", null)", "TFN", NULL},
    };
    expect_all(1, 0, examples, COUNT(examples));
}
END_TEST

#define TRUE_ "host.os.type == \"windows\""
#define FALSE_ "host.os.type == \"linux\""
#define NULL_ "endsWith(process.Ext.x, \"a\")"
#define OPEN_ "process.name : \"a\""
#define SCRIPT_ "length(process.name) == 5"

START_TEST(logic_takes_null_for_false) {
    static const struct fold_example examples[] = {
        {"true", "T", NULL},
        {"false", "F", NULL},
        {"not true", "F", NULL},
        {"not not true", "T", NULL},
        {TRUE_ " and " TRUE_, "T", NULL},
        {TRUE_ " and " FALSE_, "F", NULL},
        {TRUE_ " and " OPEN_, "TF", NULL},
        {FALSE_ " and " OPEN_, "F", NULL},
        {TRUE_ " or " OPEN_, "T", NULL},
        {FALSE_ " or " OPEN_, "TF", NULL},
        {FALSE_ " or " FALSE_, "F", NULL},
        {TRUE_ " and " NULL_, "F", "T"},
        {FALSE_ " or " NULL_, "F", "T"},
        {TRUE_ " and not " NULL_, "F", "T"},
        {"not not " NULL_, "N", NULL},
        {"(" NULL_ ")", "N", NULL},
        {"null or " TRUE_, "T", NULL},
        {"not null and " TRUE_, "F", NULL},
        {TRUE_ " and " SCRIPT_, "TF", NULL},
        {"not " SCRIPT_, "TFN", NULL},
        {"not (" TRUE_ " and " NULL_ ") and " OPEN_, "TF", NULL},
        {"not (" FALSE_ " or " OPEN_ ")", "TF", NULL},
        {"not (process.Ext.x > 5)", "F", "F"},
        {"not (not (process.Ext.x > 5))", "F", "F"},
        {"not (process.Ext.x > 5 and " TRUE_ ")", "T", NULL},
    };
    expect_all(1, 0, examples, COUNT(examples));
}
END_TEST

START_TEST(several_values_and_kinds) {
    static const struct fold_example network[] = {
        {"event.type == \"connection\"", "T", NULL},
        {"event.type == \"end\"", "F", NULL},
        {"event.type != \"start\"", "F", NULL},
        {"event.type in (\"end\", \"protocol\")", "T", NULL},
        {"event.type == \"start\" and event.type == \"protocol\"", "T", NULL},
    };
    static const struct fold_example image[] = {
        {"event.category == \"process\" and event.type == \"change\"", "T", NULL},
        {"event.action == \"load\"", "F", NULL},
    };
    static const struct fold_example library[] = {
        {"event.category == \"process\"", "F", NULL},
        {"event.category == \"library\" and event.type == \"start\"", "T", NULL},
        {"event.action == \"load\"", "T", NULL},
        {"dll.name : \"a\"", "TF", NULL},
        {"process.pe.original_file_name : \"a\"", "F", NULL},
    };
    static const struct fold_example queries[] = {
        {"network.protocol == \"dns\"", "T", NULL},
        {"network.protocol : \"http\"", "F", NULL},
    };
    static const struct fold_example clipboard[] = {
        {"event.category == \"process\"", "F", NULL},
        {"event.category == null", "T", NULL},
    };
    // Of an event that Sysmon 15 does not know, the ID is nobody's business.
    static const struct fold_example future[] = {
        {"event.category == \"process\"", "F", NULL},
        {"event.code == \"1\"", "TF", NULL},
        {"host.os.type == \"windows\"", "T", NULL},
    };
    expect_all(3, 0, network, COUNT(network));
    expect_all(7, 0, image, COUNT(image));
    expect_all(7, 1, library, COUNT(library));
    expect_all(22, 0, queries, COUNT(queries));
    expect_all(24, 0, clipboard, COUNT(clipboard));
    expect_all(77, 0, future, COUNT(future));
}
END_TEST

static const char *stage_letters(const char *text, unsigned id, unsigned kind) {
    struct eql_query *query = parse(text);
    unsigned outcomes = eql_fold_stage(&query->stages[0], id, kind);
    eql_query_free(query);
    return letters_of(outcomes);
}

START_TEST(stages_have_a_category) {
    ck_assert_str_eq(stage_letters("process where true", 1, 0), "T");
    ck_assert_str_eq(stage_letters("process where " OPEN_, 1, 0), "TF");
    ck_assert_str_eq(stage_letters("Process where true", 1, 0), "F");
    ck_assert_str_eq(stage_letters("file where true", 1, 0), "F");
    ck_assert_str_eq(stage_letters("registry where true", 12, 0), "T");
    ck_assert_str_eq(stage_letters("configuration where true", 12, 0), "T");
    ck_assert_str_eq(stage_letters("library where true", 7, 0), "F");
    ck_assert_str_eq(stage_letters("library where true", 7, 1), "T");
    ck_assert_str_eq(stage_letters("any where true", 24, 0), "T");
    ck_assert_str_eq(stage_letters("process where true", 24, 0), "F");
    ck_assert_str_eq(stage_letters("\"\" where true", 24, 0), "F");
}
END_TEST

void fit_tests(TCase *tests) {
    tcase_add_test(tests, tests_of_constants_are_exact);
    tcase_add_test(tests, missing_fields_fail);
    tcase_add_test(tests, logic_takes_null_for_false);
    tcase_add_test(tests, several_values_and_kinds);
    tcase_add_test(tests, stages_have_a_category);
}
