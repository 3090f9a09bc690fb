// SPDX-License-Identifier: GPL-3.0-or-later
// Tests where chunks are found: off their places, one in another, in any input; and that a file,
// which is read in parts, gives the same as a pipe.
//
// Environment: EVTXSEQ, the command under test (build/evtxseq); EVTXSEQ_READER_RUNS, how many
// random inputs to read (100).
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command.h"
#include "evtxseq.h"
#include "image.h"
#include "random_log.h"
#include "rules/rule.h"
#include "scan/message.h"
#include "scan/scanner.h"
#include "suites.h"
#include "xmem.h"

enum {
    RUNS = 100,
    BATCH = 10,
    VALUE_SIZE = 12000, // of a chunk that is in a value of a record
};

// Logs

// Sysmon's load and the start that makes a finding with it, at this minute of an hour.
static void add_pair(struct evtx_log *log, unsigned minute) {
    static const uint64_t ten = UINT64_C(133590312000000000); // FILETIME of 2024-05-01T10:00:00Z
    static const uint16_t ids[2] = {7, 1};
    for (unsigned i = 0; i < 2; i++) {
        struct log_event event;
        char time[sizeof "2024-05-01 10:00:00.000"];
        log_event_begin(&event, ids[i], false);
        (void)snprintf(time, sizeof time, "2024-05-01 %02u:%02u:0%u.000", (10 + minute / 60) % 24,
                       minute % 60, i % 10);
        log_event_set(&event, "UtcTime", time);
        event.event.created = ten + (minute * UINT64_C(60) + i) * 10000000;
        event.event.written = event.event.created;
        evtx_log_add(log, &event.event);
        log_event_free(&event);
    }
}

// Adds a process termination with this as the value of one of its fields.
static void add_value(struct evtx_log *log, const uint8_t *bytes, size_t size) {
    struct log_event event;
    log_event_begin(&event, 5, false);
    struct evtx_field *field = &event.fields[event.event.field_count++];
    *field = (struct evtx_field){"Payload", {.type = EVTX_BINARY, .bytes = bytes, .size = size}};
    evtx_log_add(log, &event.event);
    event.event.field_count--;
    log_event_free(&event);
}

static struct image take(struct evtx_log *log) {
    struct image image = {0};
    size_t size = 0;
    const uint8_t *bytes = evtx_log_bytes(log, &size);
    image_add(&image, bytes, size);
    evtx_log_free(log);
    return image;
}

// A log of one chunk with a pair.
static struct image pair_log(unsigned minute) {
    struct evtx_log *log = evtx_log_new();
    add_pair(log, minute);
    return take(log);
}

// A log whose only record before a pair has the beginning of a chunk with another pair as its
// value.
static struct image log_with_chunk_in_value(void) {
    struct evtx_log *log = evtx_log_new();
    struct image inner = pair_log(1);
    add_value(log, inner.bytes + EVTX_HEADER_SIZE, VALUE_SIZE);
    add_pair(log, 2);
    free(inner.bytes);
    return take(log);
}

// Runs

// Makes a pipe of that name and a process that writes the image to it.
static pid_t start_writer(const struct image *image, const char *path) {
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    pid_t writer = fork();
    ck_assert_int_ge(writer, 0);
    if (writer == 0) {
        write_file(path, image->bytes, image->size);
        _exit(EXIT_SUCCESS);
    }
    return writer;
}

