// SPDX-License-Identifier: GPL-3.0-or-later
// Check suite: runs every case of a directory, one test a case.
//
// Environment: EVTXSEQ, the command under test (build/evtxseq); EVTXSEQ_CASES, the directory of the
// cases, or a single one (testdata/cases).
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "case.h"
#include "command.h"
#include "csv_table.h"
#include "suites.h"
#include "xmem.h"

// One complaint: where, and what was expected and got.
static char *complain(const struct test_case *test, const struct case_run *run, char *what) {
    char *complaint = xformat("%s:%u: %s", test->path, run->line, what);
    free(what);
    return complaint;
}

// Tables.

static char *join(char *text, const char *separator, const char *more) {
    char *longer = xformat("%s%s%s", text, *text ? separator : "", more);
    free(text);
    return longer;
}

// The rows of the table, a line each, its cells joined the way a case writes them.
static char *expected_rows(const struct expected_table *table) {
    char *rows = xstrdup("");
    for (size_t i = 0; i < table->rows; i++) {
        char *row = xstrdup("");
        for (size_t j = 0; j < table->columns; j++) {
            row = join(row, " | ", table->cells[i * table->columns + j]);
        }
        rows = join(rows, "\n    ", row);
        free(row);
    }
    return rows;
}

// The index of the column, or the header's cell count if it has none of that name.
static size_t find_column(const struct csv_table *csv, const char *name) {
    size_t i = 0;
    while (i < csv->rows[0].count && strcmp(csv->rows[0].cells[i], name) != 0) {
        i++;
    }
    return i;
}

// The same for what the command wrote: the columns that the table asks for.
static char *written_rows(const struct expected_table *table, const struct csv_table *csv) {
    char *rows = xstrdup("");
    for (size_t i = 0; i < csv->count; i++) {
        char *row = xstrdup("");
        for (size_t j = 0; j < table->columns; j++) {
            size_t column = find_column(csv, table->cells[j]);
            row = join(row, " | ",
                       column < csv->rows[i].count ? csv->rows[i].cells[column] : "(no column)");
        }
        rows = join(rows, "\n    ", row);
        free(row);
    }
    return rows;
}

// A complaint's text, or NULL.
static char *check_table(const struct case_run *run, const struct outcome *outcome) {
    const char *problem;
    struct csv_table *csv = csv_table_read(outcome->output, outcome->output_size, &problem);
    if (!csv) {
        return xformat("the output is not CSV: %s\n%s", problem, outcome->output);
    }
    char *expected = expected_rows(&run->table);
    char *written = written_rows(&run->table, csv);
    char *complaint = NULL;
    if (strcmp(expected, written) != 0) {
        complaint = xformat("expected\n    %s\ngot\n    %s", expected, written);
    }
    free(expected);
    free(written);
    csv_table_free(csv);
    return complaint;
}

// Texts.

static char *check_text(const struct expected_text *expected, const char *name, const char *text) {
    if (expected->exact && strcmp(expected->exact, text) != 0) {
        return xformat("expected on %s\n%s\ngot\n%s", name, expected->exact, text);
    }
    for (size_t i = 0; i < expected->contains_count; i++) {
        if (!strstr(text, expected->contains[i])) {
            return xformat("%s lacks `%s`:\n%s", name, expected->contains[i], text);
        }
    }
    for (size_t i = 0; i < expected->lacks_count; i++) {
        if (strstr(text, expected->lacks[i])) {
            return xformat("%s has `%s`:\n%s", name, expected->lacks[i], text);
        }
    }
    return NULL;
}

// Runs.

static char *check_outcome(const struct case_run *run, const struct outcome *outcome) {
    char *complaint = NULL;
    if (run->table.rows) {
        complaint = check_table(run, outcome);
    }
    if (!complaint) {
        complaint = check_text(&run->output, "standard output", outcome->output);
    }
    if (!complaint) {
        complaint = check_text(&run->errors, "standard error", outcome->errors);
    }
    if (!complaint && outcome->status != run->status) {
        complaint = xformat("expected exit status %d, got %d", run->status, outcome->status);
    }
    if (complaint && outcome->errors_size) {
        complaint = join(complaint, "\nstandard error:\n", outcome->errors);
    }
    return complaint;
}

