// SPDX-License-Identifier: GPL-3.0-or-later
#include "output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "complain.h"
#include "signals.h"

static void complain_of(const char *path, int error) {
    complain("%s: cannot write: %s", path == NULL ? "standard output" : path, strerror(error));
}

// Gives the file the permissions that any new file would get, or those of the one it replaces;
// mkstemp() makes it private.
static void set_mode(int fd, const struct stat *replaced) {
    mode_t mask = umask(0);
    (void)umask(mask);
    (void)fchmod(fd, replaced == NULL ? 0666 & ~mask : replaced->st_mode & 07777);
}

static int make_temporary(char *path) {
    sigset_t before;
    signals_hold(&before);
    int fd = mkstemp(path);
    if (fd >= 0) {
        signals_remove(path);
    }
    int error = errno;
    signals_let_go(&before);
    errno = error;
    return fd;
}

// Moves the temporary file into place. False with errno set when that failed.
static bool put_in_place(const struct output *output) {
    sigset_t before;
    signals_hold(&before);
    bool ok = rename(output->temporary, output->target) == 0;
    int error = errno;
    if (ok) {
        signals_keep(output->temporary);
    }
    signals_let_go(&before);
    errno = error;
    return ok;
}

static void remove_temporary(const struct output *output) {
    sigset_t before;
    signals_hold(&before);
    (void)unlink(output->temporary);
    signals_keep(output->temporary);
    signals_let_go(&before);
}

// A file beside `path`, or beside what that links to, so that moving it into place stays within one
// file system.
static bool open_temporary(struct output *output, const char *path, const struct stat *replaced) {
    output->target = replaced == NULL ? strdup(path) : realpath(path, NULL);
    if (output->target == NULL) {
        return false;
    }
    size_t size = strlen(output->target) + sizeof ".XXXXXX";
    output->temporary = malloc(size);
    if (output->temporary == NULL) {
        return false;
    }
    (void)snprintf(output->temporary, size, "%s.XXXXXX", output->target);
    int fd = make_temporary(output->temporary);
    if (fd < 0) {
        free(output->temporary);
        output->temporary = NULL;
        return false;
    }
    set_mode(fd, replaced);
    output->stream = fdopen(fd, "w");
    return output->stream != NULL;
}

// Evidence is not to be lost to a slip of the hand, such as -o before a path that was meant to be
// read.
static bool is_log(const char *path) {
    char start[8];
    FILE *file = fopen(path, "re");
    bool result = file != NULL && fread(start, 1, sizeof start, file) == sizeof start &&
                  memcmp(start, "ElfFile", sizeof start) == 0;
    if (file != NULL) {
        (void)fclose(file);
    }
    return result;
}

// Whether both are one regular file or disk, by whatever names.
static bool is_same(const struct stat *a, const struct stat *b) {
    if (S_ISBLK(a->st_mode) && S_ISBLK(b->st_mode)) {
        return a->st_rdev == b->st_rdev;
    }
    return S_ISREG(a->st_mode) && a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

// Whether one of the paths is the file. What is in a directory among them is known only when it has
// been read: see output_close().
static bool is_input(const struct stat *file, const struct paths *inputs) {
    for (size_t i = 0; i < inputs->count; i++) {
        struct stat input;
        const char *path = inputs->list[i];
        int result = strcmp(path, "-") == 0 ? fstat(STDIN_FILENO, &input) : stat(path, &input);
        if (result == 0 && is_same(file, &input)) {
            return true;
        }
    }
    return false;
}

// NULL when the file may be overwritten, else what it is.
static const char *what_forbids(const char *path, const struct stat *status,
                                const struct paths *inputs, const struct evtxseq_rules *rules) {
    if (is_input(status, inputs)) {
        return "an input";
    }
    if (rules != NULL && evtxseq_rules_have_file(rules, status->st_dev, status->st_ino)) {
        return "a rule file in use";
    }
    return S_ISREG(status->st_mode) && is_log(path) ? "an EVTX log" : NULL;
}

bool output_open(struct output *output, const char *option, const char *path,
                 const struct paths *inputs, const struct evtxseq_rules *rules) {
    struct stat status;
    *output = (struct output){.stream = stdout, .option = option};
    if (path == NULL || strcmp(path, "-") == 0) {
        return true;
    }
    output->path = path;
    bool exists = stat(path, &status) == 0;
    output->stream = NULL;
    const char *what = exists ? what_forbids(path, &status, inputs, rules) : NULL;
    if (what != NULL) {
        complain("%s: is %s, which %s does not overwrite", path, what, option);
        return false;
    }
    if (exists && !S_ISREG(status.st_mode)) {
        output->stream = fopen(path, "we");
    } else {
        (void)open_temporary(output, path, exists ? &status : NULL);
    }
    if (output->stream == NULL) {
        complain_of(path, errno);
        output_discard(output);
        return false;
    }
    return true;
}

void output_fail(struct output *output, int error) {
    output->error = output->error == 0 ? error : output->error;
}

// Writes what is still in memory and closes the stream.
static void finish_stream(struct output *output) {
    if (fflush(output->stream) != 0 ||
        (output->temporary != NULL && output->error == 0 && fsync(fileno(output->stream)) != 0)) {
        output_fail(output, errno);
    }
    if (output->stream != stdout && fclose(output->stream) != 0) {
        output_fail(output, errno);
    }
    output->stream = NULL;
}

// Whether the file would take the place of an input that a directory has brought.
static bool is_over_input(const struct output *output, const struct evtxseq_scan *scan) {
    struct stat status;
    return scan != NULL && output->temporary != NULL && stat(output->target, &status) == 0 &&
           evtxseq_scan_has_input(scan, status.st_dev, status.st_ino);
}

bool output_close(struct output *output, const struct evtxseq_scan *scan) {
    finish_stream(output);
    output->is_over_input = is_over_input(output, scan);
    if (output->error == 0 && output->temporary != NULL && !output->is_over_input) {
        if (put_in_place(output)) {
            free(output->temporary);
            output->temporary = NULL;
        } else {
            output_fail(output, errno);
        }
    }
    output->is_closed_pipe = output->error == EPIPE;
    if (output->is_over_input) {
        complain("%s: is an input, which %s does not overwrite", output->path, output->option);
    } else if (output->error != 0 && !output->is_closed_pipe) {
        complain_of(output->path, output->error);
    }
    output_discard(output);
    return output->error == 0 && !output->is_over_input;
}

char *output_directory(const struct output *output) {
    const char *slash = output->target == NULL ? NULL : strrchr(output->target, '/');
    const char *temporary = getenv("TMPDIR");
    if (slash != NULL) {
        return strndup(output->target,
                       slash == output->target ? 1 : (size_t)(slash - output->target));
    }
    if (output->target != NULL) {
        return strdup(".");
    }
    return strdup(temporary == NULL || *temporary == '\0' ? "/tmp" : temporary);
}

void output_discard(struct output *output) {
    if (output->stream != NULL && output->stream != stdout) {
        (void)fclose(output->stream);
    }
    output->stream = NULL;
    if (output->temporary != NULL) {
        remove_temporary(output);
        free(output->temporary);
        output->temporary = NULL;
    }
    free(output->target);
    output->target = NULL;
}