// The command on the image, as the file of that name or on standard input, and other arguments. All
// that it writes in one text, of which the caller frees: its status, findings, errors, with the
// path left out.
static char *run(const struct image *image, bool is_piped, const char *more) {
    char *directory = make_temporary_directory();
    char *path = xformat("%s/-", directory);
    pid_t writer = 0;
    char *program = absolute_path(setting("EVTXSEQ", "build/evtxseq"));
    char *file = xstrdup(is_piped ? "-" : "./-");
    char *extra = xstrdup(more);
    char options[] = "-vfcsv";
    char jobs[] = "-j2";
    char no_context[] = "--no-context";
    char *arguments[] = {program, options, jobs, no_context, file, extra, NULL};
    if (is_piped) {
        writer = start_writer(image, path);
    } else {
        write_file(path, image->bytes, image->size);
    }
    struct outcome outcome = command_run(arguments, directory, is_piped ? "-" : NULL);
    if (is_piped) {
        ck_assert_int_eq(waitpid(writer, NULL, 0), writer);
    }
    char *text = xformat("status %d\n%s%s", outcome.status, outcome.output, outcome.errors);
    for (char *at = text; (at = strstr(at, "./-")) != NULL;) {
        memmove(at, at + 2, strlen(at + 2) + 1);
    }
    char *seconds = strstr(text, " records");
    seconds = seconds == NULL ? NULL : strstr(seconds, " s\n");
    while (seconds != NULL && *seconds != ',') {
        *seconds-- = ' ';
    }
    outcome_free(&outcome);
    remove_tree(directory);
    free(directory);
    free(path);
    free(program);
    free(file);
    free(extra);
    return text;
}

static size_t count_in(const char *text, const char *part) {
    size_t count = 0;
    while ((text = strstr(text, part)) != NULL) {
        count++;
        text += strlen(part);
    }
    return count;
}

// As a file and by a pipe there are so many findings, and the text is said once, or not at all
// where it is after a '!'.
static void check(const struct image *image, const char *more, size_t findings, const char *said) {
    for (int is_piped = 0; is_piped < 2; is_piped++) {
        char *text = run(image, is_piped, more);
        ck_assert_msg(count_in(text, ",exact,") == findings, "%zu findings, not %zu: %.2000s",
                      count_in(text, ",exact,"), findings, text);
        size_t wanted = *said != '!';
        ck_assert_msg(count_in(text, said + !wanted) == wanted, "%s\n%.2000s", said, text);
        free(text);
    }
}

// Carving

START_TEST(test_carve_value) {
    struct image image = log_with_chunk_in_value();
    check(&image, "--carve", 2, "!may match");
    free(image.bytes);
}
END_TEST

// A chunk is cut one byte short, or in its middle, and another follows.
START_TEST(test_carve_cut) {
    static const size_t cuts[] = {1, 30000};
    for (size_t i = 0; i < 2; i++) {
        struct image image = pair_log(1);
        struct image next = pair_log(2);
        image_remove(&image, image.size - cuts[i], cuts[i]);
        image_add(&image, next.bytes + EVTX_HEADER_SIZE, EVTX_CHUNK_SIZE);
        check(&image, "--carve", 2, "!may match");
        free(image.bytes);
        free(next.bytes);
    }
}
END_TEST

// A signature stands in a chunk's slack space and is nothing more.
START_TEST(test_carve_signature) {
    struct image image = pair_log(1);
    memcpy(image.bytes + image.size - 1000, "ElfChnk", 8);
    check(&image, "--carve", 1, "!may match");
    free(image.bytes);
}
END_TEST

// Signatures everywhere in a chunk: what follows it is read, and that not all are read is said.
START_TEST(test_carve_crowded) {
    struct image image = pair_log(1);
    struct image next = pair_log(2);
    for (size_t at = 30000; at < 60000; at += 8) {
        memcpy(image.bytes + at, "ElfChnk", 8);
    }
    image_add(&image, next.bytes + EVTX_HEADER_SIZE, EVTX_CHUNK_SIZE);
    check(&image, "--carve", 2, "place with too many chunks: more chunks overlap");
    free(image.bytes);
    free(next.bytes);
}
END_TEST

// In the next part of an image.
START_TEST(test_carve_parts) {
    for (size_t shift = 0; shift < 3; shift++) {
        struct image image = {0};
        struct image log = pair_log(1);
        image_add_zeros(&image, PART_SIZE - shift * 600);
        image_add(&image, log.bytes + EVTX_HEADER_SIZE, EVTX_CHUNK_SIZE);
        check(&image, "--carve", 1, "!problems");
        free(image.bytes);
        free(log.bytes);
    }
}
END_TEST

// Logs

