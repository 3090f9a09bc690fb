// SPDX-License-Identifier: GPL-3.0-or-later
// Tests of values that come again: events judged with what was found out about their values before
// are to the rules what they are to rules that know of none.
#include <stdlib.h>
#include <string.h>

#include "command.h" // for temporary directories
#include "evtx/binxml.h"
#include "evtx/view.h"
#include "random_log.h"
#include "rules/event_view.h"
#include "rules/recurring.h"
#include "rules/rule.h"
#include "suites.h"
#include "xmem.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

// More values than are remembered, and most of them seldom.
enum { EVENTS = 12000, OFTEN = 40, SELDOM = 9000, LONG = 300 };

static const char *const queries[] = {
    "process where process.name : (\"a1.exe\", \"A2.exe\", \"b*3.exe\")",
    "process where process.executable : \"*\\\\a?\\\\*\" and not process.name : \"a1.exe\"",
    "process where process.pe.original_file_name : \"A1.exe\" or process.name == \"x.exe\"",
    "process where process.args : (\"/c\", \"a4\") and process.command_line : \"*a5*\"",
    "process where process.parent.name regex~ \"a[0-9]\\\\.exe\"",
    "process where process.parent.executable == null and process.name != null",
    "process where length(process.command_line) > 600 or process.args_count == 3",
    "any where winlog.event_data.CommandLine : \"*11*\" and process.working_directory : \"?:\\\\*\"",
    "library where dll.name : \"a1.dll\" or dll.path : \"*a*\\\\a2.dll\"",
    "any where startsWith~(process.name, \"B\") and process.parent.name : \"a*\"",
};

static struct rule_set *make_rules(const char *directory) {
    struct rule_files files = {0};
    for (size_t i = 0; i < COUNT(queries); i++) {
        char *path = xformat("%s/%zu.eql", directory, i);
        FILE *file = fopen(path, "w");
        ck_assert_ptr_nonnull(file);
        ck_assert_int_gt(fprintf(file, "// id: q%zu\n%s\n", i, queries[i]), 0);
        ck_assert_int_eq(fclose(file), 0);
        free(path);
    }
    ck_assert_int_eq(rule_files_add(&files, directory, false), RULE_FILES_READ);
    struct rule_set *rules = rule_set_new(&files);
    ck_assert_ptr_nonnull(rules);
    ck_assert_uint_eq(rules->count, COUNT(queries));
    return rules;
}

// A number: few of them come often.
static size_t choose(struct random *random) {
    return random_below(random, random_chance(random, 70) ? OFTEN : SELDOM);
}

static char *make_path(struct random *random, const char *suffix) {
    static const char *const roots[] = {"C:\\a1\\", "D:\\A2\\x\\", "\\Device\\", ""};
    size_t number = choose(random);
    const char *root = roots[number % COUNT(roots)];
    char letter = "abAB"[number / 2 % 4];
    return xformat("%s%c%zu%s", root, letter, number, number % 11 == 10 ? "" : suffix);
}

static char *make_value(struct random *random, const char *name) {
    if (random_chance(random, 5)) {
        return xstrdup("-");
    }
    if (strstr(name, "CommandLine") == NULL) {
        return make_path(random, strcmp(name, "ImageLoaded") == 0 ? ".dll" : ".exe");
    }
    char *path = make_path(random, ".exe");
    // Some are longer than what is remembered.
    int width = random_chance(random, 20) ? LONG : 1;
    char *line = xformat("\"%s\" /c%*s a%zu", path, width, " ", random_below(random, 20));
    free(path);
    return line;
}

static struct evtx_log *make_log(struct random *random) {
    static const char *const names[] = {"Image",       "ParentImage",      "CommandLine",
                                        "ImageLoaded", "OriginalFileName", "CurrentDirectory"};
    struct evtx_log *log = evtx_log_new();
    for (size_t i = 0; i < EVENTS; i++) {
        struct log_event event;
        log_event_begin(&event, random_chance(random, 80) ? 1 : 7, random_chance(random, 20));
        for (size_t k = 0; k < COUNT(names); k++) {
            bool is_there = false;
            for (size_t f = 0; f < event.event.field_count; f++) {
                is_there = is_there || strcmp(event.fields[f].name, names[k]) == 0;
            }
            if (is_there) {
                char *value = make_value(random, names[k]);
                log_event_set(&event, names[k], value);
                free(value);
            }
        }
        evtx_log_add(log, &event.event);
        log_event_free(&event);
    }
    return log;
}

// One who remembers, and one who is told of events and knows none of their values.
struct judges {
    struct rule_set *rules, *other_rules;
    struct definitions *definitions;
    struct view view;
    struct subject subject, other;
    struct field_reader reader, other_reader;
    struct rule_hits hits, other_hits;
    struct event_draft draft;
    size_t judged;
    size_t hit[COUNT(queries)];
};

