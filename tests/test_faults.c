// SPDX-License-Identifier: GPL-3.0-or-later
// Check suite: what a log does to the process that decodes it costs one chunk.
//
// Environment: EVTXSEQ, the command under test (build/evtxseq); EVTXSEQ_FAULTS, the same with
// faults (build/evtxseq-faults), see faults.h.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <seccomp.h>

#include "case.h"
#include "command.h"
#include "evtx/chunk.h"
#include "evtx_writer.h"
#include "faults.h"
#include "scripted.h"
#include "suites.h"
#include "xmem.h"

static const struct fault {
    const char *name;
    const char *reason;
} faults[] = {
    {"abort", "the decoding process died"},
    {"segv", "the decoding process died"},
    {"heap", "the decoding process died"},
    {"hang", "the decoding process took too long"},
    {"nonsense", "the decoding process sent nonsense"},
    {"idle", "the decoding process took too long"},
    {"outside", "the decoding process died"},
    {"coverage", "the decoding process died"},
// A sanitizer's build has neither limits nor a filter.
#ifndef EVTXSEQ_SANITIZED
    {"memory", "the decoding process died"},
    {"file", "the decoding process made a forbidden system call"},
    {"network", "the decoding process made a forbidden system call"},
    {"program", "the decoding process made a forbidden system call"},
    {"process", "the decoding process made a forbidden system call"},
    {"code", "the decoding process made a forbidden system call"},
    {"advice", "the decoding process made a forbidden system call"},
    {"write", "the decoding process made a forbidden system call"},
#endif
};

enum { FAULT_COUNT = sizeof faults / sizeof faults[0] };

// In the first log the second of three chunks is marked; in the other the only one is.
static const char logs[] = "log live.evtx\n"
                           "load  10:00:00\n"
                           "start 10:00:01\n"
                           "chunk\n"
                           "load  10:01:00\n"
                           "start 10:01:01\n"
                           "event 22 10:01:02\n"
                           "  Mark: " FAULTS_MARK "%s\n"
                           "chunk\n"
                           "load  10:02:00\n"
                           "start 10:02:01\n"
                           "log alone.evtx\n"
                           "event 22 10:03:00\n"
                           "  Mark: " FAULTS_MARK "%s\n"
                           "log others/whole.evtx\n"
                           "load  11:00:00\n"
                           "start 11:00:01\n"
                           "chunk\n"
                           "load  11:01:00\n"
                           "start 11:01:01\n"
                           "event 7 11:02:00 host=WS02\n";

static char *command_path(const char *variable, const char *otherwise) {
    const char *command = getenv(variable);
    command = command != NULL && *command != '\0' ? command : otherwise;
    char *path = realpath(command, NULL);
    if (path == NULL) {
        die("%s: %s", command, strerror(errno));
    }
    return path;
}

// A new directory with the logs. The caller frees the path and removes the directory.
static char *write_logs(const char *fault) {
    char *directory = make_temporary_directory();
    char *path = xformat("%s/faults.case", directory);
    char *text = xformat(logs, fault, fault);
    write_file(path, text, strlen(text));
    struct test_case *test = case_read(path);
    case_write_files(test, directory);
    case_free(test);
    free(text);
    free(path);
    return directory;
}

static struct outcome run_command(const char *variable, const char *otherwise,
                                  const char *directory, const char *log, const char *input) {
    char *command = command_path(variable, otherwise);
    char *name = xstrdup(log);
    char format[] = "-fcsv";
    char verbose[] = "-v";
    char jobs[] = "-j2";
    char *arguments[] = {command, format, verbose, jobs, name, NULL};
    struct outcome outcome = command_run(arguments, directory, input);
    free(name);
    free(command);
    return outcome;
}

static struct outcome run_with_faults(const char *directory, const char *log, const char *input) {
    return run_command("EVTXSEQ_FAULTS", "build/evtxseq-faults", directory, log, input);
}

static size_t lines_in(const char *text) {
    size_t count = 0;
    for (; *text != '\0'; text++) {
        count += *text == '\n';
    }
    return count;
}

static bool has_finding(const struct outcome *outcome, const char *time) {
    return strstr(outcome->output, time) != NULL;
}

