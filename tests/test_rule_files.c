// SPDX-License-Identifier: GPL-3.0-or-later
// Rule files. testdata/rules has one file a case, testdata/rules.expected what is to
// come of each.
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"
#include "rules/builtin.h"
#include "rules/eql_check.h"
#include "rules/eql_parser.h"
#include "rules/rule_files.h"
#include "suites.h"
#include "xmem.h"

#define SHARED_RULES "../shared/rules"

// What came of rule files, as text.

static void describe_text(struct buffer *out, const char *key, const char *text) {
    if (text == NULL) {
        return;
    }
    buffer_printf(out, "  %s: ", key);
    for (; *text != '\0'; text++) {
        buffer_add_text(out, *text == '\n' ? "\\n" : (char[]){*text, '\0'});
    }
    buffer_add_byte(out, '\n');
}

static void describe_texts(struct buffer *out, const char *key, const struct rule_texts *texts) {
    for (size_t i = 0; i < texts->count; i++) {
        describe_text(out, key, texts->items[i]);
    }
}

static void describe_attack(struct buffer *out, const struct rule_attack *attack) {
    const struct rule_attack_name *const names[] = {&attack->tactic, &attack->technique,
                                                    &attack->subtechnique};
    buffer_add_text(out, "  attack:");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (names[i]->id != NULL) {
            buffer_printf(out, " [%s|%s|%s]", names[i]->id,
                          names[i]->name == NULL ? "" : names[i]->name,
                          names[i]->reference == NULL ? "" : names[i]->reference);
        }
    }
    buffer_add_byte(out, '\n');
}

// With the places in the file of the query's first and last character that is no white space.
static void describe_query(struct buffer *out, const struct rule_text *rule) {
    size_t first = strspn(rule->query, " \t\n");
    size_t last = strlen(rule->query) - 1;
    while (strchr(" \t\r\n", rule->query[last]) != NULL) {
        last--;
    }
    while (((unsigned char)rule->query[last] & 0xc0) == 0x80) {
        last--;
    }
    struct source_place from = source_map_place(&rule->map, rule->query, first);
    struct source_place to = source_map_place(&rule->map, rule->query, last);
    buffer_printf(out, "  query %zu:%zu-%zu:%zu\n", from.line, from.column, to.line, to.column);
    describe_text(out, "text", rule->query);
}

static void describe_rule(struct buffer *out, const struct rule_text *rule) {
    buffer_printf(out, "rule %s | %s | %s | %d%s\n", rule->id, rule->name,
                  rule_severity_name(rule->severity), rule->risk_score,
                  rule->repeat ? " | repeat" : "");
    if (rule->version != 0) {
        buffer_printf(out, "  version: %d\n", (int)rule->version);
    }
    describe_text(out, "description", rule->description);
    describe_text(out, "note", rule->note);
    describe_text(out, "setup", rule->setup);
    describe_text(out, "license", rule->license);
    describe_texts(out, "author", &rule->authors);
    describe_texts(out, "false positive", &rule->false_positives);
    describe_texts(out, "reference", &rule->references);
    describe_texts(out, "index", &rule->index);
    for (size_t i = 0; i < rule->attack_count; i++) {
        describe_attack(out, &rule->attacks[i]);
    }
    describe_query(out, rule);
}

static void describe(struct buffer *out, const struct rule_files *files) {
    static const char *const left_out[RULE_RESULT_COUNT] = {
        [RULE_NOT_EQL] = "not EQL",
        [RULE_DEPRECATED] = "deprecated",
        [RULE_OTHER_SOURCE] = "other source",
    };
    for (size_t i = 0; i < files->count; i++) {
        describe_rule(out, &files->rules[i]);
    }
    for (size_t i = 0; i < RULE_RESULT_COUNT; i++) {
        if (left_out[i] != NULL && files->results[i] > 0) {
            buffer_printf(out, "left out, %s: %zu\n", left_out[i], files->results[i]);
        }
    }
    for (size_t i = 0; i < files->error_count; i++) {
        source_error_add(out, &files->errors[i]);
    }
    for (size_t i = 0; i < files->note_count; i++) {
        buffer_printf(out, "note: %s\n", files->notes[i]);
    }
}