// The command, the run's arguments, and those that a table needs. Only the array is the caller's.
static char **make_arguments(const struct case_run *run, char *command) {
    static char format[] = "--format=csv";
    static char raw[] = "--csv-raw";
    static char quiet[] = "--quiet";
    char **arguments = xcalloc(run->argument_count + 5, sizeof *arguments);
    size_t count = 0;
    arguments[count++] = command;
    if (run->table.rows) {
        arguments[count++] = format;
        arguments[count++] = raw;
        arguments[count++] = quiet;
    }
    for (size_t i = 0; i < run->argument_count; i++) {
        arguments[count++] = run->arguments[i];
    }
    return arguments;
}

static char *check_run(const struct case_run *run, char *command, const char *directory) {
    char **arguments = make_arguments(run, command);
    struct outcome outcome = command_run(arguments, directory, run->input);
    free(arguments);
    char *complaint = check_outcome(run, &outcome);
    outcome_free(&outcome);
    return complaint;
}

// All complaints of the case's runs, or NULL.
static char *check_case(const char *path, char *command) {
    struct test_case *test = case_read(path);
    char *directory = make_temporary_directory();
    case_write_files(test, directory);
    char *complaints = NULL;
    for (size_t i = 0; i < test->run_count; i++) {
        char *complaint = check_run(&test->runs[i], command, directory);
        if (!complaint) {
            continue;
        }
        complaint = complain(test, &test->runs[i], complaint);
        complaints = join(complaints ? complaints : xstrdup(""), "\n", complaint);
        free(complaint);
    }
    remove_tree(directory);
    free(directory);
    case_free(test);
    return complaints;
}

// The suite. Check hands a test nothing but an index, so what it indexes has to be here.
static struct {
    char **cases;
    size_t count;
    char *command;
} suite_data;

START_TEST(test_case_file) {
    char *complaints = check_case(suite_data.cases[_i], suite_data.command);
    // Check gives up on messages of 4096 bytes and more.
    if (complaints) {
        ck_abort_msg("%.3500s%s", complaints, strlen(complaints) > 3500 ? "\n(and more)" : "");
    }
}
END_TEST

static bool is_case(const char *name) {
    size_t length = strlen(name);
    return length > 5 && strcmp(name + length - 5, ".case") == 0;
}

static int by_name(const void *left, const void *right) {
    return strcmp(*(char *const *)left, *(char *const *)right);
}

static void add_case(char *path) {
    suite_data.cases = xgrow(suite_data.cases, suite_data.count, sizeof *suite_data.cases);
    suite_data.cases[suite_data.count++] = path;
}

static void find_cases(const char *path) {
    DIR *directory = opendir(path);
    if (!directory) {
        die("%s: %s", path, strerror(errno));
    }
    for (struct dirent *entry = readdir(directory); entry; entry = readdir(directory)) {
        if (is_case(entry->d_name)) {
            add_case(xformat("%s/%s", path, entry->d_name));
        }
    }
    closedir(directory);
    if (suite_data.count == 0) {
        die("%s: no cases", path);
    }
    qsort(suite_data.cases, suite_data.count, sizeof *suite_data.cases, by_name);
}

void cases_tests(TCase *tests) {
    const char *path = setting("EVTXSEQ_CASES", "testdata/cases");
    suite_data.command = absolute_path(setting("EVTXSEQ", "build/evtxseq"));
    if (is_case(path)) {
        add_case(xstrdup(path));
    } else {
        find_cases(path);
    }
    tcase_add_loop_test(tests, test_case_file, 0, (int)suite_data.count);
}
