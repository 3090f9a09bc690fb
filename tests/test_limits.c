// SPDX-License-Identifier: GPL-3.0-or-later
// Check suite: what one input may cost, at most, and that it is named.
//
// Environment: EVTXSEQ, the command under test (build/evtxseq).
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/bytes.h"
#include "case.h"
#include "command.h"
#include "evtx/chunk.h"
#include "evtx_writer.h"
#include "random_log.h"
#include "rules/event_xml.h"
#include "suites.h"
#include "xmem.h"

enum { MIB = 1 << 20 };

#define TOO_LARGE                                                                                  \
    "undecodable record that may match: larger than any event that Sysmon writes; record "

// Every event of a process.
static const char any_start[] = "file any.eql\n"
                                "  process where true\n";

// Runs the command on the log in the directory, with the rule; removes the directory.
static struct outcome run_in(char *directory, char *option) {
    char *command = absolute_path(setting("EVTXSEQ", "build/evtxseq"));
    char verbose[] = "-v";
    char format[] = "-fcsv";
    char rules[] = "-rany.eql";
    char log[] = "hostile.evtx";
    char *arguments[] = {command, verbose, format, rules, option, log, NULL};
    struct outcome outcome = command_run(arguments, directory, NULL);
    remove_tree(directory);
    free(directory);
    free(command);
    return outcome;
}

// The same with the log of a case.
static struct outcome run(const char *text, char *option) {
    char *directory = make_temporary_directory();
    case_write_text(text, directory);
    return run_in(directory, option);
}

// Not by strstr(), which sanitizers have look at the rest of the text each time.
static size_t count_of(const char *text, const char *what) {
    size_t count = 0;
    size_t size = strlen(what);
    for (const char *at = text; (at = strchr(at, *what)) != NULL; at++) {
        count += strncmp(at, what, size) == 0;
    }
    return count;
}

// A process creation that shows one value of so many characters in so many fields.
static void add_repeated(struct buffer *text, size_t characters, size_t fields) {
    buffer_add_text(text, "event 1 10:00:00 layout=one-value\n");
    for (size_t i = 0; i < fields; i++) {
        buffer_printf(text, "  Field%zu: ", i);
        for (size_t j = 0; j < (i == 0 ? characters : 1); j++) {
            buffer_add_text(text, "\xe4\xb8\x80"); // U+4E00
        }
        buffer_add_text(text, "\n");
    }
}

// An event that no message holds, or whose XML is too large to be read, costs itself: those around
// it are found.
START_TEST(too_large_events) {
    char in_place[] = "--no-context";
    char decoded[] = "--no-filter";
    char *options[] = {in_place, decoded};
    struct buffer text = {0};
    buffer_add_text(&text, any_start);
    buffer_add_text(&text, "log hostile.evtx\nstart 10:00:00\n");
    add_repeated(&text, 10000, 36);
    buffer_add_text(&text, "start 10:00:01\n");
    add_repeated(&text, 10000, 150);
    buffer_add_text(&text, "start 10:00:02\nchunk\nstart 10:00:03\n");
    buffer_add(&text, "", 1);
    struct outcome outcome = run(text.data, options[_i]);
    ck_assert_int_eq(outcome.status, 1);
    ck_assert_uint_eq(count_of(outcome.output, "\n"), 5);
    ck_assert_msg(count_of(outcome.errors, TOO_LARGE) == 2, "%s", outcome.errors);
    ck_assert(strstr(outcome.errors, "problems: 2 undecodable records that may match\n") != NULL);
    outcome_free(&outcome);
    buffer_free(&text);
}
END_TEST

// Many small records of a template that makes much of them are not all decoded, and named; what is
// in other chunks is found.
START_TEST(much_of_small_records) {
    enum { RECORDS = 300, FIELDS = 120 };
    char in_place[] = "--no-context";
    char decoded[] = "--no-filter";
    char *options[] = {in_place, decoded};
    struct buffer text = {0};
    buffer_add_text(&text, any_start);
    buffer_add_text(&text, "log hostile.evtx\n");
    for (size_t i = 0; i < RECORDS; i++) {
        buffer_printf(&text, "event 1 10:%02zu:%02zu layout=literal,few-values\n", i / 60, i % 60);
        for (size_t field = 0; field < FIELDS; field++) {
            buffer_printf(&text, "  F%zu: a\n", field);
        }
    }
    buffer_add_text(&text, "chunk\nstart 11:00:00\n");
    buffer_add(&text, "", 1);
    struct outcome outcome = run(text.data, options[_i]);
    ck_assert_int_eq(outcome.status, 1);
    ck_assert(strstr(outcome.output, "T11:00:00.000Z") != NULL);
    size_t left_out = count_of(outcome.errors, ": its chunk holds more text than any that ");
    ck_assert_uint_ge(left_out, RECORDS / 2);
    ck_assert_uint_eq(count_of(outcome.output, "\n"), 1 + RECORDS - left_out + 1);
    outcome_free(&outcome);
    buffer_free(&text);
}
END_TEST

