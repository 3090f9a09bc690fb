// SPDX-License-Identifier: GPL-3.0-or-later
// Check suite: the shells load their completions, and these offer every option of --help, no other,
// and the rules there are.
//
// Environment: EVTXSEQ, the command under test (build/evtxseq).
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "help.h"
#include "suites.h"
#include "words.h"
#include "xmem.h"

// Scripts get the command under test as $1 and the directory of the completions as $2. Each prints
// words, one a line.

// What completes `evtxseq WORD...`.
#define BASH_COMPLETE                                                                              \
    "PATH=${1%/*}:$PATH; source \"$2/evtxseq.bash\" || exit 9\n"                                   \
    "complete -p evtxseq >/dev/null || exit 9\n"                                                   \
    "try() { COMP_WORDS=(\"$command\" \"$@\"); COMP_CWORD=$#; _evtxseq\n"                          \
    "    printf '%s\\n' \"${COMPREPLY[@]}\"; }\n"                                                  \
    "command=$1\n"

#define FISH_COMPLETE                                                                              \
    "set -x PATH (dirname $argv[1]) $PATH; source $argv[2]/evtxseq.fish; or exit 9\n"

// The specifications that _arguments gets, down to the option: `(-f --format)-f+[how ...`.
#define ZSH_OPTIONS                                                                                \
    "_arguments() { print -rl -- \"$@\" } \n"                                                      \
    "source $2/_evtxseq | sed -nE '/^(\\([^)]*\\))?-[^[]+\\[/{s/^\\([^)]*\\)//;s/\\[.*//;p}'"

static struct outcome run_shell(const char *shell, const char *flag, const char *script) {
    char *command = absolute_path(setting("EVTXSEQ", "build/evtxseq"));
    char *completions = absolute_path("completions");
    char *arguments[] = {xstrdup(shell), xstrdup(flag), xstrdup("-c"), xstrdup(script),
                         xstrdup(shell), command,       completions,   NULL};
    // fish has no $0: the script's first argument is the first of $argv.
    if (strstr(shell, "fish") != NULL) {
        xreplace(&arguments[4], arguments[5]);
        arguments[5] = arguments[6];
        arguments[6] = NULL;
    }
    struct outcome outcome = command_run(arguments, "/", NULL);
    for (size_t i = 0; arguments[i] != NULL; i++) {
        free(arguments[i]);
    }
    return outcome;
}

static int by_text(const void *left, const void *right) {
    return strcmp(*(char *const *)left, *(char *const *)right);
}

// The words in order, a line each; a word that comes twice stays twice.
static char *sorted(struct list *words) {
    char *text = xstrdup("");
    if (words->count > 0) {
        qsort(words->items, words->count, sizeof *words->items, by_text);
    }
    for (size_t i = 0; i < words->count; i++) {
        xreplace(&text, xformat("%s%s\n", text, words->items[i]));
    }
    list_free(words);
    return text;
}

// `short_value` and `long_value` follow an option that takes a value.
static char *expected_options(const char *short_value, const char *long_value) {
    struct options help = help_options();
    struct list words = {0};
    for (size_t i = 0; i < help.count; i++) {
        const struct option *option = &help.list[i];
        bool has_value = *option->parameter != '\0';
        if (option->letter != '\0') {
            list_add(&words, xformat("-%c%s", option->letter, has_value ? short_value : ""));
        }
        if (*option->name != '\0') {
            list_add(&words, xformat("--%s%s", option->name, has_value ? long_value : ""));
        }
    }
    options_free(&help);
    return sorted(&words);
}

// Compares what the script prints, lines in any order; `expected` is freed.
static void expect_lines(const char *shell, const char *flag, const char *script, char *expected) {
    struct outcome outcome = run_shell(shell, flag, script);
    ck_assert_str_eq(outcome.errors, "");
    ck_assert_int_eq(outcome.status, 0);
    struct list lines = split(outcome.output, "\n");
    char *offered = sorted(&lines);
    ck_assert_str_eq(offered, expected);
    free(offered);
    free(expected);
    outcome_free(&outcome);
}

START_TEST(test_bash) {
    expect_lines("/bin/bash", "--norc", BASH_COMPLETE "try -", expected_options("", "="));
}
END_TEST

START_TEST(test_zsh) {
    expect_lines("/bin/zsh", "-f", ZSH_OPTIONS, expected_options("+", "="));
}
END_TEST

START_TEST(test_fish) {
    expect_lines("/usr/bin/fish", "--no-config",
                 FISH_COMPLETE "complete -C 'evtxseq -' | string replace -r '\\t.*' ''",
                 expected_options("", ""));
}
END_TEST

static char *rules(const char *before) {
    struct list words = {0};
    list_add(&words, xformat("%swmi-process-creation", before));
    list_add(&words, xformat("%swmi-script-execution", before));
    list_add(&words, xformat("%swmi-script-image-load", before));
    return sorted(&words);
}

// bash makes three words of --explain=RULE.
START_TEST(test_rules) {
    expect_lines("/bin/bash", "--norc", BASH_COMPLETE "try --explain = ''", rules(""));
    expect_lines("/bin/bash", "--norc", BASH_COMPLETE "try -r wmi-script-execution,wmi",
                 rules("wmi-script-execution,"));
    expect_lines("/usr/bin/fish", "--no-config",
                 FISH_COMPLETE "complete -C 'evtxseq --explain=' | string replace -r '\\t.*' ''",
                 rules("--explain="));
}
END_TEST

START_TEST(test_values) {
    expect_lines("/bin/bash", "--norc", BASH_COMPLETE "try --format = c", xstrdup("csv\n"));
    expect_lines("/bin/bash", "--norc",
                 BASH_COMPLETE "try --color =", xstrdup("always\nauto\nnever\n"));
    expect_lines("/bin/bash", "--norc", BASH_COMPLETE "try --time l", xstrdup("logged\n"));
}
END_TEST

void completions_tests(TCase *tests) {
    tcase_add_test(tests, test_bash);
    tcase_add_test(tests, test_zsh);
    tcase_add_test(tests, test_fish);
    tcase_add_test(tests, test_rules);
    tcase_add_test(tests, test_values);
}