static void check_named(const struct outcome *outcome, const char *log, unsigned offset,
                        const char *reason) {
    char *line = xformat("evtxseq: %s: offset %u: chunk that stopped the decoder: %s\n", log,
                         offset, reason);
    ck_assert_msg(strstr(outcome->errors, line) != NULL, "no line %sin\n%s", line, outcome->errors);
    free(line);
    ck_assert_msg(strstr(outcome->errors, "problems: 1 chunk that stopped the decoder\n") != NULL,
                  "%s", outcome->errors);
}

START_TEST(test_costs_one_chunk) {
    const struct fault *fault = &faults[_i];
    char *directory = write_logs(fault->name);
    struct outcome outcome = run_with_faults(directory, "live.evtx", NULL);
    ck_assert_int_eq(outcome.status, 1);
    ck_assert_uint_eq(lines_in(outcome.output), 3);
    ck_assert(has_finding(&outcome, "T10:00:01.000Z"));
    ck_assert(has_finding(&outcome, "T10:02:01.000Z"));
    check_named(&outcome, "live.evtx", 4096 + 65536, fault->reason);
    outcome_free(&outcome);

    outcome = run_with_faults(directory, "alone.evtx", NULL);
    ck_assert_int_eq(outcome.status, 2);
    ck_assert_uint_eq(lines_in(outcome.output), 1);
    check_named(&outcome, "alone.evtx", 4096, fault->reason);
    outcome_free(&outcome);

    char *file = xformat("%s/" FAULTS_FILE, directory);
    ck_assert_int_ne(access(file, F_OK), 0);
    free(file);
    remove_tree(directory);
    free(directory);
}
END_TEST

// A process that claims to get further is ended some time after the stream that it reads has.
START_TEST(test_stream_ends) {
    char *directory = write_logs("roam");
    struct outcome outcome = run_script_with_faults(
        directory, "cat alone.evtx | \"$E\" -fcsv -v --no-context - others/whole.evtx");
    ck_assert_uint_eq(lines_in(outcome.output), 3);
    expect_text(outcome.errors, "the decoding process took too long", "roam");
    outcome_free(&outcome);
    remove_all(directory);
}
END_TEST

// A chunk is the death of a process in each pass, and of two where it comes back to life there.
START_TEST(test_every_death_is_named) {
    static const char *const lines[] = {
        "the decoding process died",
        "the decoding process died once more",
        "the decoding process died, when context was looked up",
        "the decoding process died once more, when context was looked up",
    };
    char *directory = write_logs("outside");
    struct outcome outcome = run_with_faults(directory, "live.evtx", NULL);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        check_named(&outcome, "live.evtx", 4096 + 65536, lines[i]);
    }
    outcome_free(&outcome);
    remove_tree(directory);
    free(directory);
}
END_TEST

// What a log does to its worker leaves the logs of others as they are: their findings, and what is
// counted of them. One worker has the next log already when it comes to harm, two may not.
START_TEST(test_leaves_others_whole) {
    size_t number = (size_t)_i / 2;
    const char *name = number < FAULT_COUNT ? faults[number].name : "state";
    char *directory = write_logs(name);
    struct outcome outcome = _i % 2 == 0
                                 ? run_with_faults(directory, ".", NULL)
                                 : run_script_with_faults(directory, "\"$E\" -fcsv -v -j1 .");
    ck_assert_int_eq(outcome.status, 1);
    ck_assert(has_finding(&outcome, "T10:00:01.000Z"));
    ck_assert(has_finding(&outcome, "T10:02:01.000Z"));
    ck_assert(has_finding(&outcome, "T11:00:01.000Z"));
    ck_assert(has_finding(&outcome, "T11:01:01.000Z"));
    ck_assert_uint_eq(lines_in(outcome.output), 5);
    ck_assert(strstr(outcome.errors, "live.evtx: offset 69632: chunk that stopped the decoder: ") !=
              NULL);
    ck_assert(strstr(outcome.errors, "whole.evtx: ") == NULL);
    ck_assert(strstr(outcome.errors, "WS02: ") != NULL);
    outcome_free(&outcome);
    remove_tree(directory);
    free(directory);
}
END_TEST