static void expect_text(struct buffer *text, const char *expected) {
    buffer_add_byte(text, '\0');
    ck_assert(!text->failed);
    const char *line = text->data;
    const char *other = expected;
    for (size_t i = 0; text->data[i] == expected[i] && expected[i] != '\0'; i++) {
        if (expected[i] == '\n') {
            line = text->data + i + 1;
            other = expected + i + 1;
        }
    }
    if (strcmp(line, other) != 0) {
        ck_abort_msg("from here on it is\n%.600s\nnot\n%.600s", line, other);
    }
    buffer_free(text);
}

START_TEST(files_say_what_is_expected) {
    struct buffer text = {0};
    glob_t paths;
    ck_assert_int_eq(glob("testdata/rules/*", 0, NULL, &paths), 0);
    for (size_t i = 0; i < paths.gl_pathc; i++) {
        struct rule_files files = {0};
        buffer_printf(&text, "== %s\n", paths.gl_pathv[i]);
        ck_assert_int_eq(rule_files_add(&files, paths.gl_pathv[i], false), RULE_FILES_READ);
        describe(&text, &files);
        rule_files_free(&files);
    }
    globfree(&paths);
    char *expected = read_file("testdata/rules.expected", &(size_t){0});
    expect_text(&text, expected);
    free(expected);
}
END_TEST

// Lists. A rule of a case below is "ID PATH".

static void expect_rules(const struct rule_files *files, const char *expected) {
    struct buffer text = {0};
    for (size_t i = 0; i < files->count; i++) {
        buffer_printf(&text, "%s %s\n", files->rules[i].id, files->rules[i].path);
    }
    for (size_t i = 0; i < files->error_count; i++) {
        source_error_add(&text, &files->errors[i]);
    }
    for (size_t i = 0; i < files->note_count; i++) {
        buffer_printf(&text, "note: %s\n", files->notes[i]);
    }
    expect_text(&text, expected);
}

struct list_case {
    const char *lists[3]; // one after the other
    enum rule_files_result result;
    const char *expected;
};

#define PROCESS "wmi-process-creation rules/wmi-process-creation.toml\n"
#define EXECUTION "wmi-script-execution rules/wmi-script-execution.toml\n"
#define LOAD "wmi-script-image-load rules/wmi-script-image-load.toml\n"
#define NEITHER ": expected a rule file, a directory or a built-in rule\n"

static void expect_lists(const struct list_case *cases, size_t count) {
    for (size_t i = 0; i < count; i++) {
        struct rule_files files = {0};
        enum rule_files_result result = RULE_FILES_READ;
        for (size_t k = 0; k < 3 && cases[i].lists[k] != NULL; k++) {
            result = rule_files_add(&files, cases[i].lists[k], false);
        }
        ck_assert_msg(result == cases[i].result, "%s: %d", cases[i].lists[0], result);
        expect_rules(&files, cases[i].expected);
        rule_files_free(&files);
    }
}

START_TEST(lists_name_rules_and_files) {
    static const struct list_case cases[] = {
        {{"wmi-script-execution"}, RULE_FILES_READ, EXECUTION},
        {{"all"}, RULE_FILES_READ, PROCESS EXECUTION LOAD},
        {{"wmi-script-image-load,wmi-script-execution"}, RULE_FILES_READ, LOAD EXECUTION},
        {{"wmi-script-image-load", "wmi-script-execution"}, RULE_FILES_READ, LOAD EXECUTION},
        {{"testdata/rules/plain.eql"}, RULE_FILES_READ, "plain testdata/rules/plain.eql\n"},
        {{"wmi-script-execution,testdata/rules/plain.eql"},
         RULE_FILES_READ,
         EXECUTION "plain testdata/rules/plain.eql\n"},
        {{"none"}, RULE_FILES_UNKNOWN, "none" NEITHER},
        {{"none.toml,wmi-script-execution"}, RULE_FILES_UNKNOWN, "none.toml" NEITHER},
        {{"wmi-script-execution,"}, RULE_FILES_UNKNOWN, EXECUTION NEITHER},
        {{""}, RULE_FILES_UNKNOWN, NEITHER},
        {{"tests/test_rule_files.c"},
         RULE_FILES_READ,
         "tests/test_rule_files.c: expected a name that ends in .toml, .json, .ndjson or .eql\n"},
        {{"fuzz"}, RULE_FILES_READ, "fuzz: expected a directory with rule files in it\n"},
        // Of one ID the later counts.
        {{"rules/wmi-process-creation.toml", "all", "rules/wmi-script-image-load.toml"},
         RULE_FILES_READ,
         PROCESS EXECUTION LOAD
         "note: rules/wmi-process-creation.toml: rule wmi-process-creation replaces that of "
         "rules/wmi-process-creation.toml\n"
         "note: rules/wmi-script-image-load.toml: rule wmi-script-image-load replaces that of "
         "rules/wmi-script-image-load.toml\n"},
    };
    expect_lists(cases, sizeof cases / sizeof *cases);
}
END_TEST

