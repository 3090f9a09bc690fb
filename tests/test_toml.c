// SPDX-License-Identifier: GPL-3.0-or-later
// The TOML reader, against cases written down and against Python's tomllib.
//
// Environment: PYTHON, an interpreter of 3.11 or later (/usr/bin/python3).
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "rules/toml.h"
#include "suites.h"
#include "xmem.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static struct source_text source_of(const char *text, size_t size) {
    return (struct source_text){
        .path = "x.toml", .text = text, .size = size, .start = {.line = 1, .column = 1}};
}

// The tree as JSON on one line, keys in order; or "LINE:COLUMN: what was expected".
static char *read_text(const char *text, size_t size) {
    // A copy of its own, so that a sanitizer sees every byte read after its end.
    char *copy = xmalloc(size + (size == 0));
    memcpy(copy, text, size);
    struct source_text source = source_of(copy, size);
    struct toml toml;
    struct source_error error;
    char *result = NULL;
    if (toml_read(&toml, &source, &error)) {
        result = json_dumps(toml.root, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENSURE_ASCII);
        ck_assert_ptr_nonnull(result);
        toml_free(&toml);
    } else {
        ck_assert_ptr_nonnull(error.message);
        result = xformat("%zu:%zu: %s", error.place.line, error.place.column, error.message);
        source_error_free(&error);
    }
    free(copy);
    return result;
}

struct reading {
    const char *text;
    const char *result;
};

static void expect_readings(const struct reading *readings, size_t count) {
    for (size_t i = 0; i < count; i++) {
        char *result = read_text(readings[i].text, strlen(readings[i].text));
        ck_assert_msg(strcmp(result, readings[i].result) == 0, "%s\n=> %s\nnot %s",
                      readings[i].text, result, readings[i].result);
        free(result);
    }
}

START_TEST(values_are_read) {
    static const struct reading readings[] = {
        {"", "{}"},
        {" \t\n\r\n# only a comment", "{}"},
        {"a = 1 # one\nb=-2\nc =+3\nd = 1_000\ne = -0",
         "{\"a\":1,\"b\":-2,\"c\":3,\"d\":1000,\"e\":0}"},
        {"a = 9223372036854775807\nb = -9223372036854775808",
         "{\"a\":9223372036854775807,\"b\":-9223372036854775808}"},
        {"a = 1.5\nb = -0.25\nc = 1e3\nd = 5E-1\ne = 1_0.0_1",
         "{\"a\":1.5,\"b\":-0.25,\"c\":1000.0,\"d\":0.5,\"e\":10.01}"},
        {"a = true\nb = false", "{\"a\":true,\"b\":false}"},
        {"a = []\nb = [1, 'x', [true]]\nc = [\n  1, # one\n\n  2,\n]",
         "{\"a\":[],\"b\":[1,\"x\",[true]],\"c\":[1,2]}"},
        {"a = {}\nb = { x = 1, y.z = 'w' }", "{\"a\":{},\"b\":{\"x\":1,\"y\":{\"z\":\"w\"}}}"},
    };
    expect_readings(readings, COUNT(readings));
}
END_TEST