// Without a mark, the same command finds everything: the losses above are the faults'.
START_TEST(test_unmarked) {
    char *directory = write_logs("none");
    struct outcome outcome = run_with_faults(directory, "live.evtx", NULL);
    ck_assert_int_eq(outcome.status, 1);
    ck_assert_uint_eq(lines_in(outcome.output), 4);
    ck_assert(strstr(outcome.errors, "problems") == NULL);
    outcome_free(&outcome);
    remove_tree(directory);
    free(directory);
}
END_TEST

// Messages without end take neither the time nor the memory of the process that reads them,
// be they many or large.
START_TEST(test_flood) {
    static const char *const floods[] = {"flood", "torrent"};
    char *directory = write_logs(floods[_i]);
    struct outcome outcome = run_with_faults(directory, ".", NULL);
    ck_assert_int_eq(outcome.status, 1);
    ck_assert(has_finding(&outcome, "T10:00:01.000Z"));
    ck_assert(has_finding(&outcome, "T10:02:01.000Z"));
    ck_assert(has_finding(&outcome, "T11:00:01.000Z"));
    ck_assert(has_finding(&outcome, "T11:01:01.000Z"));
    ck_assert(strstr(outcome.errors, "live.evtx: offset 69632: chunk that stopped the decoder: the "
                                     "decoding process sent more than the log can hold\n") != NULL);
    ck_assert(strstr(outcome.errors, "whole.evtx: ") == NULL);
#ifndef EVTXSEQ_SANITIZED
    struct rusage usage;
    ck_assert_int_eq(getrusage(RUSAGE_CHILDREN, &usage), 0);
    ck_assert_int_lt(usage.ru_maxrss, 128L * 1024);
#endif
    outcome_free(&outcome);
    remove_tree(directory);
    free(directory);
}
END_TEST

// A log in so many parts that no socket holds what a worker is to be sent of all, with a chunk at
// the beginning of each.
static void write_parts(const char *directory) {
    enum { PARTS = 320, PART_SIZE = 64 * CHUNK_SIZE };
    char *path = xformat("%s/alone.evtx", directory);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    for (off_t i = 1; i < PARTS; i++) {
        ck_assert_int_eq(
            pwrite(fd, CHUNK_SIGNATURE, sizeof CHUNK_SIGNATURE, EVTX_HEADER_SIZE + i * PART_SIZE),
            sizeof CHUNK_SIGNATURE);
    }
    (void)close(fd);
    free(path);
}

// Who is sent jobs and takes none of them keeps nobody waiting.
START_TEST(test_claims_to_be_done) {
    char *directory = write_logs("claim");
    write_parts(directory);
    struct outcome outcome =
        run_script_with_faults(directory, "\"$E\" -fcsv -v -j1 alone.evtx others");
    ck_assert_int_eq(outcome.status, 1);
    expect_text(outcome.errors, "the decoding process sent nonsense", "claim");
    ck_assert(has_finding(&outcome, "T11:00:01.000Z"));
    ck_assert(has_finding(&outcome, "T11:01:01.000Z"));
    outcome_free(&outcome);
    remove_all(directory);
}
END_TEST

// Adds the numbers (inodes) of the memory that the process can write to and share.
static size_t add_shared(long process, unsigned long *numbers, size_t room) {
    char line[512];
    size_t count = 0;
    char *path = xformat("/proc/%ld/maps", process);
    FILE *maps = fopen(path, "re");
    free(path);
    ck_assert_ptr_nonnull(maps);
    while (fgets(line, sizeof line, maps) != NULL) {
        if (strstr(line, " rw-s ") != NULL && count < room) {
            char *at = strchr(strchr(line, ':') + 1, ' '); // after the device
            numbers[count++] = strtoul(at, NULL, 10);
        }
    }
    (void)fclose(maps);
    return count;
}

static pid_t start_hanging(const char *directory) {
    char *command = command_path("EVTXSEQ_FAULTS", "build/evtxseq-faults");
    pid_t process = fork();
    ck_assert_int_ge(process, 0);
    if (process == 0) {
        if (chdir(directory) == 0) {
            (void)execl(command, command, "-q", "-j2", "live.evtx", "alone.evtx", (char *)NULL);
        }
        _exit(EXIT_FAILURE);
    }
    free(command);
    return process;
}

