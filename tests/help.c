// SPDX-License-Identifier: GPL-3.0-or-later
#include "help.h"

#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "words.h"
#include "xmem.h"

void options_add(struct options *options, struct option option) {
    options->list = xgrow(options->list, options->count, sizeof *options->list);
    options->list[options->count++] = option;
}

void options_free(struct options *options) {
    for (size_t i = 0; i < options->count; i++) {
        free(options->list[i].name);
        free(options->list[i].parameter);
    }
    free(options->list);
}

// One word of a line of --help, such as `-f,` or `--format=FMT`.
static void read_help_word(struct option *option, const char *word) {
    if (word[1] != '-') {
        option->letter = word[1];
        return;
    }
    size_t length = strcspn(word + 2, "=");
    xreplace(&option->name, xstrndup(word + 2, length));
    if (word[2 + length] == '=') {
        xreplace(&option->parameter, xstrdup(word + 2 + length + 1));
    }
}

// The options stand at the left of --help, their descriptions further in.
static struct options read_help(const char *help) {
    struct options options = {0};
    struct list lines = split(help, "\n");
    for (size_t i = 0; i < lines.count; i++) {
        size_t indent = strspn(lines.items[i], " ");
        if (indent == 0 || indent > 8 || lines.items[i][indent] != '-') {
            continue;
        }
        struct option option = {.name = xstrdup(""), .parameter = xstrdup("")};
        struct list words = split(lines.items[i], " ");
        for (size_t j = 0; j < words.count && words.items[j][0] == '-'; j++) {
            read_help_word(&option, words.items[j]);
        }
        list_free(&words);
        options_add(&options, option);
    }
    list_free(&lines);
    return options;
}

struct options help_options(void) {
    char option[] = "--help";
    char *command = absolute_path(setting("EVTXSEQ", "build/evtxseq"));
    struct outcome outcome = command_run((char *[]){command, option, NULL}, "/", NULL);
    if (outcome.status != 0) {
        die("%s --help: exit status %d", command, outcome.status);
    }
    struct options options = read_help(outcome.output);
    if (options.count == 0) {
        die("%s --help: no options", command);
    }
    outcome_free(&outcome);
    free(command);
    return options;
}