START_TEST(strings_are_read) {
    static const struct reading readings[] = {
        {"a = \"\"\nb = ''", "{\"a\":\"\",\"b\":\"\"}"},
        {"a = \"\\b\\t\\n\\f\\r\\\"\\\\\"", "{\"a\":\"\\b\\t\\n\\f\\r\\\"\\\\\"}"},
        {"a = \"\\u00e9\\U0001F600\"", "{\"a\":\"\\u00E9\\uD83D\\uDE00\"}"},
        {"a = 'C:\\Users\\*'", "{\"a\":\"C:\\\\Users\\\\*\"}"},
        {"a = \"it's\"\nb = '\"'", "{\"a\":\"it's\",\"b\":\"\\\"\"}"},
        {"a = \"tab\there\"", "{\"a\":\"tab\\there\"}"},
        {"a = \"\"\"\nfirst\nsecond\"\"\"", "{\"a\":\"first\\nsecond\"}"},
        {"a = \"\"\"\r\nfirst\r\nsecond\r\n\"\"\"", "{\"a\":\"first\\nsecond\\n\"}"},
        {"a = \"\"\"one \\\n   two \\  \n\n\t three\"\"\"", "{\"a\":\"one two three\"}"},
        {"a = \"\"\"\"x\"\"\"\"\"", "{\"a\":\"\\\"x\\\"\\\"\"}"},
        {"a = \"\"\"a\"\"b\"\"\"", "{\"a\":\"a\\\"\\\"b\"}"},
        {"a = \"\"\"\\\"\"\"\"", "{\"a\":\"\\\"\"}"},
        {"a = '''\n\\n 'x' ''y'' ''''", "{\"a\":\"\\\\n 'x' ''y'' '\"}"},
        {"a = '''''x'''''", "{\"a\":\"''x''\"}"},
        {"a = '''\n\nx\n'''", "{\"a\":\"\\nx\\n\"}"},
    };
    expect_readings(readings, COUNT(readings));
}
END_TEST

START_TEST(tables_are_read) {
    static const struct reading readings[] = {
        {"a.b.c = 1\na.b.d = 2", "{\"a\":{\"b\":{\"c\":1,\"d\":2}}}"},
        {"a . \"b c\" . 'd.e' = 1", "{\"a\":{\"b c\":{\"d.e\":1}}}"},
        {"\"\" = 1\n1-_ = 2", "{\"\":1,\"1-_\":2}"},
        {"[a]\nx = 1\n[b]\n[a.c] # sub\ny = 2", "{\"a\":{\"c\":{\"y\":2},\"x\":1},\"b\":{}}"},
        {"[a.b]\n[a]\nx = 1", "{\"a\":{\"b\":{},\"x\":1}}"},
        {"[ a . 'b' ]\nx.y = 1\n[a.b.x.z]", "{\"a\":{\"b\":{\"x\":{\"y\":1,\"z\":{}}}}}"},
        {"[[a]]\nx = 1\n[[a]]\n[a.b]\ny = 2\n[[a.c]]\n[[a.c]]\nz = 3",
         "{\"a\":[{\"x\":1},{\"b\":{\"y\":2},\"c\":[{},{\"z\":3}]}]}"},
        {"[[r.t]]\n[r.t.i]\nid = 'A'\n[[r.t.q]]\nid = 'B'\n[[r.t.q.s]]\nid = 'C'\n[[r.t]]\n",
         "{\"r\":{\"t\":[{\"i\":{\"id\":\"A\"},\"q\":[{\"id\":\"B\",\"s\":[{\"id\":\"C\"}]}]},{}]}}"},
    };
    expect_readings(readings, COUNT(readings));
}
END_TEST

#define VALUE "expected a value: text in quotes, a number, true, false, [...] or {...}"
#define KEY "expected a key: letters, digits, _ and -, or text in quotes"
#define NUMBER "expected a decimal number; dates and times stand in quotes"
#define ESCAPE                                                                                     \
    "expected \\b \\t \\n \\f \\r \\\" \\\\ \\uXXXX or \\UXXXXXXXX; between single quotes a "      \
    "backslash is itself"
#define THERE(name) "expected another name: \"" name "\" is there already"