// Workers at work have one piece of memory each that others can see, and not the same.
START_TEST(test_workers_share_no_memory) {
    enum { WORKERS = 2, ROOM = 8 };
    static const struct timespec a_while = {.tv_nsec = 700000000};
    unsigned long numbers[ROOM];
    size_t count = 0;
    char list[256] = "";
    char *directory = write_logs("hang");
    pid_t process = start_hanging(directory);
    (void)nanosleep(&a_while, NULL);
    char *path = xformat("/proc/%d/task/%d/children", (int)process, (int)process);
    FILE *children = fopen(path, "re");
    ck_assert_ptr_nonnull(children);
    ck_assert_ptr_nonnull(fgets(list, sizeof list, children));
    (void)fclose(children);
    size_t workers = 0;
    for (char *at = list; *at >= '0' && *at <= '9'; at += *at == ' ') {
        count += add_shared(strtol(at, &at, 10), numbers + count, ROOM - count);
        workers++;
    }
    ck_assert_uint_eq(workers, WORKERS);
    ck_assert_uint_eq(count, WORKERS);
    ck_assert_uint_ne(numbers[0], numbers[1]);
    ck_assert_int_eq(kill(process, SIGKILL), 0);
    ck_assert_int_eq(waitpid(process, NULL, 0), process);
    free(path);
    remove_tree(directory);
    free(directory);
}
END_TEST

// A process in which libevtx has failed on a record gets no other input.
START_TEST(test_renewed_after_failure) {
    static struct chunk chunk;
    static const char text[] = "log a.evtx\n"
                               "filler 2\n"
                               "event 22 10:00:00\n"
                               "  Mark: " FAULTS_MARK "linger\n"
                               "log b.evtx\n"
                               "load  10:00:00\n"
                               "start 10:00:01\n";
    size_t size = 0;
    char *directory = make_temporary_directory();
    char *path = xformat("%s/a.evtx", directory);
    case_write_text(text, directory);
    char *bytes = read_file(path, &size);
    uint8_t *data = (uint8_t *)bytes + EVTX_HEADER_SIZE;
    chunk_survey(&chunk, data, 0);
    ck_assert_uint_eq(chunk.record_count, 3);
    data[chunk.records[1].offset + RECORD_HEADER_SIZE] = 0xff;
    evtx_seal_chunk(data);
    write_file(path, bytes, size);
    char *command = command_path("EVTXSEQ_FAULTS", "build/evtxseq-faults");
    char *arguments[] = {command, "-v", "-j1", "a.evtx", "b.evtx", NULL};
    struct outcome outcome = command_run(arguments, directory, NULL);
    ck_assert_int_eq(outcome.status, 1);
    ck_assert(strstr(outcome.errors, "binary XML cannot be decoded\n") != NULL);
    ck_assert_msg(strstr(outcome.errors, "stopped the decoder") == NULL, "%s", outcome.errors);
    outcome_free(&outcome);
    free(command);
    free(bytes);
    free(path);
    remove_tree(directory);
    free(directory);
}
END_TEST

// A worker whose decoder leaks is replaced before it has no memory left for what comes next.
START_TEST(test_leaks) {
    enum { CHUNKS = 12 };
    char *directory = make_temporary_directory();
    char *path = xformat("%s/leaks.case", directory);
    char *text = xstrdup("log live.evtx\n");
    for (int i = 0; i < CHUNKS; i++) {
        char *longer = xformat("%sevent 22 10:00:00\n  Mark: " FAULTS_MARK "leak\nchunk\n", text);
        free(text);
        text = longer;
    }
    char *whole = xformat("%sload  10:00:00\nstart 10:00:01\n", text);
    write_file(path, whole, strlen(whole));
    struct test_case *test = case_read(path);
    case_write_files(test, directory);
    case_free(test);
    struct outcome outcome = run_with_faults(directory, "live.evtx", NULL);
    ck_assert_int_eq(outcome.status, 1);
    ck_assert_uint_eq(lines_in(outcome.output), 2);
    ck_assert(strstr(outcome.errors, "problems") == NULL);
    outcome_free(&outcome);
    free(whole);
    free(text);
    free(path);
    remove_tree(directory);
    free(directory);
}
END_TEST

