// SPDX-License-Identifier: GPL-3.0-or-later
// make-logs OUTDIR CASE...: writes each case's files to OUTDIR/NAME/, the same bytes every time.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "case.h"
#include "xmem.h"

// The file's name without its directories and `.case`.
static char *case_name(const char *path) {
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    size_t length = strlen(name);
    if (length > 5 && strcmp(name + length - 5, ".case") == 0) {
        length -= 5;
    }
    return xstrndup(name, length);
}

int main(int argc, char **argv) {
    if (argc < 3) {
        fprintf(stderr, "usage: make-logs OUTDIR CASE...\n");
        return 2;
    }
    for (int i = 2; i < argc; i++) {
        struct test_case *test = case_read(argv[i]);
        char *name = case_name(argv[i]);
        char *directory = xformat("%s/%s", argv[1], name);
        case_write_files(test, directory);
        free(directory);
        free(name);
        case_free(test);
    }
    return 0;
}