static void judge_record(struct judges *judges, const struct chunk *chunk,
                         const struct record *record) {
    const struct event_header header = {.record_id = 1};
    uint16_t id = 0;
    ck_assert(view_open(&judges->view, judges->definitions, chunk->data, record) &&
              view_open_data(&judges->view, judges->definitions) &&
              event_view_identify(&judges->view, &id) == EVENT_OK);
    subject_set_view(&judges->subject, &judges->view, id, &header);
    field_reader_begin(&judges->reader, &judges->subject);
    rule_set_judge(judges->rules, &judges->reader, &judges->hits);
    struct event *event = event_from_view(&judges->view, id, &header, &judges->draft);
    ck_assert_ptr_nonnull(event);
    subject_set_event(&judges->other, event);
    field_reader_begin(&judges->other_reader, &judges->other);
    rule_set_judge(judges->other_rules, &judges->other_reader, &judges->other_hits);
    const struct rule_hits *hits = &judges->hits;
    ck_assert_msg(hits->count == judges->other_hits.count &&
                      (hits->count == 0 || memcmp(hits->list, judges->other_hits.list,
                                                  hits->count * sizeof *hits->list) == 0),
                  "event %zu", judges->judged);
    for (size_t i = 0; i < hits->count; i++) {
        judges->hit[judges->rules->stages[hits->list[i].stage].rule]++;
    }
    judges->judged++;
    free(event);
}

static void judges_free(struct judges *judges) {
    rule_set_free(judges->rules);
    rule_set_free(judges->other_rules);
    definitions_free(judges->definitions);
    subject_free(&judges->subject);
    subject_free(&judges->other);
    field_reader_free(&judges->reader);
    field_reader_free(&judges->other_reader);
    rule_hits_free(&judges->hits);
    rule_hits_free(&judges->other_hits);
    event_draft_free(&judges->draft);
    free(judges);
}

START_TEST(events_are_judged_the_same) {
    static struct chunk chunk;
    struct random random = {7};
    size_t size = 0;
    char *directory = make_temporary_directory();
    struct names *names = event_view_names();
    struct judges *judges = xcalloc(1, sizeof *judges);
    judges->rules = make_rules(directory);
    judges->other_rules = make_rules(directory);
    judges->definitions = definitions_new(names);
    struct evtx_log *log = make_log(&random);
    const uint8_t *bytes = evtx_log_bytes(log, &size);
    for (size_t at = EVTX_HEADER_SIZE; at < size; at += CHUNK_SIZE) {
        chunk_survey(&chunk, bytes + at, at);
        definitions_start(judges->definitions, chunk.data);
        for (size_t i = 0; i < chunk.record_count; i++) {
            judge_record(judges, &chunk, &chunk.records[i]);
        }
    }
    ck_assert_uint_eq(judges->judged, EVENTS);
    for (size_t i = 0; i < COUNT(queries); i++) {
        ck_assert_msg(judges->hit[i] > 10 && judges->hit[i] < EVENTS * 9 / 10, "%s: %zu",
                      queries[i], judges->hit[i]);
    }
    evtx_log_free(log);
    judges_free(judges);
    names_free(names);
    remove_tree(directory);
    free(directory);
}
END_TEST

// The number of the value when it comes again; 0 where it is not remembered.
static uint64_t number_of(struct recurring *recurring, enum event_data data, uint8_t type,
                          const char *bytes, size_t size) {
    const struct value value = {type, false, (uint32_t)size, (const uint8_t *)bytes};
    (void)recurring_find(recurring, data, &value);
    const struct recurring_value *found = recurring_find(recurring, data, &value);
    return found == NULL ? 0 : found->number;
}

START_TEST(other_values_have_other_numbers) {
    static const char text[2048];
    struct recurring *recurring = recurring_new();
    ck_assert_ptr_nonnull(recurring);
    const struct value value = {TYPE_STRING, false, 16, (const uint8_t *)text};
    ck_assert_ptr_null(recurring_find(recurring, DATA_IMAGE, &value));
    uint64_t number = number_of(recurring, DATA_IMAGE, TYPE_STRING, text, 16);
    ck_assert_uint_gt(number, 0);
    ck_assert_uint_eq(number_of(recurring, DATA_IMAGE, TYPE_STRING, text, 16), number);
    ck_assert_uint_ne(number_of(recurring, DATA_IMAGE, TYPE_STRING, text, 18), number);
    ck_assert_uint_ne(number_of(recurring, DATA_IMAGE, TYPE_GUID, text, 16), number);
    ck_assert_uint_ne(number_of(recurring, DATA_USER, TYPE_STRING, text, 16), number);
    ck_assert_uint_ne(number_of(recurring, DATA_IMAGE, TYPE_STRING, "0123456789abcdef", 16),
                      number);
    ck_assert_uint_eq(number_of(recurring, DATA_IMAGE, TYPE_STRING, text, sizeof text), 0);
    recurring_free(recurring);
}
END_TEST

START_TEST(numbers_come_once) {
    struct recurring *recurring = recurring_new();
    ck_assert_ptr_nonnull(recurring);
    uint64_t last = 0;
    for (unsigned i = 0; i < 100000; i++) {
        uint64_t number = number_of(recurring, DATA_IMAGE, TYPE_STRING, (const char *)&i, sizeof i);
        ck_assert_uint_gt(number, last);
        last = number;
    }
    recurring_free(recurring);
}
END_TEST

void recurring_tests(TCase *tests) {
    tcase_add_test(tests, events_are_judged_the_same);
    tcase_add_test(tests, other_values_have_other_numbers);
    tcase_add_test(tests, numbers_come_once);
}
