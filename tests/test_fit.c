// SPDX-License-Identifier: GPL-3.0-or-later
// Tests of what follows from a rule's text alone: which events its conditions can hold for, and the
// list of rules that says so. testdata/rule_list/ has rules and their lists, written by hand.
#include <stdlib.h>
#include <string.h>

#include "out/rule_list.h"
#include "random_log.h"
#include "rules/condition.h"
#include "rules/eql_check.h"
#include "rules/eql_parser.h"
#include "rules/event_set.h"
#include "rules/rule_fit.h"
#include "suites.h"
#include "xmem.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define REAL_RULES "../shared/rules"

static struct eql_query *parse(const char *text) {
    struct eql_error error = {0};
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

static unsigned outcomes_of_stage(const struct eql_stage *stage, unsigned id, unsigned kind) {
    struct conditions *conditions = conditions_new();
    struct eql_error error = {0};
    size_t number = 0;
    ck_assert_ptr_nonnull(conditions);
    ck_assert(conditions_add(conditions, stage, &error, &number));
    unsigned outcomes = conditions_outcomes(conditions, number, id, kind);
    conditions_free(conditions);
    return outcomes;
}

// Of a query.
static const char *letters_of_query(const char *text, unsigned id, unsigned kind) {
    struct eql_query *query = parse(text);
    unsigned outcomes = outcomes_of_stage(&query->stages[0], id, kind);
    eql_query_free(query);
    return letters_of(outcomes);
}

static void expect_outcomes(unsigned id, unsigned kind, const struct fold_example *example) {
    char *text = xformat("any where %s", example->condition);
    char *opposite_text = xformat("any where not (%s)", example->condition);
    const char *opposite = example->expected_opposite == NULL ? opposite_letters(example->expected)
                                                              : example->expected_opposite;
    const char *found = letters_of_query(text, id, kind);
    ck_assert_msg(strcmp(found, example->expected) == 0, "event %u/%u, %s: %s, not %s", id, kind,
                  example->condition, found, example->expected);
    found = letters_of_query(opposite_text, id, kind);
    ck_assert_msg(strcmp(found, opposite) == 0, "event %u/%u, not (%s): %s, not %s", id, kind,
                  example->condition, found, opposite);
    free(opposite_text);
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
        {"event.action in (\"exec\", concat(\"Process\", \" creation\"))", "T", NULL},
        {"event.action regex \"Process.*\"", "T", NULL},
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

START_TEST(stages_have_a_category) {
    ck_assert_str_eq(letters_of_query("process where true", 1, 0), "T");
    ck_assert_str_eq(letters_of_query("process where " OPEN_, 1, 0), "TF");
    ck_assert_str_eq(letters_of_query("Process where true", 1, 0), "F");
    ck_assert_str_eq(letters_of_query("file where true", 1, 0), "F");
    ck_assert_str_eq(letters_of_query("registry where true", 12, 0), "T");
    ck_assert_str_eq(letters_of_query("configuration where true", 12, 0), "T");
    ck_assert_str_eq(letters_of_query("library where true", 7, 0), "F");
    ck_assert_str_eq(letters_of_query("library where true", 7, 1), "T");
    ck_assert_str_eq(letters_of_query("any where true", 24, 0), "T");
    ck_assert_str_eq(letters_of_query("process where true", 24, 0), "F");
    ck_assert_str_eq(letters_of_query("\"\" where true", 24, 0), "F");
}
END_TEST

// ---- rules

// `VERDICT | EVENTS | ABSENT | UNKNOWN | REASON`: what is empty is left out from the end on.
static char *describe_fit(const char *text) {
    struct eql_query *query = parse(text);
    struct rule_fit fit;
    struct buffer out = {0};
    ck_assert(rule_fit_make(&fit, query));
    const struct rule_field_names *const names[] = {&fit.absent, &fit.unknown};
    buffer_printf(&out, "%s |", rule_verdict_name(fit.verdict));
    for (size_t i = 0; i < fit.stage_count; i++) {
        buffer_add_text(&out, i == 0 ? " " : " > ");
        buffer_add_text(&out, fit.events[i] == 0 ? "none" : "");
        event_ids_add(&out, fit.events[i]);
    }
    for (size_t i = 0; i < COUNT(names); i++) {
        buffer_add_text(&out, " |");
        for (size_t k = 0; k < names[i]->count; k++) {
            buffer_add_byte(&out, ' ');
            buffer_add(&out, names[i]->list[k].data, names[i]->list[k].size);
        }
    }
    buffer_printf(&out, " | %s", fit.reason == NULL ? "" : fit.reason);
    while (out.size > 0 && strchr(" |", out.data[out.size - 1]) != NULL) {
        out.size--;
    }
    buffer_add_byte(&out, '\0');
    ck_assert(!out.failed);
    rule_fit_free(&fit);
    eql_query_free(query);
    return out.data;
}

struct fit_example {
    const char *query;
    const char *expected;
};

static void expect_fits(const struct fit_example *examples, size_t count) {
    for (size_t i = 0; i < count; i++) {
        char *found = describe_fit(examples[i].query);
        ck_assert_msg(strcmp(found, examples[i].expected) == 0, "%s\n  expected %s\n  found    %s",
                      examples[i].query, examples[i].expected, found);
        free(found);
    }
}

START_TEST(rules_look_at_events) {
    static const struct fit_example examples[] = {
        {"any where true", "runs | any"},
        {"process where true", "runs | 1 4 5 7-10 19-21 25 255"},
        {"process where event.type == \"start\"", "runs | 1"},
        {"process where event.type in (\"start\", \"process_started\") and process.name : \"a\"",
         "runs | 1"},
        {"library where dll.name : \"a\"", "runs | 7"},
        {"any where event.category == \"library\" or process.name : \"a\"", "runs | any"},
        {"any where event.action == \"load\" or event.code == \"1\"", "runs | 1 7"},
        {"any where event.code in (\"27\", \"28\", \"29\", \"255\")", "runs | 27-29 255"},
        {"any where event.code in (\"28\", \"29\", \"255\")", "runs | 28 29 255"},
        {"any where event.outcome == \"failure\"", "runs | 27 255"},
        {"network where not network.protocol : \"dns\"", "runs | 3"},
        {"registry where event.type == \"change\"", "runs | 12-14"},
        {"file where event.type != \"deletion\"", "runs | 2 11 15 17 18 27 29"},
        {"sequence by host.id [process where event.type == \"start\"] [network where true] "
         "until [process where event.type == \"end\"]",
         "runs | 1 > 3 22"},
        // Of what must be missing nothing need be there.
        {"sequence by host.id with maxspan=1m [process where event.type == \"start\"] "
         "![network where event.code == \"1\"]",
         "runs | 1 > none"},
        // Keys must be there unless they are optional.
        {"sequence [any where true] by dll.path [any where true] by file.path", "runs | 7 > any"},
        {"sequence by ?registry.path [any where true] [any where true]", "runs | any > any"},
        {"sequence by registry.path [any where true] [any where true]", "runs | 12-14 > 12-14"},
    };
    expect_fits(examples, COUNT(examples));
}
END_TEST

START_TEST(rules_name_fields) {
    static const struct fit_example examples[] = {
        {"process where process.name : \"a\" or process.Ext.x == 1 or process.Ext.x == 2",
         "runs in part | 1 4 5 7-10 19-21 25 255 | process.Ext.x"},
        {"process where event.type == \"start\" and not (file.path : \"a\" or ?dll.path : \"b\")",
         "runs in part | 1 | file.path dll.path"},
        {"process where event.type == \"end\" and process.command_line : \"a\"",
         "runs in part | 5 | process.command_line"},
        {"process where event.type == \"start\" and proces.name != \"a\"",
         "runs in part | 1 | | proces.name"},
        {"any where winlog.event_data.CommandLine : \"a\" or winlog.event_data.commandline : \"a\"",
         "runs in part | any | | winlog.event_data.commandline"},
        {"process where event.type == \"start\" and process.name.caseless : \"a\" and "
         "length(file.size) == null and group.id != \"a\"",
         "runs in part | 1 | file.size group.id"},
        {"any where host.ip != \"a\" and host.ips != \"a\" and groups.id != \"a\"",
         "runs in part | any | host.ip | host.ips groups.id"},
        // Of each stage by its own events, and of `until`.
        {"sequence by host.id [process where event.type == \"start\" and file.name : \"a\"] "
         "[file where file.name : \"a\" and process.name : \"b\"] "
         "until [registry where process.args : \"c\" or x.y : \"d\"]",
         "runs in part | 1 > 2 11 15 17 18 23 26-29 | file.name process.args | x.y"},
        {"sequence [any where true] by dll.path, ?process.Ext.x [any where true] by file.path, x.y",
         "cannot match | 7 > none | process.Ext.x | x.y | stage 2: no Sysmon event has x.y"},
        // A constant is there for some IDs.
        {"process where event.type == \"start\" and event.outcome != \"failure\"",
         "runs in part | 1 | event.outcome"},
    };
    expect_fits(examples, COUNT(examples));
}
END_TEST

#define NEVER "cannot match | none | | | "

START_TEST(rules_cannot_match) {
    static const struct fit_example examples[] = {
        {"process where event.action == \"exec\"", NEVER "event.action is never \"exec\""},
        {"process where process.name : \"a\" and event.action in (\"a\", \"b\") and true",
         NEVER "event.action is never \"a\" or \"b\""},
        {"any where event.code in (\"1a\", \"2\\n\", \"3c\", \"4d\")",
         NEVER "event.code is never \"1a\", \"2\\x0A\", \"3c\" or \"4d\""},
        {"any where event.code in (\"1a\", \"2b\", \"3c\", \"4d\", \"5e\")",
         NEVER "event.code is never \"1a\", \"2b\", \"3c\" or 2 others"},
        {"any where event.module != \"windows\"", NEVER "event.module is always \"windows\""},
        {"any where not event.kind : \"e*\"", NEVER "event.kind is always \"e*\""},
        {"any where not not event.kind : \"x*\"", NEVER "event.kind is never \"x*\""},
        {"any where not event.kind != \"x\"", NEVER "event.kind is never \"x\""},
        {"authentication where process.name : \"a\"",
         NEVER "no Sysmon event has the category \"authentication\""},
        {"\"Process\" where true", NEVER "no Sysmon event has the category \"Process\""},
        {"process where process.Ext.x == 5",
         "cannot match | none | process.Ext.x | | no Sysmon event has process.Ext.x"},
        {"process where endsWith(process.name, process.Ext.x)",
         "cannot match | none | process.Ext.x | | no Sysmon event has process.Ext.x"},
        {"process where not process.Ext.x > 5",
         "cannot match | none | process.Ext.x | | no Sysmon event has process.Ext.x"},
        {"any where process.Ext.x", "cannot match | none | process.Ext.x | | "
                                    "no Sysmon event has process.Ext.x"},
        // Two parts that go together with no event.
        {"process where event.code == \"11\"",
         NEVER "event.code is never \"11\" in process events"},
        {"process where process.name : \"a\" and event.type == \"creation\" and file.name : \"b\"",
         NEVER "event.type is never \"creation\" in process events"},
        {"library where event.type == \"change\"",
         NEVER "event.type is never \"change\" in library events"},
        {"network where dll.path : \"a\"", NEVER "dll.path is missing in network events"},
        {"any where event.code == \"1\" and (event.type == \"end\" or registry.path : \"a\")",
         NEVER "event.type is never \"end\" in event 1; registry.path is missing in event 1"},
        {"file where event.code in (\"11\", \"15\") and event.type != \"access\" and "
         "event.type == \"access\"",
         NEVER "event.type is never \"access\" in events 1-8 11-14 16 17 19 20 22-29 255"},
        {"file where event.code in (\"11\", \"15\") and not event.type == \"deletion\" and "
         "event.action : \"PipeEvent*\"",
         NEVER "event.action is never \"PipeEvent*\" in events 11 15"},
        {"process where event.type : \"start\" and event.code != \"1\"",
         NEVER "event.code is always \"1\" in event 1"},
        // What is not needed is not named, be it last.
        {"file where event.code == \"1\" and event.outcome == null",
         NEVER "event.code is never \"1\" in file events"},
        // Each of several ways fails, for a reason of its own.
        {"any where event.action == \"exec\" or event.action == \"fork\" or event.action == \"exec\"",
         NEVER "event.action is never \"exec\"; event.action is never \"fork\""},
        {"any where event.action == \"exec\" or (process.name : \"a\" and process.y : \"b\")",
         "cannot match | none | | process.y | event.action is never \"exec\"; no Sysmon event has "
         "process.y"},
        {"any where (event.code == \"1\" and event.type == \"end\") or false",
         NEVER "event.type is never \"end\" in event 1; the condition at 1:58 never holds"},
        // Where there are no words for it, its place.
        {"any where false", NEVER "the condition at 1:11 never holds"},
        {"any where\n  not (event.kind == \"event\" or process.name : \"a\")",
         NEVER "the condition at 2:30 always holds"},
        {"any where event.kind == null", NEVER "the condition at 1:22 never holds"},
        {"process where event.type == \"start\" and event.code > \"1\"",
         NEVER "the condition at 1:52 never holds in event 1"},
        // Keys and stages.
        {"sequence by process.Ext.x [any where true] [any where true]",
         "cannot match | none > none | process.Ext.x | | stage 1: no Sysmon event has process.Ext.x"},
        {"sequence [any where true] by host.id [process where true] by dll.path "
         "[file where event.action == \"a\"] by host.id",
         "cannot match | any > 7 > none | | | stage 3: event.action is never \"a\""},
        {"sequence [any where true] by host.id [file where true] by dll.path",
         "cannot match | any > none | | | stage 2: dll.path is missing in file events"},
    };
    expect_fits(examples, COUNT(examples));
}
END_TEST

// ---- against the evaluator, which looks at events

static const char *const random_fields[] = {
    "event.action",
    "event.category",
    "event.code",
    "event.type",
    "event.outcome",
    "event.kind",
    "network.protocol",
    "process.name",
    "registry.path",
    "file.name",
    "dll.path",
    "process.Ext.x",
    "process.args",
    "winlog.event_data.Other",
    "process.pe.original_file_name",
};
static const char *const random_values[] = {
    "Process creation",
    "load",
    "process",
    "library",
    "1",
    "7",
    "start",
    "change",
    "failure",
    "event",
    "dns",
    "a",
    "a.exe",
    "HKLM\\\\a",
    "*",
    "?",
    "p*",
    "Process*",
};

static void add_random_field(struct buffer *out, struct random *random) {
    buffer_add_text(out, random_chance(random, 20) ? "?" : "");
    buffer_add_text(out, random_fields[random_below(random, COUNT(random_fields))]);
}

static void add_random_value(struct buffer *out, struct random *random) {
    buffer_printf(out, "\"%s\"", random_values[random_below(random, COUNT(random_values))]);
}

static void add_random_test(struct buffer *out, struct random *random) {
    static const char *const forms[] = {
        "F == V",
        "V == F",
        "F != V",
        "F : V",
        "F < V",
        "V <= F",
        "F > V",
        "F >= V",
        "F == null",
        "null != F",
        "F : (V, V)",
        "F in (V, V)",
        "F in~ (V, null)",
        "F like V",
        "F like~ (V, V)",
        "startsWith(F, V)",
        "startsWith~(F, V) == false",
        "stringContains(F, V)",
        "stringContains~(F, V)",
        "endsWith(F, V) != true",
        "length(F) > 4",
        "length(F) == null",
        "concat(F, F) == V",
        "F == concat(V, null)",
        "true",
        "false",
        "F regex~ \"a.*\"",
        "F not in (V, V)",
        "indexOf(F, V) != 0",
    };
    for (const char *at = forms[random_below(random, COUNT(forms))]; *at != '\0'; at++) {
        if (*at == 'F') {
            add_random_field(out, random);
        } else if (*at == 'V') {
            add_random_value(out, random);
        } else {
            buffer_add_byte(out, *at);
        }
    }
}

static void add_random_condition(struct buffer *out, struct random *random, unsigned depth) {
    static const char *const logic[] = {" and ", " or "};
    if (depth == 0 || random_chance(random, 25)) {
        add_random_test(out, random);
        return;
    }
    buffer_add_text(out, random_chance(random, 40) ? "not (" : "(");
    add_random_condition(out, random, depth - 1);
    buffer_add_text(out, logic[random_below(random, 2)]);
    add_random_condition(out, random, depth - 1);
    buffer_add_byte(out, ')');
}

static struct event *random_event(struct random *random) {
    static const char *const names[] = {"Image",       "TargetFilename",   "TargetObject",
                                        "ImageLoaded", "OriginalFileName", "CommandLine",
                                        "Other"};
    static const char *const values[] = {"a", "C:\\a.exe", "HKLM\\a", "a \"p b\"", ""};
    struct event_draft draft = {0};
    size_t id = 1 + random_below(random, 30);
    draft.head.id = (uint16_t)(id == 30 ? 255 : id);
    for (size_t i = 0; i < COUNT(names); i++) {
        const char *value = values[random_below(random, COUNT(values))];
        if (random_chance(random, 60)) {
            event_draft_add(&draft, event_data_named(names[i], strlen(names[i])), names[i],
                            strlen(names[i]), value, strlen(value));
        }
    }
    struct event *event = event_draft_finish(&draft);
    ck_assert_ptr_nonnull(event);
    event_draft_free(&draft);
    return event;
}

// What is certain by the event's ID is what the evaluator says of it.
static void expect_agreement(const struct eql_stage *stage, unsigned id,
                             enum condition_verdict verdict, unsigned kind, const char *text) {
    bool may_hold = false;
    bool must_hold = false;
    for (unsigned i = 0; i < event_kinds(id); i++) {
        unsigned outcomes = outcomes_of_stage(stage, id, i);
        bool is_it = verdict == CONDITION_FAILS || i == kind;
        ck_assert_uint_ne(outcomes, 0);
        may_hold = may_hold || (is_it && (outcomes & OUTCOME_TRUE) != 0);
        must_hold = must_hold || outcomes == OUTCOME_TRUE;
    }
    bool is_right =
        (may_hold || verdict == CONDITION_FAILS) && (!must_hold || verdict == CONDITION_HOLDS);
    ck_assert_msg(is_right, "event %u: %s: %s", id, text,
                  verdict == CONDITION_FAILS ? "fails" : "holds");
}

// How many of the events it holds for.
static size_t compare_on_events(struct conditions *conditions, const struct eql_stage *stage,
                                struct random *random, const char *text) {
    struct field_reader reader = {0};
    struct subject subject = {0};
    struct eql_error error = {0};
    size_t number = 0;
    size_t held = 0;
    ck_assert_msg(conditions_add(conditions, stage, &error, &number), "%s", error.text);
    for (int k = 0; k < 30; k++) {
        unsigned kind = 0;
        struct event *event = random_event(random);
        subject_set_event(&subject, event);
        field_reader_begin(&reader, &subject);
        enum condition_verdict verdict = conditions_judge(conditions, number, &reader, &kind);
        expect_agreement(stage, event->id, verdict, kind, text);
        held += verdict == CONDITION_HOLDS;
        free(event);
    }
    subject_free(&subject);
    field_reader_free(&reader);
    return held;
}

START_TEST(folding_agrees_with_the_evaluator) {
    static const char *const categories[] = {"any", "any", "process", "library", "file"};
    struct random random = {11};
    size_t held = 0;
    for (int i = 0; i < 4000; i++) {
        struct buffer out = {0};
        buffer_printf(&out, "%s where ", categories[random_below(&random, COUNT(categories))]);
        add_random_condition(&out, &random, 3);
        buffer_add_byte(&out, '\0');
        ck_assert(!out.failed);
        struct eql_query *query = parse(out.data);
        struct conditions *conditions = conditions_new();
        ck_assert_ptr_nonnull(conditions);
        held += compare_on_events(conditions, &query->stages[0], &random, out.data);
        conditions_free(conditions);
        eql_query_free(query);
        buffer_free(&out);
    }
    // Enough of both.
    ck_assert_uint_gt(held, 20000);
    ck_assert_uint_lt(held, 100000);
}
END_TEST

// ---- the list

static struct rule_set *load_rules(const char *list) {
    struct rule_files files = {0};
    ck_assert_int_eq(rule_files_add(&files, list, false), RULE_FILES_READ);
    struct rule_set *set = rule_set_new(&files);
    ck_assert_ptr_nonnull(set);
    return set;
}

static void expect_list(struct buffer *out, const char *path) {
    char *expected = read_file(path, NULL);
    buffer_add_byte(out, '\0');
    ck_assert(!out->failed);
    ck_assert_str_eq(out->data, expected);
    buffer_clear(out);
    free(expected);
}

START_TEST(rules_are_listed) {
    struct rule_set *rules = load_rules("testdata/rule_list/rules.ndjson");
    struct buffer out = {0};
    ck_assert_uint_eq(rules->count, 4);
    rule_list_add_text(&out, rules, 80);
    expect_list(&out, "testdata/rule_list/narrow.txt");
    rule_list_add_text(&out, rules, 0);
    expect_list(&out, "testdata/rule_list/wide.txt");
    rule_list_add_csv(&out, rules, false);
    expect_list(&out, "testdata/rule_list/list.csv");
    rule_list_add_jsonl(&out, rules);
    expect_list(&out, "testdata/rule_list/list.jsonl");
    buffer_free(&out);
    rule_set_free(rules);
}
END_TEST

// The width at which the names just find room: 20 for the longest ID, 8, 12 and 5 for severity,
// verdict and events, 52 for the longest name, 2 between them.
START_TEST(names_stand_where_there_is_room) {
    struct rule_set *rules = load_rules("wmi-script-execution");
    struct buffer out = {0};
    rule_list_add_text(&out, rules, 20 + 8 + 12 + 5 + 52 + 4 * 2);
    buffer_add_byte(&out, '\0');
    ck_assert_str_eq(out.data, "wmi-script-execution  medium    runs          7 > 1  "
                               "Windows Script Interpreter Executing Process via WMI\n\n"
                               "Rules that run: 1, run in part: 0, cannot match: 0\n");
    buffer_clear(&out);
    rule_list_add_text(&out, rules, 20 + 8 + 12 + 5 + 52 + 4 * 2 - 1);
    buffer_add_byte(&out, '\0');
    ck_assert_str_eq(out.data, "wmi-script-execution  medium    runs          7 > 1\n"
                               "    Windows Script Interpreter Executing Process via WMI\n\n"
                               "Rules that run: 1, run in part: 0, cannot match: 0\n");
    ck_assert(!out.failed);
    buffer_free(&out);
    rule_set_free(rules);
}
END_TEST

static void expect_lines_fit(const char *text, size_t width) {
    while (*text != '\0') {
        size_t size = strcspn(text, "\n");
        ck_assert_msg(size <= width, "too wide: %.*s", (int)size, text);
        text += size + 1;
    }
}

// Not in the tree: their licence is another. All load, and none looks at an event that the
// evaluator does not.
START_TEST(real_rules_are_listed) {
    struct rule_files files = {0};
    bool are_here = rule_files_add(&files, REAL_RULES, true) == RULE_FILES_READ;
    rule_files_free(&files);
    if (!are_here) {
        return;
    }
    struct rule_set *rules = load_rules(REAL_RULES);
    struct buffer out = {0};
    ck_assert_uint_eq(rules->files.error_count, 0);
    ck_assert_uint_gt(rules->count, 200);
    for (size_t i = 0; i < rules->count; i++) {
        struct rule_fit fit;
        ck_assert(rule_fit_make(&fit, rules->list[i].query));
        for (size_t k = 0; k < fit.stage_count; k++) {
            const struct rule_stage *stage = &rules->stages[rules->list[i].first_stage + k];
            ck_assert_uint_eq(fit.events[k] & ~stage->events, 0);
        }
        ck_assert((fit.verdict == RULE_CANNOT_MATCH) == (fit.reason != NULL));
        rule_fit_free(&fit);
    }
    rule_list_add_text(&out, rules, 80);
    buffer_add_byte(&out, '\0');
    ck_assert(!out.failed);
    expect_lines_fit(out.data, 80);
    buffer_free(&out);
    rule_set_free(rules);
}
END_TEST

void fit_tests(TCase *tests) {
    tcase_add_test(tests, tests_of_constants_are_exact);
    tcase_add_test(tests, missing_fields_fail);
    tcase_add_test(tests, logic_takes_null_for_false);
    tcase_add_test(tests, several_values_and_kinds);
    tcase_add_test(tests, stages_have_a_category);
    tcase_add_test(tests, rules_look_at_events);
    tcase_add_test(tests, rules_name_fields);
    tcase_add_test(tests, rules_cannot_match);
    tcase_add_test(tests, folding_agrees_with_the_evaluator);
    tcase_add_test(tests, rules_are_listed);
    tcase_add_test(tests, real_rules_are_listed);
    tcase_add_test(tests, names_stand_where_there_is_room);
}