// Writes a rule of this ID.
static void write_rule(const char *directory, const char *name, const char *id) {
    char *path = xformat("%s/%s", directory, name);
    char *text = xformat("// id: %s\nany where true\n", id);
    make_parents(path);
    write_file(path, text, strlen(text));
    free(text);
    free(path);
}

static void make_link(const char *directory, const char *name, const char *target) {
    char *path = xformat("%s/%s", directory, name);
    ck_assert_int_eq(symlink(target, path), 0);
    free(path);
}

static void make_large_file(const char *directory, const char *name) {
    char *path = xformat("%s/%s", directory, name);
    int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(ftruncate(fd, RULE_FILE_SIZE_MAX + 1), 0);
    (void)close(fd);
    free(path);
}

// In a directory of its own, which is then the current one, so that paths are as written here.
static char *enter_directory(void) {
    char *directory = make_temporary_directory();
    ck_assert_int_eq(chdir(directory), 0);
    return directory;
}

static void leave_directory(char *directory) {
    ck_assert_int_eq(chdir("/"), 0);
    remove_tree(directory);
    free(directory);
}

START_TEST(directories_are_walked) {
    char *directory = enter_directory();
    // As names "sub" comes before "sub.eql", as paths it comes after.
    write_rule(directory, "d/sub.eql", "sub");
    write_rule(directory, "d/sub/b.eql", "b");
    write_rule(directory, "d/sub/deep/a.eql", "a");
    write_rule(directory, "d/.hidden.eql", "hidden");
    write_rule(directory, "d/README.md", "no-rule");
    write_rule(directory, "d/sub/deep/C.EQL", "capitals");
    write_rule(directory, "d/z.eql", "b");
    write_rule(directory, "other/x.eql", "linked");
    make_link(directory, "d/link.eql", "../other/x.eql");
    make_link(directory, "d/link", "../other");
    make_link(directory, "d/loop", ".");
    make_link(directory, "d/text", "README.md");
    make_link(directory, "named", "d");
    make_link(directory, "named.eql", "d/z.eql");
    static const struct list_case cases[] = {
        {{"d"},
         RULE_FILES_READ,
         "hidden d/.hidden.eql\nsub d/sub.eql\nb d/z.eql\ncapitals d/sub/deep/C.EQL\n"
         "a d/sub/deep/a.eql\n"
         "note: d/link: is a link or no regular file, not followed\n"
         "note: d/link.eql: is a link or no regular file, not followed\n"
         "note: d/loop: is a link or no regular file, not followed\n"
         "note: d/z.eql: rule b replaces that of d/sub/b.eql\n"},
        {{"d/sub/"},
         RULE_FILES_READ,
         "b d/sub/b.eql\ncapitals d/sub/deep/C.EQL\na d/sub/deep/a.eql\n"},
        {{"named/sub,named.eql"},
         RULE_FILES_READ,
         "b named.eql\ncapitals named/sub/deep/C.EQL\na named/sub/deep/a.eql\nnote: named.eql: rule b replaces that of "
         "named/sub/b.eql\n"},
    };
    expect_lists(cases, sizeof cases / sizeof *cases);
    leave_directory(directory);
}
END_TEST

START_TEST(paths_come_before_names) {
    char *directory = enter_directory();
    write_rule(directory, "all/x.eql", "x");
    write_rule(directory, "a,b/all.eql", "y");
    write_rule(directory, "a,b.eql", "comma");
    static const struct list_case cases[] = {
        {{"all"}, RULE_FILES_READ, "x all/x.eql\n"},
        {{"a,b"}, RULE_FILES_READ, "y a,b/all.eql\n"},
        {{"a,b.eql"}, RULE_FILES_READ, "comma a,b.eql\n"},
        {{"wmi-script-execution,all"}, RULE_FILES_READ, EXECUTION "x all/x.eql\n"},
        {{"a,all"}, RULE_FILES_UNKNOWN, "a" NEITHER},
    };
    expect_lists(cases, sizeof cases / sizeof *cases);
    leave_directory(directory);
}
END_TEST

