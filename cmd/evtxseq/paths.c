// SPDX-License-Identifier: GPL-3.0-or-later
#include "paths.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "complain.h"

static bool complain_of(const char *name, const char *what) {
    complain("--files-from=%s: %s", name, what);
    return false;
}

static bool add(struct paths *paths, const char *path) {
    if (paths->count == paths->capacity) {
        size_t capacity = paths->capacity == 0 ? 64 : paths->capacity * 2;
        const char **list = reallocarray(paths->list, capacity, sizeof *list);
        if (list == NULL) {
            return false;
        }
        paths->list = list;
        paths->capacity = capacity;
    }
    paths->list[paths->count++] = path;
    return true;
}

static bool add_given(struct paths *paths, const struct options *options) {
    for (size_t i = 0; i < options->path_count; i++) {
        if (!add(paths, options->paths[i])) {
            complain("%s", strerror(errno));
            return false;
        }
        paths->given++;
    }
    return true;
}

// Reads the paths of an open list. NULL when all went well, else what went wrong.
static const char *add_listed(struct paths *paths, FILE *list, char separator) {
    char *line = NULL;
    size_t capacity = 0;
    ssize_t length = 0;
    const char *problem = NULL;
    errno = 0;
    while (problem == NULL && (length = getdelim(&line, &capacity, separator, list)) >= 0) {
        if (line[length - 1] == separator) {
            line[--length] = '\0';
        }
        if (strlen(line) != (size_t)length) {
            problem = "a path in it holds NUL; is --null missing?";
        } else if (length > 0) {
            char *path = strdup(line);
            if (path == NULL || !add(paths, path)) {
                problem = strerror(errno);
                free(path);
            }
        }
    }
    if (problem == NULL && !feof(list)) {
        problem = strerror(errno);
    }
    free(line);
    return problem;
}

static bool read_list(struct paths *paths, const struct options *options) {
    const char *name = options->files_from;
    bool is_stdin = strcmp(name, "-") == 0;
    FILE *list = is_stdin ? stdin : fopen(name, "re");
    if (list == NULL) {
        return complain_of(name, strerror(errno));
    }
    const char *problem = add_listed(paths, list, options->null ? '\0' : '\n');
    if (!is_stdin) {
        (void)fclose(list);
    }
    if (problem != NULL) {
        return complain_of(name, problem);
    }
    for (size_t i = 0; is_stdin && i < paths->count; i++) {
        if (strcmp(paths->list[i], "-") == 0) {
            return complain_of(name, "standard input cannot be both the list and a log");
        }
    }
    return paths->count > 0 || complain_of(name, "it lists no path");
}

bool paths_read(struct paths *paths, const struct options *options) {
    *paths = (struct paths){0};
    return add_given(paths, options) && (options->files_from == NULL || read_list(paths, options));
}

void paths_free(struct paths *paths) {
    for (size_t i = paths->given; i < paths->count; i++) {
        free((void *)paths->list[i]);
    }
    free(paths->list);
    *paths = (struct paths){0};
}
