// SPDX-License-Identifier: GPL-3.0-or-later
// Fuzz target: times, durations, the command line and lists of paths. The input is the arguments,
// one a line, and the list.
#include "../cmd/evtxseq/options.h"

#include <getopt.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../cmd/evtxseq/paths.h"
#include "base/timestamp.h"
#include "fuzz.h"

enum { ARGUMENTS_MAX = 64 };

// What is understood as a time is understood again in the form that we write; as the same, unless
// its zone takes it out of the years that there are.
static void check_time(const char *text) {
    int64_t time = 0;
    if (timestamp_parse(text, &time) || timestamp_parse_sysmon(text, &time)) {
        int64_t again = 0;
        char written[TIMESTAMP_TEXT_SIZE];
        timestamp_format(time, written);
        bool is_understood = timestamp_parse(written, &again);
        must(is_understood && (again == time || written[0] == '0' || written[0] == '9'));
    }
    if (duration_parse(text, &time)) {
        must(time >= 0 && time <= INT64_C(36500) * 24 * 3600 * 1000);
    }
}

// A number of any size, as a hostile log has them.
static void check_filetime(const char *text) {
    char written[TIMESTAMP_TEXT_SIZE];
    uint64_t filetime = 0;
    memcpy(&filetime, text, strnlen(text, sizeof filetime));
    int64_t time = 0;
    timestamp_format(timestamp_from_filetime(filetime), written);
    must(timestamp_parse(written, &time));
    timestamp_format((int64_t)filetime, written);
    must(timestamp_parse(written, &time));
}

static void check_options(int argc, char **argv) {
    struct options options;
    optind = 0; // getopt_long() starts afresh
    if (options_read(argc, argv, &options) == OPTIONS_RUN) {
        must(options.path_count < (size_t)argc);
        must(options.path_count > 0 || options.files_from != NULL);
    }
    options_free(&options);
}

static void check_list(const uint8_t *data, size_t size, bool null) {
    static int fd = -1;
    static char name[64];
    if (fd < 0) {
        fd = memfd_create("list", MFD_CLOEXEC);
        (void)snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    }
    must(ftruncate(fd, 0) == 0 && pwrite(fd, data, size, 0) == (ssize_t)size);
    const struct options options = {.files_from = name, .null = null};
    struct paths paths;
    if (paths_read(&paths, &options)) {
        must(paths.count > 0);
        for (size_t i = 0; i < paths.count; i++) {
            must(*paths.list[i] != '\0');
        }
    }
    paths_free(&paths);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static char name[] = "evtxseq";
    char *argv[ARGUMENTS_MAX + 2] = {name};
    int argc = 1;
    char *text = strndup((const char *)data, size);
    must(text != NULL);
    for (char *line = strtok(text, "\n"); line != NULL && argc <= ARGUMENTS_MAX;
         line = strtok(NULL, "\n")) {
        argv[argc++] = line;
        check_time(line);
        check_filetime(line);
    }
    argv[argc] = NULL;
    // Complaints would drown everything else; the sanitizers do not write through stdio.
    static FILE *nowhere;
    if (nowhere == NULL) {
        nowhere = fopen("/dev/null", "w");
        must(nowhere != NULL);
        stderr = nowhere;
    }
    check_options(argc, argv);
    check_list(data, size, false);
    check_list(data, size, true);
    free(text);
    return 0;
}