START_TEST(what_cannot_be_read_is_named) {
    char *directory = enter_directory();
    write_rule(directory, "d/x.eql", "x");
    make_large_file(directory, "d/large.eql");
    ck_assert_int_eq(mkfifo("fifo.eql", 0600), 0);
    ck_assert_int_eq(mkdir("d/dir.eql", 0700), 0);
    make_link(directory, "loop.eql", "loop.eql");
    static const struct list_case cases[] = {
        {{"d"}, RULE_FILES_READ, "x d/x.eql\nd/large.eql: expected at most 67108864 bytes\n"},
        {{"fifo.eql"}, RULE_FILES_READ, "fifo.eql: expected a regular file\n"},
        {{"loop.eql"}, RULE_FILES_UNKNOWN, "loop.eql" NEITHER},
    };
    expect_lists(cases, sizeof cases / sizeof *cases);
    leave_directory(directory);
}
END_TEST

START_TEST(any_index_takes_other_sources) {
    struct rule_files files = {0};
    ck_assert_int_eq(rule_files_add(&files, "testdata/rules/other_source.toml", true),
                     RULE_FILES_READ);
    expect_rules(&files, "other-source testdata/rules/other_source.toml\n");
    ck_assert_uint_eq(files.results[RULE_OTHER_SOURCE], 0);
    rule_files_free(&files);
}
END_TEST

