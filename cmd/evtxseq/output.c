// SPDX-License-Identifier: GPL-3.0-or-later
// Where findings go.
#include "output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void complain(const char *path, int error) {
    (void)fprintf(stderr, "evtxseq: %s: cannot be written: %s\n",
                  path == NULL ? "standard output" : path, strerror(error));
}

// Gives the file the permissions that any new file would get, or those of the one it replaces;
// mkstemp() makes it private.
static void set_mode(int fd, const struct stat *replaced) {
    mode_t mask = umask(0);
    (void)umask(mask);
    (void)fchmod(fd, replaced == NULL ? 0666 & ~mask : replaced->st_mode & 07777);
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
    int fd = mkstemp(output->temporary);
    if (fd < 0) {
        free(output->temporary);
        output->temporary = NULL;
        return false;
    }
    set_mode(fd, replaced);
    output->stream = fdopen(fd, "w");
    return output->stream != NULL;
}

bool output_open(struct output *output, const char *path) {
    struct stat status;
    *output = (struct output){.stream = stdout, .path = path};
    if (path == NULL) {
        return true;
    }
    bool exists = stat(path, &status) == 0;
    output->stream = NULL;
    if (exists && !S_ISREG(status.st_mode)) {
        output->stream = fopen(path, "we");
    } else {
        (void)open_temporary(output, path, exists ? &status : NULL);
    }
    if (output->stream == NULL) {
        complain(path, errno);
        output_discard(output);
        return false;
    }
    return true;
}

bool output_write(struct output *output, const char *data, size_t size) {
    return fwrite(data, 1, size, output->stream) == size;
}

bool output_close(struct output *output) {
    bool ok = fflush(output->stream) == 0 && ferror(output->stream) == 0;
    if (ok && output->temporary != NULL) {
        ok = fsync(fileno(output->stream)) == 0;
    }
    int error = errno;
    if (output->stream != stdout && fclose(output->stream) != 0 && ok) {
        error = errno;
        ok = false;
    }
    output->stream = NULL;
    if (ok && output->temporary != NULL && rename(output->temporary, output->target) != 0) {
        error = errno;
        ok = false;
    }
    if (!ok) {
        output->is_closed_pipe = error == EPIPE;
        if (!output->is_closed_pipe) {
            complain(output->path, error);
        }
        output_discard(output);
    }
    free(output->temporary);
    free(output->target);
    output->temporary = NULL;
    output->target = NULL;
    return ok;
}

void output_discard(struct output *output) {
    if (output->stream != NULL && output->stream != stdout) {
        (void)fclose(output->stream);
    }
    output->stream = NULL;
    if (output->temporary != NULL) {
        (void)unlink(output->temporary);
        free(output->temporary);
        output->temporary = NULL;
    }
    free(output->target);
    output->target = NULL;
}