static void write_slowly(const char *directory) {
    enum { IN_SECOND_CHUNK = 100000, PAUSE = 5 };
    size_t size = 0;
    char *from = xformat("%s/live.evtx", directory);
    char *to = xformat("%s/pipe", directory);
    char *bytes = read_file(from, &size);
    int fd = open(to, O_WRONLY | O_CLOEXEC);
    bool ok = fd >= 0 && write(fd, bytes, IN_SECOND_CHUNK) == IN_SECOND_CHUNK;
    (void)sleep(PAUSE);
    size -= IN_SECOND_CHUNK;
    ok = ok && write(fd, bytes + IN_SECOND_CHUNK, size) == (ssize_t)size;
    _exit(ok ? EXIT_SUCCESS : EXIT_FAILURE);
}

// A worker that waits for a slow pipe longer than it may spend on a chunk is not ended.
START_TEST(test_slow_pipe) {
    char *directory = write_logs("none");
    char *pipe = xformat("%s/pipe", directory);
    ck_assert_int_eq(mkfifo(pipe, 0600), 0);
    free(pipe);
    pid_t writer = fork();
    ck_assert_int_ge(writer, 0);
    if (writer == 0) {
        write_slowly(directory);
    }
    struct outcome outcome = run_with_faults(directory, "-", "pipe");
    ck_assert_int_eq(outcome.status, 1);
    ck_assert_uint_eq(lines_in(outcome.output), 4);
    ck_assert(strstr(outcome.errors, "problems") == NULL);
    outcome_free(&outcome);
    ck_assert_int_eq(waitpid(writer, NULL, 0), writer);
    remove_tree(directory);
    free(directory);
}
END_TEST

// A log in an archive waits for the one worker, which another log keeps busy: the process that
// unpacks it is not taken for one that is stuck.
START_TEST(test_archive_waits) {
    static const char hang[] = "event 22 10:00:00\n  Mark: " FAULTS_MARK "hang\n";
    char *directory = write_logs("none");
    char *text = xformat("log busy.evtx\n%schunk\n%schunk\n%schunk\n%s", hang, hang, hang, hang);
    case_write_text(text, directory);
    struct outcome outcome = run_script_with_faults(
        directory, "truncate -s 4M others/whole.evtx; tar cf logs.tar others; "
                   "\"$E\" -fcsv -v -j1 --no-context busy.evtx logs.tar");
    ck_assert_int_eq(outcome.status, 1);
    ck_assert_uint_eq(lines_in(outcome.output), 3);
    expect_text(outcome.errors,
                "chunk that stopped the decoder: the decoding process took too long", "busy");
    expect_no_text(outcome.errors, "the unpacking process", "archive");
    outcome_free(&outcome);
    free(text);
    remove_all(directory);
}
END_TEST

// Two names exchanged where values are read in place: noticed, named, and no finding is lost.
START_TEST(test_misread) {
    char *directory = write_logs("none");
    struct outcome right = run_with_faults(directory, "live.evtx", NULL);
    ck_assert_int_eq(setenv("EVTXSEQ_MISREAD", "1", 1), 0);
    struct outcome misread = run_with_faults(directory, "live.evtx", NULL);
    ck_assert_int_eq(unsetenv("EVTXSEQ_MISREAD"), 0);
    ck_assert_int_eq(right.status, 1);
    ck_assert_int_eq(misread.status, 1);
    ck_assert_str_eq(misread.output, right.output);
    ck_assert(strstr(right.errors, "left to the decoder") == NULL);
    ck_assert(strstr(misread.errors,
                     "template definition left to the decoder: reading it in place and "
                     "decoding it gave different results") != NULL);
    outcome_free(&right);
    outcome_free(&misread);
    remove_tree(directory);
    free(directory);
}
END_TEST