START_TEST(wrong_words_are_named) {
    static const struct reading readings[] = {
        {"a", "1:2: expected = after the key"},
        {"a = 1\n= 2", "2:1: " KEY},
        {"a. = 1", "1:4: " KEY},
        {"\"\"\"a\"\"\" = 1", "1:3: expected = after the key"},
        {"a =", "1:4: " VALUE},
        {"a = yes", "1:5: " VALUE},
        {"a = inf", "1:5: " VALUE},
        {"\ta = 1 b = 2", "1:8: expected the end of the line"},
        {"a = truex", "1:9: expected the end of the line"},
        {"a = 1\rb = 2", "1:6: expected the end of the line"},
        {"a = [1\n 2]", "2:2: expected , or ]"},
        {"a = [1,,2]", "1:8: " VALUE},
        {"a = [1, # no end", "1:17: " VALUE},
        {"a = {x = 1,}", "1:12: " KEY},
        {"a = {x = 1\n}", "1:11: expected , or }"},
        {"[a", "1:3: expected ]"},
        {"[[a] ]", "1:5: expected ]]"},
        {"[ [a]]", "1:3: " KEY},
        {"[]", "1:2: " KEY},
        {"[a] b = 1", "1:5: expected the end of the line"},
        {"a = 2024-01-01", "1:5: " NUMBER},
        {"a = 10:00:00", "1:5: " NUMBER},
        {"a = 0x1F", "1:5: " NUMBER},
        {"a = 01", "1:5: " NUMBER},
        {"a = 1__0", "1:5: " NUMBER},
        {"a = 1_", "1:5: " NUMBER},
        {"a = .5", "1:5: " VALUE},
        {"a = 1.", "1:5: " NUMBER},
        {"a = 1e", "1:5: " NUMBER},
        {"a = 1.2.3", "1:5: " NUMBER},
        {"a = +inf", "1:5: " NUMBER},
        {"a = 9223372036854775808", "1:5: expected a number of at most 64 bits"},
        {"a = 1e999", "1:5: expected a number of at most 64 bits"},
    };
    expect_readings(readings, COUNT(readings));
}
END_TEST

START_TEST(wrong_strings_are_named) {
    static const struct reading readings[] = {
        {"a = \"x", "1:5: expected the closing \" of the string"},
        {"a = \"x\nb = 1", "1:7: expected the closing \" of the string"},
        {"a = 'x\r\n'", "1:7: expected the closing ' of the string"},
        {"\n a = \"\"\"x\n\"\"", "2:6: expected the closing \"\"\" of the string"},
        {"a = '''x", "1:5: expected the closing ''' of the string"},
        {"a = \"\"\"x\"\"\"\"\"\"", "1:14: expected the end of the line"},
        {"\xc3\xa9 = 1", "1:1: " KEY},
        {"a = \"\xc3\xa9\\x41\"", "1:7: " ESCAPE},
        {"a = \"C:\\Program\"", "1:8: " ESCAPE},
        {"a = \"C:\\Users\"", "1:8: expected 8 hex digits after \\U"},
        {"a = \"\\u12\"", "1:6: expected 4 hex digits after \\u"},
        {"a = \"\\ud800\"", "1:6: expected the number of a character other than NUL"},
        {"a = \"\\u0000\"", "1:6: expected the number of a character other than NUL"},
        {"a = \"\\U00110000\"", "1:6: expected the number of a character other than NUL"},
        {"a = \"\\ \"", "1:6: expected an escape after the backslash"},
        {"a = \"\"\"x\\ y\"\"\"", "1:9: " ESCAPE},
        {"a = \"x\\", "1:7: " ESCAPE},
        {"a = \"\x1b\"", "1:6: expected no control character in a string"},
        {"a = '''\n\x7f'''", "2:1: expected no control character in a string"},
        {"a = \"\"\"\r\"\"\"", "1:8: expected no control character in a string"},
        {"# \x01", "1:3: expected no control character in a comment"},
        {"a = 1\nb = \"\xc3\xa9\xff\"", "2:7: expected UTF-8 without NUL"},
        {"# \xed\xa0\x80", "1:3: expected UTF-8 without NUL"},
    };
    expect_readings(readings, COUNT(readings));
    char *result = read_text("a = 1 \0", 7);
    ck_assert_str_eq(result, "1:7: expected UTF-8 without NUL");
    free(result);
}
END_TEST

