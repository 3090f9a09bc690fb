// SPDX-License-Identifier: GPL-3.0-or-later
#include "scripted.h"

#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "xmem.h"

static struct outcome in_shell(const char *directory, const char *script) {
    char shell[] = "/bin/sh";
    char option[] = "-euc";
    char *commands = xstrdup(script);
    char *arguments[] = {shell, option, commands, NULL};
    struct outcome outcome = command_run(arguments, directory, NULL);
    free(commands);
    return outcome;
}

char *make_files(const char *script) {
    char *directory = make_temporary_directory();
    char *sample = xformat("%s/sample.evtx", directory);
    size_t size = 0;
    char *log = read_file("testdata/sample.evtx", &size);
    write_file(sample, log, size);
    struct outcome made = in_shell(directory, script);
    if (made.status != 0) {
        die("%s: %s", script, made.errors);
    }
    outcome_free(&made);
    free(log);
    free(sample);
    return directory;
}

static struct outcome run_command(const char *directory, const char *command, const char *text) {
    char *path = absolute_path(command);
    char *script = xformat("E='%s'; %s", path, text);
    struct outcome outcome = in_shell(directory, script);
    free(script);
    free(path);
    return outcome;
}

struct outcome run_script(const char *directory, const char *script) {
    return run_command(directory, setting("EVTXSEQ", "build/evtxseq"), script);
}

struct outcome run_script_with_faults(const char *directory, const char *script) {
    return run_command(directory, setting("EVTXSEQ_FAULTS", "build/evtxseq-faults"), script);
}

void expect_text(const char *text, const char *part, const char *trial) {
    ck_assert_msg(strstr(text, part) != NULL, "%s: not in it: %s\n%s", trial, part, text);
}

void expect_no_text(const char *text, const char *part, const char *trial) {
    ck_assert_msg(strstr(text, part) == NULL, "%s: in it: %s\n%s", trial, part, text);
}

void expect_status(const struct outcome *outcome, int status, const char *trial) {
    ck_assert_msg(outcome->status == status, "%s: status %d: %s", trial, outcome->status,
                  outcome->errors);
}

void remove_all(char *directory) {
    remove_tree(directory);
    free(directory);
}

void expect_trial(const struct trial *trial) {
    char *directory = make_files(trial->script);
    char *arguments = xformat("\"$E\" -v %s", trial->arguments);
    struct outcome outcome = run_script(directory, arguments);
    expect_status(&outcome, trial->status, trial->script);
    for (size_t i = 0; i < 3 && trial->errors[i] != NULL; i++) {
        expect_text(outcome.errors, trial->errors[i], trial->script);
    }
    free(arguments);
    outcome_free(&outcome);
    remove_all(directory);
}