// Real logs stay below what is decoded of a chunk, also where libevtx decodes every record.
START_TEST(real_logs_are_decoded) {
    char *command = absolute_path(setting("EVTXSEQ", "build/evtxseq"));
    char *real = access("../shared/evtx", R_OK) == 0 ? absolute_path("../shared/evtx") : NULL;
    char *arguments[] = {command, "-v", "--no-filter", "--no-context", "testdata/sample.evtx",
                         real,    NULL};
    struct outcome outcome = command_run(arguments, ".", NULL);
    ck_assert_int_eq(outcome.status, 1);
    ck_assert_uint_eq(count_of(outcome.errors, "its chunk holds more text than"), 0);
    outcome_free(&outcome);
    free(real);
    free(command);
}
END_TEST

// What libevtx fails on takes longer than what it decodes, so that it is not asked for ever. What
// can be read in place is found all the same.
START_TEST(many_failures) {
    enum { RECORDS = 140, SPOILT = 130, TRIED = 64 };
    static struct chunk chunk;
    size_t size = 0;
    char decoded[] = "--no-filter";
    char *directory = make_temporary_directory();
    char *path = xformat("%s/hostile.evtx", directory);
    char *text = xformat("%slog hostile.evtx\nfiller %d\nstart 10:00:00\n", any_start, RECORDS);
    case_write_text(text, directory);
    char *bytes = read_file(path, &size);
    uint8_t *data = (uint8_t *)bytes + EVTX_HEADER_SIZE;
    chunk_survey(&chunk, data, 0);
    ck_assert_uint_eq(chunk.record_count, RECORDS + 1);
    // The first has the definitions that the others use.
    for (size_t i = 1; i <= SPOILT; i++) {
        data[chunk.records[i].offset + RECORD_HEADER_SIZE] = 0xff;
    }
    evtx_seal_chunk(data);
    write_file(path, bytes, size);
    struct outcome outcome = run_in(directory, decoded);
    ck_assert_int_eq(outcome.status, 1);
    ck_assert_uint_eq(count_of(outcome.output, "\n"), 1 + RECORDS - SPOILT + 1);
    ck_assert_uint_eq(count_of(outcome.errors, ": binary XML cannot be decoded; record "), TRIED);
    ck_assert_uint_eq(
        count_of(outcome.errors, ": too many records of its chunk cannot be decoded; record "),
        SPOILT - TRIED);
    outcome_free(&outcome);
    free(bytes);
    free(text);
    free(path);
}
END_TEST

// Large events

enum {
    LARGE_CHARACTERS = 20000, // three bytes each
    LARGE_SIZE = 3 * LARGE_CHARACTERS,
    LARGE_OTHER = 1500, // the rest of such an event has less
    LARGE_CHUNKS = 80,
    LARGE_IN_CHUNK = 22,
    LARGE_SENT = MIB / (LARGE_SIZE + LARGE_OTHER), // of these
    KEPT_MAX = 64 * MIB,
};

// Chunks of process creations that share the text of their template.
static void write_large(const char *path) {
    struct buffer text = {0};
    struct log_event event;
    struct evtx_log *log = evtx_log_new();
    for (size_t i = 0; i < LARGE_CHARACTERS; i++) {
        buffer_add_text(&text, "\xe4\xb8\x80"); // U+4E00
    }
    buffer_add(&text, "", 1);
    log_event_begin(&event, 1, false);
    log_event_set(&event, "CommandLine", text.data);
    event.event.layout = EVTX_LITERAL;
    for (size_t i = 0; i < (size_t)LARGE_CHUNKS * LARGE_IN_CHUNK; i++) {
        if (i % LARGE_IN_CHUNK == 0) {
            evtx_log_break(log);
        }
        evtx_log_add(log, &event.event);
    }
    evtx_log_save(log, path);
    evtx_log_free(log);
    log_event_free(&event);
    buffer_free(&text);
}

