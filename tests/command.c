// SPDX-License-Identifier: GPL-3.0-or-later
#include "command.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "xmem.h"

enum { CANNOT_RUN = 127 };

_Noreturn static void run_child(unsigned seconds, char *const *arguments, const char *directory,
                                const char *input, FILE *output, FILE *errors) {
    // The alarm outlives exec, so a command that hangs is ended by it.
    alarm(seconds);
    if (chdir(directory) == 0) {
        int in = open(input ? input : "/dev/null", O_RDONLY);
        if (in >= 0 && dup2(in, STDIN_FILENO) >= 0 && dup2(fileno(output), STDOUT_FILENO) >= 0 &&
            dup2(fileno(errors), STDERR_FILENO) >= 0) {
            execv(arguments[0], arguments);
        }
    }
    fprintf(stderr, "cannot run %s: %s\n", arguments[0], strerror(errno));
    _exit(CANNOT_RUN);
}

static char *read_stream(FILE *file, size_t *size) {
    char *text = NULL;
    *size = 0;
    rewind(file);
    size_t got;
    do {
        text = xrealloc(text, *size + 65537);
        got = fread(text + *size, 1, 65536, file);
        *size += got;
    } while (got > 0);
    text[*size] = '\0';
    fclose(file);
    return text;
}

static int wait_for(pid_t child) {
    int status;
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) {
            die("waitpid: %s", strerror(errno));
        }
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

struct outcome command_run(char *const *arguments, const char *directory, const char *input) {
    return command_run_within(COMMAND_TIME, arguments, directory, input);
}

struct outcome command_run_within(unsigned seconds, char *const *arguments, const char *directory,
                                  const char *input) {
    // Files, not pipes: neither side waits for the other.
    FILE *output = tmpfile();
    FILE *errors = tmpfile();
    if (!output || !errors) {
        die("tmpfile: %s", strerror(errno));
    }
    fflush(NULL);
    pid_t child = fork();
    if (child < 0) {
        die("fork: %s", strerror(errno));
    }
    if (child == 0) {
        run_child(seconds, arguments, directory, input, output, errors);
    }
    struct outcome outcome = {.status = wait_for(child)};
    outcome.output = read_stream(output, &outcome.output_size);
    outcome.errors = read_stream(errors, &outcome.errors_size);
    return outcome;
}

void outcome_free(struct outcome *outcome) {
    free(outcome->output);
    free(outcome->errors);
}

const char *setting(const char *name, const char *otherwise) {
    const char *value = getenv(name);
    return value && *value ? value : otherwise;
}

char *absolute_path(const char *path) {
    char here[4096];
    if (path[0] == '/') {
        return xstrdup(path);
    }
    if (!getcwd(here, sizeof here)) {
        die("getcwd: %s", strerror(errno));
    }
    return xformat("%s/%s", here, path);
}

char *make_temporary_directory(void) {
    const char *parent = getenv("TMPDIR");
    char *path = xformat("%s/evtxseq-test-XXXXXX", parent && *parent ? parent : "/tmp");
    if (!mkdtemp(path)) {
        die("%s: %s", path, strerror(errno));
    }
    return path;
}

static void remove_entries(const char *path) {
    DIR *directory = opendir(path);
    if (!directory) {
        die("%s: %s", path, strerror(errno));
    }
    for (struct dirent *entry = readdir(directory); entry; entry = readdir(directory)) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) {
            continue;
        }
        char *below = xformat("%s/%s", path, entry->d_name);
        remove_tree(below);
        free(below);
    }
    closedir(directory);
}

void remove_tree(const char *path) {
    struct stat status;
    if (lstat(path, &status) != 0) {
        die("%s: %s", path, strerror(errno));
    }
    if (S_ISDIR(status.st_mode)) {
        remove_entries(path);
    }
    if (remove(path) != 0) {
        die("%s: %s", path, strerror(errno));
    }
}