// A chunk in a value is none of the log, also where the chunk around it is the last.
START_TEST(test_value) {
    struct image image = log_with_chunk_in_value();
    check(&image, "--no-recovered", 1, "!problems");
    image_add_zeros(&image, EVTX_CHUNK_SIZE);
    check(&image, "--no-recovered", 1, "!problems");
    // Nor where its own signature is gone.
    memcpy(image.bytes + EVTX_HEADER_SIZE, "XXXXXXX", 8);
    check(&image, "--no-recovered", 1, "chunk signature missing");
    free(image.bytes);
}
END_TEST

// A log of 130 chunks with a pair each, which is three parts.
static struct image long_log(void) {
    struct evtx_log *log = evtx_log_new();
    for (unsigned i = 0; i < 130; i++) {
        evtx_log_break(log);
        add_pair(log, i);
    }
    return take(log);
}

// Bytes are missing or were added in the first part: the second is read all the same, once.
START_TEST(test_shifted_parts) {
    struct image image = long_log();
    struct image added = {0};
    image_add(&added, image.bytes, image.size);
    image_remove(&image, EVTX_HEADER_SIZE + EVTX_CHUNK_SIZE - 600, 600);
    check(&image, "--no-recovered", 130, "not where it should be");
    image_insert(&added, EVTX_HEADER_SIZE + EVTX_CHUNK_SIZE, "seven.", 7);
    check(&added, "--no-recovered", 130, "not where it should be");
    // A gap of a whole chunk moves the others to places of chunks.
    image_remove(&image, EVTX_HEADER_SIZE + EVTX_CHUNK_SIZE - 600, EVTX_CHUNK_SIZE);
    check(&image, "--no-recovered", 129, "not where it should be");
    free(image.bytes);
    free(added.bytes);
}
END_TEST

// The header of a chunk stands in another's slack space, and the next one's signature is gone: that
// is read where it should be.
START_TEST(test_header_in_slack) {
    struct image image = long_log();
    uint8_t *chunk = image.bytes + EVTX_HEADER_SIZE + EVTX_CHUNK_SIZE;
    memcpy(chunk + 63000, chunk, EVTX_RECORDS_START);
    memcpy(chunk + EVTX_CHUNK_SIZE, "XXXXXXX", 8);
    check(&image, "--no-recovered", 130, "chunk signature missing");
    free(image.bytes);
}
END_TEST

// A chunk of zeros, in the first part or the second, has held the records that are missing.
START_TEST(test_zeroed) {
    static const size_t numbers[] = {1, 63, 64, 65, 128};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct image image = long_log();
        memset(image.bytes + EVTX_HEADER_SIZE + numbers[i] * EVTX_CHUNK_SIZE, 0, EVTX_CHUNK_SIZE);
        check(&image, "--no-recovered", 129, "gap between chunks: no chunk has the records");
        free(image.bytes);
    }
}
END_TEST

static void check_same(const struct image *image, const char *more, const char *what) {
    char *as_file = run(image, false, more);
    char *by_pipe = run(image, true, more);
    ck_assert_msg(strcmp(as_file, by_pipe) == 0, "%s (%s): %.2000s\nby pipe %.2000s", what, more,
                  as_file, by_pipe);
    free(as_file);
    free(by_pipe);
}

// The same, and a signature where the second part would begin: a file is cut there, and a pipe must
// be too.
START_TEST(test_signature_at_part) {
    struct image image = long_log();
    image_remove(&image, EVTX_HEADER_SIZE + EVTX_CHUNK_SIZE - 600, 600);
    memcpy(image.bytes + EVTX_HEADER_SIZE + PART_SIZE, "ElfChnk", 8);
    check_same(&image, "--no-recovered", "a signature at a part");
    free(image.bytes);
}
END_TEST

// Signatures everywhere, in no record. What follows is read, for it is in order itself.
START_TEST(test_crowded) {
    struct image image = pair_log(1);
    struct image next = pair_log(2);
    for (size_t at = 30000; at < 60000; at += 8) {
        memcpy(image.bytes + at, "ElfChnk", 8);
    }
    image_remove(&image, image.size - 8, 8);
    image_add(&image, next.bytes + EVTX_HEADER_SIZE, EVTX_CHUNK_SIZE);
    check(&image, "--no-recovered", 2, "place with too many chunks: more chunks overlap");
    free(image.bytes);
    free(next.bytes);
}
END_TEST