START_TEST(names_are_there_once) {
    static const struct reading readings[] = {
        {"a = 1\na = 2", "2:1: " THERE("a")},
        {"a = 1\n\"a\" = 2", "2:1: " THERE("a")},
        {"a = {x = 1, x = 2}", "1:13: " THERE("x")},
        {"a = 1\na.b = 2", "2:1: " THERE("a")},
        {"a.b = 1\na = 2", "2:1: " THERE("a")},
        {"[a]\n[a]", "2:2: " THERE("a")},
        {"a = 1\n[a]", "2:2: " THERE("a")},
        {"a = {}\n[a.b]", "2:2: " THERE("a")},
        {"a = {}\na.b = 1", "2:1: " THERE("a")},
        {"a = [{}]\n[a.b]", "2:2: " THERE("a")},
        {"a = []\n[[a]]", "2:3: " THERE("a")},
        {"[a]\nb.c = 1\n[a.b]", "3:4: " THERE("b")},
        {"[a.b]\n[a]\nb.c = 1", "3:1: " THERE("b")},
        {"[[a]]\n[a]", "2:2: " THERE("a")},
        {"[a]\n[[a]]", "2:3: " THERE("a")},
        {"[a.b]\n[[a]]", "2:3: " THERE("a")},
        {"[[a.b]]\n[a]\nb.c = 1", "3:1: " THERE("b")},
        {"a = {b = {}, b.c = 1}", "1:14: " THERE("b")},
        {"a = {b.c = 1}\n[a.b.d]", "2:2: " THERE("a")},
    };
    expect_readings(readings, COUNT(readings));
}
END_TEST

// Limits: the most is read, one more is not.

static char *repeat(size_t count, const char *start, const char *item, const char *end) {
    struct buffer text = {0};
    buffer_add_text(&text, start);
    for (size_t i = 0; i < count; i++) {
        buffer_add_text(&text, item);
    }
    buffer_add_text(&text, end);
    buffer_add_byte(&text, '\0');
    ck_assert(!text.failed);
    return text.data;
}

START_TEST(limits_are_kept) {
    static const struct {
        const char *start, *item, *end;
        size_t most;
        const char *error;
    } limits[] = {
        {"a = ", "[", "", TOML_DEPTH_MAX,
         "1:21: expected at most 16 brackets and braces in one another"},
        {"a = ", "{a = ", "", TOML_DEPTH_MAX,
         "1:85: expected at most 16 brackets and braces in one another"},
        {"a", ".a", " = 1", TOML_PARTS_MAX - 1, "1:33: expected at most 16 parts of a key"},
        {"[a", ".a", "]", TOML_PARTS_MAX - 1, "1:34: expected at most 16 parts of a key"},
        {"[[a]]\n", "[[a]]\n", "", TOML_TABLES_MAX - 2, "1024:3: expected at most 1024 tables"},
        {"", "#", "", TOML_SIZE_MAX, "1:1: expected at most 1048576 bytes"},
    };
    for (size_t i = 0; i < COUNT(limits); i++) {
        for (size_t more = 0; more < 2; more++) {
            char *text =
                repeat(limits[i].most + more, limits[i].start, limits[i].item, limits[i].end);
            char *result = read_text(text, strlen(text));
            ck_assert_msg((strcmp(result, limits[i].error) == 0) == (more == 1), "%zu: %s", i,
                          result);
            free(result);
            free(text);
        }
    }
}
END_TEST

// Places.

struct character_place {
    const char *text; // of the file, with the value of `q`
    const char *part; // of the value: the place of its first character
    struct source_place place;
};