// An input that holds more than is kept of one is named, with how much of it is left out, whatever
// the number of workers; nothing of another is lost.
START_TEST(large_events) {
    static const char text[] = "file pair.eql\n"
                               "  sequence by host.id [process where event.type == \"start\"]\n"
                               "    [network where true]\n"
                               "log whole.evtx\n"
                               "start 10:00:00\n"
                               "event 3 10:00:01\n";
    char *command = absolute_path(setting("EVTXSEQ", "build/evtxseq"));
    char *directory = make_temporary_directory();
    char *path = xformat("%s/hostile.evtx", directory);
    char *first = NULL;
    case_write_text(text, directory);
    write_large(path);
    for (int jobs = 1; jobs <= 4; jobs += 3) {
        char *option = xformat("-j%d", jobs);
        char *arguments[] = {command,        option,         "-v",         "-fbrief", "-rpair.eql",
                             "--no-context", "hostile.evtx", "whole.evtx", NULL};
        struct outcome outcome = command_run(arguments, directory, NULL);
        ck_assert_int_eq(outcome.status, 1);
        ck_assert_uint_eq(count_of(outcome.output, "\n"), 1);
        ck_assert_uint_eq(count_of(outcome.errors, ": its chunk holds more text than any that "),
                          (size_t)LARGE_CHUNKS * (LARGE_IN_CHUNK - LARGE_SENT));
        const char *named = strstr(outcome.errors, "input that is kept in part: ");
        ck_assert(named != NULL);
        size_t left_out = strtoul(strchr(named, ':') + 2, NULL, 10);
        size_t kept = (size_t)LARGE_CHUNKS * LARGE_SENT - left_out;
        ck_assert_uint_le(kept, KEPT_MAX / LARGE_SIZE);
        ck_assert_uint_ge(kept, KEPT_MAX / (LARGE_SIZE + LARGE_OTHER));
        char *end = strstr(named, "\n");
        ck_assert(end != NULL);
        *end = '\0';
        first = first == NULL ? xstrdup(named) : first;
        ck_assert_str_eq(named, first);
        outcome_free(&outcome);
        free(option);
    }
#ifndef EVTXSEQ_SANITIZED
    struct rusage usage;
    ck_assert_int_eq(getrusage(RUSAGE_CHILDREN, &usage), 0);
    ck_assert_int_lt(usage.ru_maxrss, 128L * 1024);
#endif
    remove_tree(directory);
    free(first);
    free(path);
    free(directory);
    free(command);
}
END_TEST

// Runs a log with more records that cannot be decoded than problems are listed, of the smallest
// size there is.
static struct outcome run_small_records(char *option) {
    enum { RECORD = 28, CHUNKS = 200 };
    size_t size = EVTX_HEADER_SIZE + (size_t)CHUNKS * EVTX_CHUNK_SIZE;
    char *directory = make_temporary_directory();
    char *path = xformat("%s/hostile.evtx", directory);
    uint8_t *bytes = xcalloc(1, size);
    memcpy(bytes, "ElfFile", sizeof "ElfFile");
    for (size_t i = 0; i < CHUNKS; i++) {
        uint8_t *chunk = bytes + EVTX_HEADER_SIZE + i * EVTX_CHUNK_SIZE;
        memcpy(chunk, "ElfChnk", sizeof "ElfChnk");
        bytes_put_u32(chunk + 40, 128);
        bytes_put_u32(chunk + 48, EVTX_CHUNK_SIZE);
        for (size_t at = EVTX_RECORDS_START; at + RECORD <= EVTX_CHUNK_SIZE; at += RECORD) {
            memcpy(chunk + at, "**", sizeof "**");
            bytes_put_u32(chunk + at + 4, RECORD);
            bytes_put_u32(chunk + at + RECORD - 4, RECORD);
        }
    }
    write_file(path, bytes, size);
    case_write_text(any_start, directory);
    free(bytes);
    free(path);
    return run_in(directory, option);
}

// The first ones are listed, however many workers read them.
START_TEST(many_problems) {
    enum { LISTED = 100000, OF_CHUNKS = 200 };
    char one[] = "-j1";
    char more[] = "-j4";
    struct outcome outcome = run_small_records(one);
    ck_assert_int_eq(outcome.status, 2);
    ck_assert(strstr(outcome.errors, ": input that is kept in part: problems from here on are left "
                                     "out\n") != NULL);
    ck_assert_uint_le(count_of(outcome.errors, "hostile.evtx: offset "), LISTED + 1);
    ck_assert_uint_ge(count_of(outcome.errors, "hostile.evtx: offset "), LISTED - OF_CHUNKS);
    struct outcome other = run_small_records(more);
    const char *summary = strstr(outcome.errors, "evtxseq: 0 findings"); // it tells the time
    ck_assert_ptr_nonnull(summary);
    ck_assert(strncmp(other.errors, outcome.errors, (size_t)(summary - outcome.errors)) == 0);
    outcome_free(&other);
    outcome_free(&outcome);
}
END_TEST