// Files that change

// The problems of a scan, each as its kind, offset and reason. The caller frees.
static char *problems_of(const struct evtxseq_scan *scan) {
    char *text = xstrdup("");
    for (size_t i = 0; i < evtxseq_scan_problem_count(scan); i++) {
        const struct evtxseq_problem *problem = evtxseq_scan_problem(scan, i);
        xreplace(&text, xformat("%s%s at %" PRId64 ": %s\n", text,
                                evtxseq_problem_kind_text(evtxseq_problem_kind(problem), 1),
                                (int64_t)evtxseq_problem_offset(problem),
                                evtxseq_problem_reason(problem)));
    }
    return text;
}

// Scans the log with one worker and cuts it off when the first of its parts is being read, or when
// the first pass is over. Gives the problems; the number of findings must be the wanted.
static char *scan_and_cut(const char *path, size_t size, size_t pass, size_t findings) {
    struct evtxseq_options *options = evtxseq_options_new();
    evtxseq_options_set_jobs(options, 1);
    struct evtxseq_scan *scan = evtxseq_scan_start(options, &path, 1);
    ck_assert_ptr_nonnull(scan);
    bool is_cut = false;
    while (evtxseq_scan_step(scan, 10)) {
        if (!is_cut && evtxseq_scan_progress(scan).pass == pass) {
            ck_assert_int_eq(truncate(path, (off_t)size), 0);
            is_cut = true;
        }
    }
    ck_assert(evtxseq_scan_finish(scan));
    ck_assert(is_cut);
    ck_assert(!evtxseq_scan_is_complete(scan));
    ck_assert_uint_eq(evtxseq_scan_finding_count(scan), findings);
    char *text = problems_of(scan);
    evtxseq_scan_free(scan);
    evtxseq_options_free(options);
    return text;
}

START_TEST(test_shorter) {
    static const struct {
        size_t size;
        size_t pass;
        size_t findings;
        const char *problems;
    } cuts[] = {
        {EVTX_HEADER_SIZE + PART_SIZE + 300, 0, 64,
         "chunk that fails its checksum at 4198400: the records are not what was written\n"
         "unreadable input at 4198700: became shorter while it was read\n"},
        {EVTX_HEADER_SIZE + PART_SIZE, 0, 64,
         "unreadable input at -1: became shorter while it was read\n"},
        {EVTX_HEADER_SIZE + PART_SIZE, 1, 130,
         "unreadable input at -1: became shorter while it was read\n"},
    };
    char *directory = make_temporary_directory();
    char *path = xformat("%s/log.evtx", directory);
    struct image image = long_log();
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
        write_file(path, image.bytes, image.size);
        char *text = scan_and_cut(path, cuts[i].size, cuts[i].pass, cuts[i].findings);
        ck_assert_str_eq(text, cuts[i].problems);
        free(text);
    }
    free(image.bytes);
    remove_tree(directory);
    free(directory);
    free(path);
}
END_TEST

// Media that fail

enum { SPOT_CHUNKS = 4, SPOT_SIZE = SPOT_CHUNKS * EVTX_CHUNK_SIZE, PAGE = 4096 };