// A log with pairs, more than are kept whole, in the middle of which one is read wrongly in place.
static void write_many(const char *directory) {
    enum { LOADS = 300, TEXT = 20000, ALTERED = 8 };
    char *path = xformat("%s/many.case", directory);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    (void)fprintf(file, "log many.evtx\nload 10:00:00\nstart 10:00:00.5\n");
    for (int i = 1; i < LOADS; i++) {
        (void)fprintf(file, "chunk\nload 10:%02d:%02d\n  Filler: ", i / 60, i % 60);
        for (int k = 0; k < TEXT; k++) {
            (void)fputs("\xe2\x82\xac", file);
        }
        (void)fprintf(file, "\nstart 10:%02d:%02d.5\n", i / 60, i % 60);
        if (i == ALTERED) {
            (void)fprintf(file, "event 22 11:00:00\n  Mark: " FAULTS_MARK "alter\n");
        }
    }
    ck_assert_int_eq(fclose(file), 0);
    struct test_case *test = case_read(path);
    case_write_files(test, directory);
    case_free(test);
    free(path);
}

// An event that is read in two ways is reported as the decoder has it, also when it is read again.
START_TEST(test_difference) {
    char *directory = make_temporary_directory();
    write_many(directory);
    struct outcome right = run_command("EVTXSEQ", "build/evtxseq", directory, "many.evtx", NULL);
    struct outcome altered = run_with_faults(directory, "many.evtx", NULL);
    ck_assert_int_eq(right.status, 1);
    ck_assert_int_eq(altered.status, 1);
    ck_assert(strcmp(altered.output, right.output) == 0); // long
    ck_assert(strstr(right.errors, "read in two ways") == NULL);
    ck_assert(strstr(altered.errors, "1 event read in two ways") != NULL);
    outcome_free(&right);
    outcome_free(&altered);
    remove_tree(directory);
    free(directory);
}
END_TEST

// In one log a process is read wrongly in place, its parent's image for its own, which makes a
// finding; in the other they are the same.
static void write_misread(const char *directory) {
    static const char rule[] =
        "{\"rule_id\":\"host\",\"name\":\"Host\",\"type\":\"eql\",\"language\":\"eql\","
        "\"severity\":\"low\",\"risk_score\":21,"
        "\"query\":\"process where process.name : \\\"WmiPrvSE.exe\\\"\"}\n";
    char *path = xformat("%s/rules.ndjson", directory);
    write_file(path, rule, strlen(rule));
    free(path);
    case_write_text("log misread.evtx\n"
                    "event 22 10:00:00\n"
                    "  Mark: " FAULTS_MARK "lie\n"
                    "start 10:00:01\n"
                    "log the-same.evtx\n"
                    "event 22 10:00:00\n"
                    "  Mark: " FAULTS_MARK "lie\n"
                    "start 10:00:01\n"
                    "log other.evtx\n"
                    "start 10:00:02\n"
                    "  Image: C:\\WmiPrvSE.exe\n"
                    "  ParentImage: C:\\WmiPrvSE.exe\n",
                    directory);
}

// What libevtx makes of it counts, whether that is known when it is found, as of a pipe, or when it
// is to be reported; then also where the log that comes first has shown what is wrong.
START_TEST(test_difference_undoes_finding) {
    static const char *const names[] = {"misread.evtx", "the-same.evtx", "-"};
    char *directory = make_temporary_directory();
    char *script = xformat("cat misread.evtx | EVTXSEQ_MISREAD=1 "
                           "\"$E\" -fcsv -v -j1 --no-context --rules rules.ndjson %s other.evtx",
                           names[_i]);
    write_misread(directory);
    struct outcome outcome = run_script_with_faults(directory, script);
    ck_assert_uint_eq(lines_in(outcome.output), 2);
    ck_assert(has_finding(&outcome, "T10:00:02.000Z"));
    expect_text(outcome.errors, "reading it in place and decoding it gave different results",
                script);
    outcome_free(&outcome);
    free(script);
    remove_tree(directory);
    free(directory);
}
END_TEST

// Logs of one finding each, read by one worker after another, with two names exchanged where values
// are read in place. Those of `liars` make their worker say that this is right.
enum { LOGS = 16, LOGS_OF_WORKER = 4 }; // the latter see pool.c