// A log whose every record is of another host gives a table and warnings that end.
START_TEST(many_hosts) {
    enum { TOLD_APART = 10000, HOSTS = TOLD_APART + 50, NAME_SIZE = 6 };
    struct evtx_log *log = evtx_log_new();
    char *command = absolute_path(setting("EVTXSEQ", "build/evtxseq"));
    char *directory = make_temporary_directory();
    char *path = xformat("%s/hostile.evtx", directory);
    char *arguments[] = {command, "--coverage", "-fcsv", "hostile.evtx", NULL};
    struct log_event event;
    log_event_begin(&event, 1, true);
    for (unsigned i = 0; i < HOSTS; i++) {
        uint16_t name[NAME_SIZE];
        unsigned rest = i;
        for (size_t digit = NAME_SIZE; digit-- > 0; rest /= 10) {
            name[digit] = (uint16_t)('0' + rest % 10);
        }
        event.event.computer = (struct evtx_text){name, NAME_SIZE};
        evtx_log_add(log, &event.event);
    }
    evtx_log_save(log, path);
    struct outcome outcome = command_run(arguments, directory, NULL);
    ck_assert_int_eq(outcome.status, 2);
    ck_assert_uint_eq(count_of(outcome.output, "\n"), 1 + TOLD_APART + 1);
    ck_assert(strstr(outcome.output, ",009999,1,") != NULL);
    ck_assert(strstr(outcome.output, ",010000,") == NULL);
    ck_assert(strstr(outcome.output, ",(other hosts),50,") != NULL);
    ck_assert(strstr(outcome.errors,
                     "hostile.evtx: input that is kept in part: not all of its hosts "
                     "are told apart\n") != NULL);
    ck_assert_uint_le(count_of(outcome.errors, "warning"), 1 + TOLD_APART + 1);
    outcome_free(&outcome);
    remove_tree(directory);
    evtx_log_free(log);
    log_event_free(&event);
    free(path);
    free(directory);
    free(command);
}
END_TEST

#ifndef EVTXSEQ_SANITIZED
static const char event_start[] = "<Event><System><Provider Name='Microsoft-Windows-Sysmon'/>"
                                  "<EventID>1</EventID></System><EventData>";
static const char event_end[] = "</EventData></Event>";

// How the event of as many elements is read by a process that may have so much more memory.
static enum event_result read_within(size_t memory, size_t elements) {
    struct buffer xml = {0};
    struct event *event = NULL;
    const struct event_header header = {0};
    buffer_add_text(&xml, event_start);
    for (size_t i = 0; i < elements; i++) {
        buffer_add_text(&xml, "<a/>");
    }
    buffer_add_text(&xml, event_end);
    FILE *statm = fopen("/proc/self/statm", "re");
    unsigned long pages = 0;
    ck_assert(statm != NULL && fscanf(statm, "%*u %*u %*u %*u %*u %lu", &pages) == 1);
    (void)fclose(statm);
    const rlim_t most = pages * (rlim_t)sysconf(_SC_PAGESIZE) + memory;
    ck_assert_int_eq(setrlimit(RLIMIT_DATA, &(struct rlimit){most, most}), 0);
    ck_assert(freopen("said", "we", stderr) != NULL);
    enum event_result result = event_from_xml(xml.data, xml.size, &header, &event);
    free(event);
    buffer_free(&xml);
    return result;
}

// libxml2 that runs out of memory is no event that is malformed, and says nothing of its own.
START_TEST(memory_for_xml) {
    size_t said = 1;
    char *directory = make_temporary_directory();
    ck_assert_int_eq(chdir(directory), 0);
    ck_assert_int_eq(read_within((size_t)(_i == 0 ? 16 : 256) * MIB, 500000),
                     _i == 0 ? EVENT_NO_MEMORY : EVENT_OK);
    free(read_file("said", &said));
    ck_assert_uint_eq(said, 0);
    remove_tree(directory);
    free(directory);
}
END_TEST
#endif

void limits_tests(TCase *tests) {
    tcase_add_loop_test(tests, too_large_events, 0, 2);
    tcase_add_loop_test(tests, much_of_small_records, 0, 2);
    tcase_add_test(tests, real_logs_are_decoded);
    tcase_add_test(tests, many_failures);
    tcase_add_test(tests, large_events);
    tcase_add_test(tests, many_hosts);
    tcase_add_test(tests, many_problems);
#ifndef EVTXSEQ_SANITIZED
    tcase_add_loop_test(tests, memory_for_xml, 0, 2);
#endif
}
