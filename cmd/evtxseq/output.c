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

// A file beside `path`, so that moving it into place stays within one file system.
static bool open_temporary(struct output *output, const char *path) {
    size_t size = strlen(path) + sizeof ".XXXXXX";
    output->temporary = malloc(size);
    if (output->temporary == NULL) {
        return false;
    }
    (void)snprintf(output->temporary, size, "%s.XXXXXX", path);
    int fd = mkstemp(output->temporary);
    if (fd < 0) {
        free(output->temporary);
        output->temporary = NULL;
        return false;
    }
    // mkstemp() makes files private; this one gets the permissions that any new file would.
    mode_t mask = umask(0);
    (void)umask(mask);
    (void)fchmod(fd, 0666 & ~mask);
    output->stream = fdopen(fd, "w");
    return output->stream != NULL;
}

bool output_open(struct output *output, const char *path) {
    struct stat status;
    *output = (struct output){.stream = stdout, .path = path};
    if (path == NULL) {
        return true;
    }
    bool is_in_place = stat(path, &status) == 0 && !S_ISREG(status.st_mode);
    if (is_in_place) {
        output->stream = fopen(path, "we");
    } else {
        output->stream = NULL;
        (void)open_temporary(output, path);
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
    if (ok && output->temporary != NULL && rename(output->temporary, output->path) != 0) {
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
    output->temporary = NULL;
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
}