START_TEST(characters_of_strings_have_places) {
    static const struct character_place places[] = {
        {"q = 'abc'", "abc", {1, 6}},
        {"q = 'abc'", "c", {1, 8}},
        {"q = '''\nabc\n  def'''", "abc", {2, 1}},
        {"q = '''\nabc\n  def'''", "def", {3, 3}},
        {"q = '''abc\ndef'''", "abc", {1, 8}},
        {"q = '''abc\ndef'''", "ef", {2, 2}},
        {"q = '''\r\nabc\r\ndef'''", "abc", {2, 1}},
        {"q = '''\r\nabc\r\ndef'''", "def", {3, 1}},
        {"# \xc3\xa9\nq = '\xc3\xa9z'", "z", {2, 7}},
        {"q = \"a\\tb\\u00e9c\"", "b", {1, 9}},
        {"q = \"a\\tb\\u00e9c\"", "c", {1, 16}},
        {"q = \"\"\"\na\\n\nb\"\"\"", "b", {3, 1}},
        {"q = \"\"\"one \\\n   two\"\"\"", "two", {2, 4}},
        {"q = \"\"\"\"\"a\"\"\"\"", "a", {1, 10}},
        {"[t]\nx = 1\n[u]\n'q' = 'a'", "a", {4, 8}},
    };
    for (size_t i = 0; i < COUNT(places); i++) {
        struct source_text source = source_of(places[i].text, strlen(places[i].text));
        struct toml toml;
        struct source_error error;
        struct source_map map = {0};
        ck_assert(toml_read(&toml, &source, &error));
        const json_t *table = json_object_get(toml.root, "u");
        table = table == NULL ? toml.root : table;
        const char *text = json_string_value(json_object_get(table, "q"));
        ck_assert_uint_eq(toml_place(&toml, table, "none"), SIZE_MAX);
        ck_assert(toml_map_string(&source, toml_place(&toml, table, "q"), &map));
        size_t at = (size_t)(strstr(text, places[i].part) - text);
        struct source_place place = source_map_place(&map, text, at);
        ck_assert_msg(place.line == places[i].place.line && place.column == places[i].place.column,
                      "%s: %zu:%zu", places[i].text, place.line, place.column);
        source_map_free(&map);
        toml_free(&toml);
    }
}
END_TEST

START_TEST(tables_have_places) {
    static const char text[] = "x = 1\n[a]\n[[b.c]]\nd = true\n";
    struct source_text source = source_of(text, strlen(text));
    struct toml toml;
    struct source_error error;
    ck_assert(toml_read(&toml, &source, &error));
    const json_t *b = json_object_get(toml.root, "b");
    const json_t *c = json_array_get(json_object_get(b, "c"), 0);
    ck_assert_uint_eq(toml_place(&toml, toml.root, "x"), 4);
    ck_assert_uint_eq(toml_place(&toml, toml.root, "a"), 7);
    ck_assert_uint_eq(toml_place(&toml, toml.root, "b"), 12);
    ck_assert_uint_eq(toml_place(&toml, b, "c"), 14);
    ck_assert_uint_eq(toml_place(&toml, c, "d"), 22);
    toml_free(&toml);
}
END_TEST

// What an error shows must not act on a terminal, nor be wider than one.
START_TEST(errors_are_fit_for_a_terminal) {
    static const char text[] = "0123456789\t123456789 123456789\xc3\xa9 23456789 123456789\x1b[2J "
                               "23456789 123456789 123456789 123456789 123456789";
    struct source_text source = {
        .path = "a\nb", .text = text, .size = strlen(text), .start = {3, 5}};
    struct source_error error;
    struct buffer out = {0};
    ck_assert(source_error_set(&error, &source, 40, "a\x1b!"));
    source_error_add(&out, &error);
    buffer_add_byte(&out, '\0');
    ck_assert_str_eq(out.data, "a\\x0Ab:3:44: a\\x1B!\n"
                               "  456789 123456789 123456789\xc3\xa9 23456789 123456789\\x1B[2J "
                               "23456789 123456789 1\n"
                               "                                     ^\n");
    buffer_free(&out);
    source_error_free(&error);
}
END_TEST

// Against Python: what we read it reads, and alike; what we refuse it refuses, but for what toml.h
// says. Each text goes into the file as hex with our reading.