START_TEST(errors_in_queries_have_the_files_place) {
    static const struct {
        const char *path;
        const char *part; // of the query
        const char *expected;
    } cases[] = {
        {"testdata/rules/full.toml", "network",
         "testdata/rules/full.toml:40:4: x\n    [network where process.name : \"a.exe\"]\n     ^\n"},
        {"testdata/rules/windows.toml", "user",
         "testdata/rules/windows.toml:9:3: x\n    user.name : \"x\"\n    ^\n"},
        {"testdata/rules/array.json", "user.domain",
         "testdata/rules/array.json:4:67: x\n   user.domain : \"x\"\n   ^\n"},
        {"testdata/rules/notes.eql", "process",
         "testdata/rules/notes.eql:11:1: x\n  process where process.name : \"x.exe\"\n  ^\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rule_files files = {0};
        struct source_error error;
        struct buffer text = {0};
        ck_assert_int_eq(rule_files_add(&files, cases[i].path, false), RULE_FILES_READ);
        const char *query = files.rules[0].query;
        size_t at = (size_t)(strstr(query, cases[i].part) - query);
        ck_assert(rule_text_error(&files.rules[0], at, "x", &error));
        source_error_add(&text, &error);
        expect_text(&text, cases[i].expected);
        source_error_free(&error);
        rule_files_free(&files);
    }
}
END_TEST

static void expect_query(const struct rule_text *rule) {
    struct eql_error error = {0};
    struct eql_query *query = eql_parse(rule->query, strlen(rule->query), &error);
    if (query == NULL || !eql_check(query, &error)) {
        ck_abort_msg("%s:%u:%u: %s", rule->path, error.place.line, error.place.column, error.text);
    }
    eql_query_free(query);
}

static void expect_builtin(const struct builtin_rule *builtin, const char *path) {
    size_t size = 0;
    char *text = read_file(path, &size);
    ck_assert_uint_eq(size, builtin->size);
    ck_assert_int_eq(memcmp(text, builtin->text, size + 1), 0);
    free(text);
    char *named = xformat("rules/%s.toml", builtin->id);
    ck_assert_str_eq(named, path);
    free(named);
    struct rule_files files = {0};
    ck_assert_int_eq(rule_files_add(&files, builtin->id, false), RULE_FILES_READ);
    ck_assert_uint_eq(files.count, 1);
    const struct rule_text *rule = &files.rules[0];
    ck_assert_str_eq(rule->id, builtin->id);
    ck_assert_int_eq(rule->repeat, strcmp(rule->id, "wmi-script-execution") == 0);
    ck_assert(rule->description != NULL && rule->note != NULL && rule->setup != NULL);
    ck_assert_uint_gt(rule->attack_count, 0);
    expect_query(rule);
    rule_files_free(&files);
}

START_TEST(built_in_rules_are_the_files) {
    size_t count = 0;
    const struct builtin_rule *rules = builtin_rules(&count);
    glob_t paths;
    ck_assert_int_eq(glob("rules/*.toml", 0, NULL, &paths), 0);
    ck_assert_uint_eq(paths.gl_pathc, count);
    for (size_t i = 0; i < count; i++) {
        expect_builtin(&rules[i], paths.gl_pathv[i]);
    }
    globfree(&paths);
}
END_TEST

// Counted by Python's tomllib over the 266 files: 19 are not EQL, 2 of the others deprecated, 33 of
// the rest of other sources.
START_TEST(elastics_rules_are_read) {
    struct rule_files files = {0};
    if (access(SHARED_RULES, R_OK) != 0) {
        return;
    }
    ck_assert_int_eq(rule_files_add(&files, SHARED_RULES, false), RULE_FILES_READ);
    ck_assert_uint_eq(files.error_count, 0);
    ck_assert_uint_eq(files.note_count, 0);
    ck_assert_uint_eq(files.count, 212);
    ck_assert_uint_eq(files.results[RULE_NOT_EQL], 19);
    ck_assert_uint_eq(files.results[RULE_DEPRECATED], 2);
    ck_assert_uint_eq(files.results[RULE_OTHER_SOURCE], 33);
    for (size_t i = 0; i < files.count; i++) {
        expect_query(&files.rules[i]);
    }
    rule_files_free(&files);
}
END_TEST

// A file that is not JSON at all must not make an error of every line.
START_TEST(broken_json_is_given_up) {
    char *directory = enter_directory();
    struct buffer text = {0};
    for (int i = 0; i < 1000; i++) {
        buffer_add_text(&text, "{x\n");
    }
    write_file("broken.json", text.data, text.size);
    struct rule_files files = {0};
    ck_assert_int_eq(rule_files_add(&files, "broken.json", false), RULE_FILES_READ);
    ck_assert_uint_eq(files.error_count, 100);
    ck_assert_str_ne(files.errors[98].message, files.errors[99].message);
    ck_assert_str_eq(files.errors[99].message, "expected JSON; the rest of the file is not read");
    ck_assert_uint_eq(files.errors[99].place.line, 100);
    rule_files_free(&files);
    buffer_free(&text);
    leave_directory(directory);
}
END_TEST

// NDJSON of many rules takes a time in step with its size, also on one line.
START_TEST(many_rules_in_one_file) {
    char *directory = enter_directory();
    struct buffer text = {0};
    buffer_add_byte(&text, '[');
    for (int i = 0; i < 20000; i++) {
        buffer_printf(&text,
                      "%s{\"rule_id\":\"%d\",\"type\":\"eql\",\"name\":\"x\",\"severity\":\"low\","
                      "\"risk_score\":1,\"query\":\"any where true\"}",
                      i == 0 ? "" : ",", i);
    }
    buffer_add_byte(&text, ']');
    write_file("many.json", text.data, text.size);
    struct rule_files files = {0};
    ck_assert_int_eq(rule_files_add(&files, "many.json", false), RULE_FILES_READ);
    ck_assert_uint_eq(files.count, 20000);
    ck_assert_uint_eq(files.error_count, 0);
    const struct rule_text *last = &files.rules[19999];
    ck_assert_str_eq(last->id, "19999");
    struct source_place place = source_map_place(&last->map, last->query, 14);
    ck_assert_uint_eq(place.column, text.size - 2);
    rule_files_free(&files);
    buffer_free(&text);
    leave_directory(directory);
}
END_TEST

void rule_files_tests(TCase *tests) {
    tcase_add_test(tests, files_say_what_is_expected);
    tcase_add_test(tests, lists_name_rules_and_files);
    tcase_add_test(tests, directories_are_walked);
    tcase_add_test(tests, paths_come_before_names);
    tcase_add_test(tests, what_cannot_be_read_is_named);
    tcase_add_test(tests, any_index_takes_other_sources);
    tcase_add_test(tests, errors_in_queries_have_the_files_place);
    tcase_add_test(tests, built_in_rules_are_the_files);
    tcase_add_test(tests, elastics_rules_are_read);
    tcase_add_test(tests, broken_json_is_given_up);
    tcase_add_test(tests, many_rules_in_one_file);
}
