// SPDX-License-Identifier: GPL-3.0-or-later
// Fuzz target: a whole run, workers and all, over two inputs. The fuzzer's is a log that comes
// first; the other is intact, of a host of its own. Whatever the first does, the findings of the
// second are the same, with their context.
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../tests/case.h"
#include "../tests/command.h"
#include "../tests/xmem.h"
#include "evtxseq.h"
#include "fuzz.h"

#define HOST "beside-6e1f93.example"

static const char intact[] = "log intact.evtx\n"
                             "with host=" HOST " machine=6E1F93AB\n"
                             "load  10:00:00\n"
                             "start 10:00:01\n"
                             "start 10:00:30\n"
                             "  ProcessGuid: {6E1F93AB-0001-6632-0101-000000001100}\n"
                             "  ProcessId: 700\n"
                             "  Image: C:\\Windows\\System32\\wbem\\WmiPrvSE.exe\n"
                             "  OriginalFileName: WmiPrvSE.exe\n"
                             "chunk\n"
                             "load  10:01:00\n"
                             "start 10:01:01\n"
                             "  ProcessGuid: {6E1F93AB-0002-6632-0101-000000001100}\n"
                             "  ParentProcessGuid: {6E1F93AB-0001-6632-0101-000000001100}\n";

enum { FINDINGS = 2 };

// The sanitizers would have a worker that dies save the input as if this process had failed.
void __sanitizer_set_death_callback(void (*callback)(void)); // NOLINT(bugprone-reserved-identifier)

static void forget_fuzzer(void) {
    __sanitizer_set_death_callback(NULL);
}

struct pair {
    int hostile; // both are files in memory
    char *paths[2];
    struct evtxseq_options *options;
};

static int open_in_memory(const void *bytes, size_t size) {
    int fd = memfd_create("log", MFD_CLOEXEC);
    must(fd >= 0 && pwrite(fd, bytes, size, 0) == (ssize_t)size);
    return fd;
}

static int make_intact(void) {
    char *directory = make_temporary_directory();
    size_t size = 0;
    case_write_text(intact, directory);
    char *path = xformat("%s/intact.evtx", directory);
    char *bytes = read_file(path, &size);
    int fd = open_in_memory(bytes, size);
    remove_tree(directory);
    free(directory);
    free(bytes);
    free(path);
    return fd;
}

static struct pair *prepare(void) {
    static struct pair pair;
    if (pair.options != NULL) {
        return &pair;
    }
    pair.hostile = open_in_memory("", 0);
    pair.paths[0] = xformat("/proc/self/fd/%d", pair.hostile);
    pair.paths[1] = xformat("/proc/self/fd/%d", make_intact());
    pair.options = evtxseq_options_new();
    must(pair.options != NULL);
    evtxseq_options_set_jobs(pair.options, 1);
    must(pthread_atfork(NULL, NULL, forget_fuzzer) == 0);
    return &pair;
}

// Whether the finding has its events and, the second, the parent that is in the other chunk.
static bool is_whole(const struct evtxseq_finding *finding) {
    const struct evtxseq_event *event = evtxseq_finding_event(finding, 1);
    return evtxseq_finding_event_count(finding) == 2 &&
           (evtxseq_event_record(event) == 2 || evtxseq_finding_ancestor_count(finding, 1) == 1);
}

static void check(const struct evtxseq_scan *scan) {
    size_t found = 0;
    for (size_t i = 0; i < evtxseq_scan_finding_count(scan); i++) {
        const struct evtxseq_finding *finding = evtxseq_scan_finding(scan, i);
        const char *host = evtxseq_finding_host(finding);
        if (host != NULL && strcmp(host, HOST) == 0) {
            must(is_whole(finding));
            found++;
        }
    }
    must(found == FINDINGS);
    must(evtxseq_scan_has_all_context(scan));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const struct pair *pair = prepare();
    must(ftruncate(pair->hostile, 0) == 0 && pwrite(pair->hostile, data, size, 0) == (ssize_t)size);
    struct evtxseq_scan *scan =
        evtxseq_scan_paths(pair->options, (const char *const *)pair->paths, 2);
    must(scan != NULL);
    check(scan);
    evtxseq_scan_free(scan);
    return 0;
}