// Scans memory of this process as if it were a part of a log. Gives the number of events that a
// rule asks for, and the one problem's offset from the start.
static size_t scan_memory(const uint8_t *start, uint64_t *problem) {
    static struct scan_state state;
    const uint64_t begin = (uint64_t)(uintptr_t)start;
    const struct scan_segment segment = {
        .begin = begin, .end = begin + SPOT_SIZE, .input_end = begin + SPOT_SIZE};
    const struct scanner_options options = {0};
    struct rule_set *rules = rule_set_builtin("wmi-script-execution");
    const struct scanner_task task = {.rules = rules};
    struct scanner *scanner = scanner_new(&task, &options);
    struct buffer out = {0};
    struct message message;
    size_t events = 0;
    size_t problems = 0;
    int fd = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    ck_assert(fd >= 0 && scanner != NULL);
    memset(&state, 0, sizeof state);
    while (scanner_step(scanner, fd, &segment, &state, &out)) {
    }
    for (size_t at = 0, taken = 0; at < out.size; at += taken) {
        ck_assert_int_eq(message_read(out.data + at, out.size - at, &message, &taken),
                         MESSAGE_READ);
        events += message.kind == MESSAGE_EVENT;
        // A chunk of which the header cannot be read is missing as well.
        if (message.kind == MESSAGE_PROBLEM && message.problem.kind != PROBLEM_MISSING) {
            problems++;
            ck_assert_int_eq(message.problem.kind, PROBLEM_UNREADABLE);
            *problem = message.problem.offset - begin;
        }
    }
    ck_assert_uint_eq(problems, 1);
    (void)close(fd);
    buffer_free(&out);
    scanner_free(scanner);
    rule_set_free(rules);
    return events;
}

// A page that cannot be read costs what is on it and after it in its chunk.
START_TEST(test_bad_spot) {
    static const struct {
        size_t offset;
        size_t events;
    } spots[] = {
        {0, 6},                                          // the first chunk
        {(size_t)EVTX_CHUNK_SIZE + 8 * (size_t)PAGE, 8}, // after the second's records
        {SPOT_SIZE / 2, 6},                              // the third
        {SPOT_SIZE - PAGE, 8},                           // the end
    };
    struct image image = long_log();
    for (size_t i = 0; i < sizeof spots / sizeof *spots; i++) {
        size_t size = (SPOT_CHUNKS + 2) * (size_t)EVTX_CHUNK_SIZE;
        uint8_t *map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        ck_assert_ptr_ne(map, MAP_FAILED);
        // Where a chunk would be, were memory a log.
        uint8_t *start =
            map + EVTX_CHUNK_SIZE - (uintptr_t)map % EVTX_CHUNK_SIZE + EVTX_HEADER_SIZE;
        uint64_t problem = 0;
        memcpy(start, image.bytes + EVTX_HEADER_SIZE, SPOT_SIZE);
        ck_assert_int_eq(munmap(start + spots[i].offset, PAGE), 0);
        ck_assert_uint_eq(scan_memory(start, &problem), spots[i].events);
        ck_assert_uint_eq(problem, spots[i].offset);
        ck_assert_int_eq(munmap(map, size), 0);
    }
    free(image.bytes);
}
END_TEST

// Any input

START_TEST(test_file_and_pipe) {
    for (uint64_t i = 0; i < BATCH; i++) {
        struct random random = {(uint64_t)_i * BATCH + i};
        struct image image = image_random(&random);
        const char *more = i % 2 == 0 ? "--carve" : "--no-recovered";
        char *seed = xformat("seed %" PRIu64, (uint64_t)_i * BATCH + i);
        check_same(&image, more, seed);
        free(seed);
        free(image.bytes);
    }
}
END_TEST

void reader_tests(TCase *tests) {
    int runs = atoi(setting("EVTXSEQ_READER_RUNS", "0"));
    int batches = (runs > 0 ? runs : RUNS) / BATCH;
    tcase_add_test(tests, test_carve_value);
    tcase_add_test(tests, test_carve_cut);
    tcase_add_test(tests, test_carve_signature);
    tcase_add_test(tests, test_carve_crowded);
    tcase_add_test(tests, test_carve_parts);
    tcase_add_test(tests, test_value);
    tcase_add_test(tests, test_shifted_parts);
    tcase_add_test(tests, test_header_in_slack);
    tcase_add_test(tests, test_zeroed);
    tcase_add_test(tests, test_signature_at_part);
    tcase_add_test(tests, test_crowded);
    tcase_add_test(tests, test_shorter);
    tcase_add_test(tests, test_bad_spot);
    tcase_add_loop_test(tests, test_file_and_pipe, 0, batches > 0 ? batches : 1);
}