static struct outcome run_liars(const char *liars) {
    char *directory = make_temporary_directory();
    char *command = command_path("EVTXSEQ_FAULTS", "build/evtxseq-faults");
    char *names[LOGS];
    char *arguments[LOGS + 5] = {command, "-fcsv", "-v", "-j1"};
    for (int i = 0; i < LOGS; i++) {
        const char *fault = strchr(liars, 'a' + i) == NULL ? "none" : "lie";
        names[i] = xformat("%c.evtx", 'a' + i);
        arguments[4 + i] = names[i];
        char *text = xformat("log %s\n"
                             "event 22 10:%02d:00\n"
                             "  Mark: " FAULTS_MARK "%s\n"
                             "load  10:%02d:01\n"
                             "start 10:%02d:02\n",
                             names[i], i, fault, i, i);
        case_write_text(text, directory);
        free(text);
    }
    ck_assert_int_eq(setenv("EVTXSEQ_MISREAD", "1", 1), 0);
    struct outcome outcome = command_run(arguments, directory, NULL);
    ck_assert_int_eq(unsetenv("EVTXSEQ_MISREAD"), 0);
    for (int i = 0; i < LOGS; i++) {
        free(names[i]);
    }
    free(command);
    remove_tree(directory);
    free(directory);
    return outcome;
}

static bool has_finding_of(const struct outcome *outcome, int log) {
    char *time = xformat("T10:%02d:02.000Z", log);
    bool has = has_finding(outcome, time);
    free(time);
    return has;
}

// Whether the log was the one in which its worker noticed that a definition is read wrongly.
static bool is_noticed_in(const struct outcome *outcome, int log) {
    char *start = xformat("evtxseq: %c.evtx: offset ", 'a' + log);
    bool is_noticed = false;
    for (const char *at = outcome->errors; !is_noticed && (at = strstr(at, start)) != NULL; at++) {
        const char *said = strstr(at, "template definition left to the decoder");
        is_noticed = said != NULL && said < at + strcspn(at, "\n");
    }
    free(start);
    return is_noticed;
}

// That a definition is read wrongly is noticed in every worker, and nothing is lost, as long as
// fewer vouch for it than it takes: a log that takes over its worker, or two that do, harm no more
// than what that worker is given.
START_TEST(test_false_word) {
    static const struct {
        const char *liars;
        int first; // log that comes after them
    } runs[] = {{"", 0}, {"a", LOGS_OF_WORKER}, {"ae", 2 * LOGS_OF_WORKER}};
    struct outcome outcome = run_liars(runs[_i].liars);
    for (int log = runs[_i].first; log < LOGS; log++) {
        ck_assert_msg(has_finding_of(&outcome, log), "%s", outcome.errors);
        ck_assert_msg(is_noticed_in(&outcome, log) == (log % LOGS_OF_WORKER == 0), "%s",
                      outcome.errors);
    }
    outcome_free(&outcome);
}
END_TEST

// One log cannot vouch several times, by ending its worker each time that it has.
START_TEST(test_word_of_one) {
    enum { LIES = 4 };
    char *directory = make_temporary_directory();
    char *text = xstrdup("log a.evtx\n");
    for (int i = 0; i < 2 * LIES; i++) {
        char *longer = xformat("%s%s"
                               "event 22 10:00:%02d\n"
                               "  Mark: " FAULTS_MARK "%s\n"
                               "start 10:00:%02d\n",
                               text, i == 0 ? "" : "chunk\n", i, i % 2 == 0 ? "lie" : "abort", i);
        free(text);
        text = longer;
    }
    case_write_text(text, directory);
    case_write_text("log b.evtx\n"
                    "load  10:01:01\n"
                    "start 10:01:02\n",
                    directory);
    char *command = command_path("EVTXSEQ_FAULTS", "build/evtxseq-faults");
    char *arguments[] = {command, "-fcsv", "-v", "-j1", "a.evtx", "b.evtx", NULL};
    ck_assert_int_eq(setenv("EVTXSEQ_MISREAD", "1", 1), 0);
    struct outcome outcome = command_run(arguments, directory, NULL);
    ck_assert_int_eq(unsetenv("EVTXSEQ_MISREAD"), 0);
    ck_assert(has_finding_of(&outcome, 1));
    ck_assert_msg(is_noticed_in(&outcome, 1), "%s", outcome.errors);
    outcome_free(&outcome);
    free(command);
    free(text);
    remove_tree(directory);
    free(directory);
}
END_TEST