static void write_reading(FILE *file, const char *text, size_t size) {
    char *result = read_text(text, size);
    for (size_t i = 0; i < size; i++) {
        (void)fprintf(file, "%02x", (unsigned char)text[i]);
    }
    (void)fprintf(file, " %s\n", result);
    free(result);
}

// Lines that clash with one another in every way tables can.
static void write_documents(FILE *file, unsigned short *state) {
    static const char *const lines[] = {
        "[a]",
        "[b]",
        "[a.b]",
        "[a.b.c]",
        "[[a]]",
        "[[a.b]]",
        "a = 1",
        "b = {}",
        "a.b = 1",
        "b.a = 1",
        "a.b.c = 1",
        "b = [{}]",
        "[b.a]",
        "[[b]]",
        "c.a = {}",
        "c = {a.b = 1}",
        "[c]",
        "[c.a]",
        "c.b = 2",
        "a = [1]",
        "[a.'b'.d]",
        "'a'.\"c\" = 1",
        "d = {b = {}, b.c = 1}",
    };
    for (int i = 0; i < 6000; i++) {
        struct buffer text = {0};
        long more = nrand48(state) % 6;
        do {
            buffer_printf(&text, "%s\n", lines[(size_t)nrand48(state) % COUNT(lines)]);
        } while (more-- > 0);
        write_reading(file, text.data, text.size);
        buffer_free(&text);
    }
}

static void write_mutants(FILE *file, const char *path, int count, unsigned short *state) {
    static const char bytes[] = "\"'\\[]{}\n=.,# \t\r\xff_0e";
    size_t size = 0;
    char *text = read_file(path, &size);
    write_reading(file, text, size);
    for (int i = 0; i < count; i++) {
        size_t at = (size_t)nrand48(state) % size;
        char old = text[at];
        text[at] = bytes[(size_t)nrand48(state) % sizeof bytes];
        write_reading(file, text, size);
        text[at] = old;
    }
    free(text);
}

static void write_files(FILE *file, unsigned short *state) {
    static const struct {
        const char *pattern;
        int mutants;
    } files[] = {
        {"rules/*.toml", 40}, {"testdata/rules/*.toml", 40}, {"../shared/rules/*.toml", 2}};
    for (size_t i = 0; i < COUNT(files); i++) {
        glob_t paths = {0};
        (void)glob(files[i].pattern, 0, NULL, &paths);
        for (size_t k = 0; k < paths.gl_pathc; k++) {
            write_mutants(file, paths.gl_pathv[k], files[i].mutants, state);
        }
        globfree(&paths);
    }
}

START_TEST(python_agrees) {
    unsigned short state[3] = {1, 2, 3};
    char *directory = make_temporary_directory();
    char *path = xformat("%s/readings", directory);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    write_documents(file, state);
    write_files(file, state);
    ck_assert_int_eq(fclose(file), 0);
    char *arguments[] = {absolute_path(setting("PYTHON", "/usr/bin/python3")),
                         absolute_path("tests/check_toml.py"), path, NULL};
    struct outcome outcome = command_run(arguments, directory, NULL);
    ck_assert_msg(outcome.status == 0, "%.2000s%.1500s", outcome.output, outcome.errors);
    outcome_free(&outcome);
    free(arguments[0]);
    free(arguments[1]);
    free(path);
    remove_tree(directory);
    free(directory);
}
END_TEST

void toml_tests(TCase *tests) {
    tcase_add_test(tests, values_are_read);
    tcase_add_test(tests, strings_are_read);
    tcase_add_test(tests, tables_are_read);
    tcase_add_test(tests, wrong_words_are_named);
    tcase_add_test(tests, wrong_strings_are_named);
    tcase_add_test(tests, names_are_there_once);
    tcase_add_test(tests, limits_are_kept);
    tcase_add_test(tests, characters_of_strings_have_places);
    tcase_add_test(tests, tables_have_places);
    tcase_add_test(tests, errors_are_fit_for_a_terminal);
    tcase_add_test(tests, python_agrees);
}
