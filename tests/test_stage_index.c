// SPDX-License-Identifier: GPL-3.0-or-later
// Which conditions an event may meet: what the index leaves out must fail.
#include <stdlib.h>

#include "judged.h"
#include "random_condition.h"
#include "rules/eql_parser.h"
#include "rules/stage_index.h"
#include "suites.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum { QUERIES_MAX = 64 };

// Queries, and an index over them for events of one ID.
struct indexed {
    struct conditions *conditions;
    struct compiled queries[QUERIES_MAX];
    size_t numbers[QUERIES_MAX];
    size_t count;
};

static void add(struct indexed *indexed, const char *query) {
    if (indexed->conditions == NULL) {
        indexed->conditions = conditions_new();
        ck_assert_ptr_nonnull(indexed->conditions);
    }
    indexed->queries[indexed->count] = judged_compile(indexed->conditions, query);
    indexed->numbers[indexed->count] = indexed->queries[indexed->count].number;
    indexed->count++;
}

static void release(struct indexed *indexed) {
    conditions_free(indexed->conditions);
    for (size_t i = 0; i < indexed->count; i++) {
        eql_query_free(indexed->queries[i].query);
    }
}

// The bits of the queries that the event may meet.
static uint64_t search(const struct indexed *indexed, struct judged *judged) {
    struct guards *guards = guards_new(indexed->conditions);
    ck_assert_ptr_nonnull(guards);
    struct stage_index *index =
        stage_index_new(guards, judged->subject.id, indexed->numbers, indexed->count);
    guards_free(guards);
    ck_assert_ptr_nonnull(index);
    uint64_t found = *stage_index_search(index, &judged->reader);
    ck_assert(!judged->reader.name_stands_in);
    stage_index_free(index);
    return found;
}

// ---- cases written down

// So common in the rules that a name is no good guard, though short to look through.
enum { COMMON_TIMES = 10 };
static const char *const common[] = {
    "any where process.command_line : (\"*cmd.exe*\", \"*powershell*\", \"*System32*\")",
    "any where process.parent.name : (\"cmd.exe\", \"powershell.exe\")",
    "any where process.name : \"cmd.exe\" or process.name : \"powershell.exe\"",
};

static const char *const queries[] = {
    // What must be in a value, in any case.
    "process where process.name : \"CMD.exe\"",
    "process where process.name : \"c*d.exe\"",
    "process where process.name == \"cmd\"",
    "any where process.command_line : \"*whoami*\"",
    "any where process.command_line : (\"*whoami\", \"*hostname\")",
    "any where startsWith(process.command_line, \"C:\\\\Win\")",
    // One of several texts.
    "any where process.name : (\"a.exe\", \"cmd.exe\")",
    "any where process.args : (\"/d\", \"/c\")",
    "any where process.args : (\"/d\", \"/e\")",
    // Of `and` the rarest.
    "any where process.name : \"cmd.exe\" and process.command_line : \"*qwertz*\"",
    "any where process.command_line : \"*qwertz*\" and process.name : \"cmd.exe\"",
    "any where process.name : \"cmd.exe\" and process.command_line : \"*hoam*\"",
    "any where process.command_line : \"*system32*qwertz?*\"",
    // Of `or` both.
    "any where process.name : \"a.exe\" or process.command_line : \"*hoam*\"",
    "any where process.name : \"a.exe\" or process.command_line : \"*qwertz*\"",
    // What is negated twice.
    "any where not (process.name != \"a.exe\" or user.name : \"x\")",
    "any where not (process.name != \"cmd.exe\" or user.name : \"x\")",
    // No guard.
    "any where process.name != \"cmd.exe\"",
    "any where length(process.name) > 100",
    "any where process.name : \"a.exe\" or process.name regex \"[a-b]\"",
    "any where process.command_line : \"*xy*\"",
    // What the event ID decides.
    "registry where process.name : \"cmd.exe\"",
    "any where event.type == \"start\" and process.name : \"a.exe\"",
    "any where event.type == \"end\" or process.name : \"a.exe\"",
    "any where event.type == \"start\" or process.name : \"a.exe\"",
    "any where registry.path : \"*\"",
    // The name stands in for what the record does not carry.
    "any where process.pe.original_file_name : \"cmd.exe\"",
    "any where process.pe.original_file_name : \"a.exe\"",
};

// Of an event 1 of C:\Windows\System32\cmd.exe, `cmd /c "whoami /all"`.
static const bool wanted[] = {
    true,  true,  false, true, true, false, true, true,  false, false, false, true,  false, true,
    false, false, true,  true, true, true,  true, false, false, false, true,  false, true,  false,
};

START_TEST(what_an_event_may_meet) {
    struct indexed indexed = {0};
    struct judged judged = {0};
    struct plain_event event = {.id = 1};
    plain_event_add(&event, "Image", "C:\\Windows\\System32\\cmd.exe");
    plain_event_add(&event, "CommandLine", "cmd /c \"whoami /all\"");
    for (size_t i = 0; i < COUNT(queries); i++) {
        add(&indexed, queries[i]);
    }
    for (size_t i = 0; i < COMMON_TIMES * COUNT(common); i++) {
        add(&indexed, common[i % COUNT(common)]);
    }
    judged_begin(&judged, &event);
    uint64_t found = search(&indexed, &judged);
    for (size_t i = 0; i < COUNT(queries); i++) {
        ck_assert_msg((found >> i & 1) == wanted[i], "%s\nmay%s hold?", queries[i],
                      wanted[i] ? " not" : "");
    }
    judged_end(&judged);
    plain_event_free(&event);
    release(&indexed);
}
END_TEST

// ---- random ones

enum { BATCHES = 150, BATCH_QUERIES = 40, BATCH_EVENTS = 40 };

struct tally {
    size_t met, left_out;
};

static void compare(const struct indexed *indexed, struct judged *judged,
                    const struct plain_event *event, struct tally *tally) {
    uint64_t found = search(indexed, judged);
    for (size_t i = 0; i < indexed->count; i++) {
        unsigned kind = 0;
        bool is_met = conditions_judge(indexed->conditions, indexed->numbers[i], &judged->reader,
                                       &kind) != CONDITION_FAILS;
        bool is_found = (found >> i & 1) != 0;
        if (is_met && !is_found) {
            char *description = judged_describe(event);
            ck_abort_msg("a condition was left out that holds: its number is %zu\n%s", i,
                         description);
        }
        tally->met += is_met;
        tally->left_out += !is_found;
    }
}

static void run_batch(struct random *random, struct tally *tally) {
    struct indexed indexed = {0};
    struct judged judged = {0};
    for (size_t i = 0; i < BATCH_QUERIES; i++) {
        char *query = random_query(random);
        add(&indexed, query);
        free(query);
    }
    for (size_t i = 0; i < BATCH_EVENTS; i++) {
        struct plain_event event = {0};
        random_plain_event(random, &event);
        judged_begin(&judged, &event);
        compare(&indexed, &judged, &event, tally);
        plain_event_free(&event);
    }
    judged_end(&judged);
    release(&indexed);
}

START_TEST(what_is_left_out_fails) {
    struct random random = {7};
    struct tally tally = {0};
    for (size_t i = 0; i < BATCHES; i++) {
        run_batch(&random, &tally);
    }
    ck_assert_msg(tally.met > 50000 && tally.left_out > 50000, "%zu met, %zu left out", tally.met,
                  tally.left_out);
}
END_TEST

void stage_index_tests(TCase *tests) {
    tcase_add_test(tests, what_an_event_may_meet);
    tcase_add_test(tests, what_is_left_out_fails);
}