// What three have vouched for is not checked again: as many logs, together, can cost others the
// check.
START_TEST(test_word_of_three) {
    struct outcome outcome = run_liars("aei");
    for (int log = 0; log < LOGS; log++) {
        ck_assert_msg(!is_noticed_in(&outcome, log), "%s", outcome.errors);
    }
    outcome_free(&outcome);
}
END_TEST

#ifndef EVTXSEQ_SANITIZED
// As on a kernel without seccomp filters, for this process and those it starts.
static void deny_seccomp(void) {
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    if (filter == NULL ||
        seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(seccomp), 0) != 0 ||
        seccomp_rule_add(filter, SCMP_ACT_ERRNO(EINVAL), SCMP_SYS(prctl), 1,
                         SCMP_A0(SCMP_CMP_EQ, PR_SET_SECCOMP, 0)) != 0 ||
        seccomp_load(filter) != 0) {
        die("cannot set a seccomp filter");
    }
    seccomp_release(filter);
}

static const char no_sandbox[] =
    "evtxseq: decoded without a sandbox: cannot set a seccomp filter\n";

_Noreturn static void scan_without_sandbox(const char *directory) {
    deny_seccomp();
    char *command = command_path("EVTXSEQ", "build/evtxseq");
    char *arguments[] = {command, "-q", "-fcsv", "live.evtx", NULL};
    struct outcome outcome = command_run(arguments, directory, NULL);
    const char *said = strstr(outcome.errors, no_sandbox);
    bool ok = outcome.status == 1 && lines_in(outcome.output) == 4 && said != NULL &&
              strstr(said + 1, no_sandbox) == NULL && strstr(outcome.errors, "problems") == NULL;
    if (!ok) {
        die("status %d\n%s%s", outcome.status, outcome.output, outcome.errors);
    }
    outcome_free(&outcome);
    free(command);
    _exit(EXIT_SUCCESS);
}

// The scan goes on, and says so once.
START_TEST(test_no_seccomp) {
    int status = -1;
    char *directory = write_logs("none");
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        scan_without_sandbox(directory);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    remove_tree(directory);
    free(directory);
}
END_TEST

START_TEST(test_sandboxed) {
    char *directory = write_logs("none");
    struct outcome outcome = run_command("EVTXSEQ", "build/evtxseq", directory, "live.evtx", NULL);
    ck_assert(strstr(outcome.errors, no_sandbox) == NULL);
    outcome_free(&outcome);
    remove_tree(directory);
    free(directory);
}
END_TEST
#endif

void faults_tests(TCase *tests) {
    tcase_add_loop_test(tests, test_costs_one_chunk, 0, FAULT_COUNT);
    tcase_add_loop_test(tests, test_leaves_others_whole, 0, 2 * (FAULT_COUNT + 1));
    tcase_add_test(tests, test_claims_to_be_done);
    tcase_add_test(tests, test_unmarked);
    tcase_add_test(tests, test_misread);
    tcase_add_test(tests, test_difference);
    tcase_add_loop_test(tests, test_difference_undoes_finding, 0, 3);
    tcase_add_loop_test(tests, test_false_word, 0, 3);
    tcase_add_test(tests, test_word_of_one);
    tcase_add_test(tests, test_word_of_three);
    tcase_add_test(tests, test_renewed_after_failure);
    tcase_add_test(tests, test_stream_ends);
    tcase_add_test(tests, test_every_death_is_named);
    tcase_add_test(tests, test_workers_share_no_memory);
    tcase_add_loop_test(tests, test_flood, 0, 2);
    tcase_add_test(tests, test_leaks);
    tcase_add_test(tests, test_slow_pipe);
    tcase_add_test(tests, test_archive_waits);
#ifndef EVTXSEQ_SANITIZED
    tcase_add_test(tests, test_no_seccomp);
    tcase_add_test(tests, test_sandboxed);
#endif
}
