// SPDX-License-Identifier: GPL-3.0-or-later
#include "scan_bytes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bytes.h"
#include "command.h"
#include "rules/event_view.h"
#include "rules/rule.h"
#include "scan/coverage.h"
#include "scan/message.h"
#include "scan/scanner.h"
#include "xmem.h"

// A stage event or an undecodable record that may match, compared by everything in it.
struct item {
    enum message_kind kind;
    struct message_event head; // of an undecodable record, the offset alone
    uint32_t reason;           // of an undecodable record
    const void *hits;          // in the scan's messages; head.hit_count of them
    const void *event;         // likewise
    size_t event_size;
};

struct scanned {
    struct buffer messages;
    struct item *items; // by offset
    size_t count;
    uint64_t *lost; // chunks that the scan died on
    size_t lost_count;
    struct coverage coverage;
};

enum { CHILD_SECONDS = 10, CHILD_MEMORY = 256 << 20 };

#if defined(__SANITIZE_ADDRESS__)
#define LIMITS_MEMORY false // AddressSanitizer's own memory is beyond any limit
#else
#define LIMITS_MEMORY true
#endif

static void require(bool ok, const char *what) {
    if (!ok) {
        die("%s: %s", what, strerror(errno));
    }
}

static int memory_file(const uint8_t *bytes, size_t size) {
    int fd = memfd_create("log", MFD_CLOEXEC);
    require(fd >= 0, "memfd_create");
    for (size_t done = 0; done < size;) {
        ssize_t written = write(fd, bytes + done, size - done);
        require(written > 0, "write");
        done += (size_t)written;
    }
    return fd;
}

// Some damaged records make libevtx take all memory and time there is.
static void set_limits(void) {
    const struct rlimit time = {CHILD_SECONDS, CHILD_SECONDS};
    const struct rlimit memory = {CHILD_MEMORY, CHILD_MEMORY};
    const struct rlimit no_core = {0, 0};
    require(setrlimit(RLIMIT_CPU, &time) == 0 && setrlimit(RLIMIT_CORE, &no_core) == 0 &&
                (!LIMITS_MEMORY || setrlimit(RLIMIT_DATA, &memory) == 0),
            "setrlimit");
}

// libevtx dies of some damaged records, so the scan has a process of its own. What it says of a
// chunk goes into the file `to` when the chunk is done.
_Noreturn static void scan_in_child(int fd, const struct rule_set *rules, bool no_filter,
                                    struct scan_state *state, int to) {
    const struct scanner_options options = {.no_filter = no_filter};
    const struct scanner_task task = {.rules = rules, .is_counting = true};
    const struct scan_segment segment = {
        .end = UINT64_MAX, .input_end = UINT64_MAX, .compares = true};
    struct scanner *scanner = scanner_new(&task, &options);
    struct buffer messages = {0};
    set_limits();
    bool more = scanner != NULL;
    while (more) {
        more = scanner_step(scanner, fd, &segment, state, &messages);
        if (messages.size > 0) {
            ssize_t written = write(to, messages.data, messages.size);
            require(written == (ssize_t)messages.size, "write");
        }
        buffer_clear(&messages);
    }
    buffer_free(&messages);
    scanner_free(scanner);
    _exit(0);
}

static bool child_succeeds(int fd, const struct rule_set *rules, bool no_filter,
                           struct scan_state *state, int to) {
    int status = 0;
    pid_t child = fork();
    require(child >= 0, "fork");
    if (child == 0) {
        scan_in_child(fd, rules, no_filter, state, to);
    }
    while (waitpid(child, &status, 0) < 0) {
        require(errno == EINTR, "waitpid");
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void read_messages(int from, struct buffer *messages) {
    off_t size = lseek(from, 0, SEEK_END);
    require(size > 0, "lseek");
    char *to = buffer_reserve(messages, (size_t)size);
    require(to != NULL && pread(from, to, (size_t)size, 0) == size, "pread");
    messages->size = (size_t)size;
}

static void scan(int fd, const struct rule_set *rules, bool no_filter, struct scanned *scanned) {
    struct scan_state *state =
        mmap(NULL, sizeof *state, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    require(state != MAP_FAILED, "mmap");
    int to = memory_file(NULL, 0);
    while (!child_succeeds(fd, rules, no_filter, state, to)) {
        uint64_t lost = reader_position(state);
        if (lost == UINT64_MAX) {
            die("a scan has died, and in no chunk");
        }
        reader_skip(state);
        scanned->lost = xgrow(scanned->lost, scanned->lost_count, sizeof *scanned->lost);
        scanned->lost[scanned->lost_count++] = lost;
    }
    read_messages(to, &scanned->messages);
    (void)close(to);
    (void)munmap(state, sizeof *state);
}

static bool is_lost(const struct scanned *scanned, uint64_t offset) {
    for (size_t i = 0; i < scanned->lost_count; i++) {
        if (offset >= scanned->lost[i] && offset - scanned->lost[i] < CHUNK_SIZE) {
            return true;
        }
    }
    return false;
}

static int by_offset(const void *left, const void *right) {
    const struct item *a = left;
    const struct item *b = right;
    return (a->head.offset > b->head.offset) - (a->head.offset < b->head.offset);
}

static void add_item(struct scanned *scanned, const struct message *message) {
    struct item item = {.kind = message->kind};
    if (message->kind == MESSAGE_EVENT) {
        item.head = message->event_head;
        item.hits = message->hits;
        item.event = message->event;
        item.event_size = message->event_size;
    } else {
        item.head.offset = message->problem.offset;
        item.reason = message->problem.reason;
    }
    scanned->items = xgrow(scanned->items, scanned->count, sizeof *scanned->items);
    scanned->items[scanned->count++] = item;
}

// A copy of the chunk with memory after it that cannot be read. To be unmapped.
static uint8_t *guarded_copy(const uint8_t *data) {
    uint8_t *copy = mmap(NULL, (size_t)2 * CHUNK_SIZE, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    require(copy != MAP_FAILED, "mmap");
    memcpy(copy, data, CHUNK_SIZE);
    require(mprotect(copy + CHUNK_SIZE, CHUNK_SIZE, PROT_NONE) == 0, "mprotect");
    return copy;
}

static void free_guarded(uint8_t *copy) {
    (void)munmap(copy, (size_t)2 * CHUNK_SIZE);
}

// Survey and views once more, in this process: they must not die of anything.
static size_t count_opened(const uint8_t *bytes, size_t size) {
    struct names *names = event_view_names();
    struct definitions *definitions = names == NULL ? NULL : definitions_new(names);
    struct chunk *chunk = xcalloc(1, sizeof *chunk);
    struct view *view = xcalloc(1, sizeof *view);
    size_t opened = 0;
    require(definitions != NULL, "definitions_new");
    for (size_t at = EVTX_HEADER_SIZE; size >= CHUNK_SIZE && at <= size - CHUNK_SIZE;
         at += CHUNK_SIZE) {
        uint8_t *copy = guarded_copy(bytes + at);
        chunk_survey(chunk, copy, at);
        definitions_start(definitions, copy);
        for (size_t i = 0; i < chunk->record_count; i++) {
            opened += view_open(view, definitions, copy, &chunk->records[i]) &&
                      view_open_data(view, definitions);
        }
        free_guarded(copy);
    }
    free(view);
    free(chunk);
    definitions_free(definitions);
    names_free(names);
    return opened;
}

// Leaves out what lies in a chunk that either scan has lost.
static void sort_out(struct scanned *scanned, const struct scanned *other,
                     struct scan_counts *counts) {
    size_t at = 0;
    size_t taken = 0;
    struct message message = {.kind = MESSAGE_PROBLEM};
    for (; at < scanned->messages.size; at += taken) {
        if (message_read(scanned->messages.data + at, scanned->messages.size - at, &message,
                         &taken) != MESSAGE_READ) {
            die("a scan has written what is not a message");
        }
        if (message.kind == MESSAGE_COVERAGE) {
            const struct coverage_row *row = &message.coverage;
            require(coverage_add(&scanned->coverage, "", 0, row->host, &row->counts),
                    "coverage_add");
            continue;
        }
        bool is_event = message.kind == MESSAGE_EVENT;
        bool is_problem = message.kind == MESSAGE_PROBLEM;
        bool is_undecodable = is_problem && message.problem.kind == PROBLEM_MAY_MATCH;
        // Where a view opens it says the same as libevtx; these say that it does not.
        bool is_difference = is_problem && (message.problem.kind == PROBLEM_DIFFERENCE ||
                                            (message.problem.kind == PROBLEM_DEFINITION &&
                                             message.problem.reason == REASON_DIFFERENT));
        uint64_t offset = is_event ? message.event_head.offset : message.problem.offset;
        if ((is_event || is_undecodable || is_difference) && !is_lost(scanned, offset) &&
            !is_lost(other, offset)) {
            add_item(scanned, &message);
            counts->events += is_event;
            counts->undecodable += is_undecodable;
        }
    }
    counts->lost_chunks += scanned->lost_count;
    coverage_finish(&scanned->coverage, &(struct problems){0});
    if (message.kind != MESSAGE_DONE) {
        die("a scan has ended without saying so");
    }
    if (scanned->count > 0) {
        qsort(scanned->items, scanned->count, sizeof *scanned->items, by_offset);
    }
}

// Where records are judged in place, less work is done on a chunk, and more may be left.
static bool same_reason(const struct item *in_place, const struct item *decoded) {
    return in_place->reason == decoded->reason || in_place->reason == REASON_TOO_MUCH;
}

static bool same_item(const struct item *a, const struct item *b) {
    return a->kind == b->kind && a->head.offset == b->head.offset &&
           a->head.hit_count == b->head.hit_count &&
           (a->head.hit_count == 0 ||
            memcmp(a->hits, b->hits, a->head.hit_count * sizeof(struct rule_hit)) == 0) &&
           a->head.recovered == b->head.recovered && same_reason(a, b) &&
           a->event_size == b->event_size &&
           (a->event_size == 0 || memcmp(a->event, b->event, a->event_size) == 0);
}

static char *describe(const struct scanned *scanned, size_t index) {
    if (index >= scanned->count) {
        return xstrdup("nothing more");
    }
    const struct item *item = &scanned->items[index];
    return xformat("%s at 0x%llx (hits %u, recovered %u, reason %u, %zu bytes)",
                   item->kind == MESSAGE_EVENT ? "event" : "undecodable record",
                   (unsigned long long)item->head.offset, item->head.hit_count,
                   item->head.recovered, item->reason, item->event_size);
}

static char *difference(const struct scanned *in_place, const struct scanned *decoded) {
    size_t i = 0;
    while (i < in_place->count && i < decoded->count &&
           same_item(&in_place->items[i], &decoded->items[i])) {
        i++;
    }
    if (i == in_place->count && i == decoded->count) {
        return NULL;
    }
    char *with = describe(in_place, i);
    char *without = describe(decoded, i);
    char *text = xformat("in place: %s; decoded: %s", with, without);
    free(with);
    free(without);
    return text;
}

static char *describe_counts(const struct coverage *coverage, size_t index) {
    if (index >= coverage->count) {
        return xstrdup("nothing more");
    }
    const struct coverage_entry *entry = &coverage->entries[index];
    const struct coverage_counts *counts = &entry->counts;
    return xformat("%s: %llu and %llu records, Sysmon %llu, %llu %llu %llu %llu", entry->host,
                   (unsigned long long)counts->records, (unsigned long long)counts->recovered,
                   (unsigned long long)counts->has_sysmon, (unsigned long long)counts->events[1],
                   (unsigned long long)counts->nameless, (unsigned long long)counts->events[7],
                   (unsigned long long)counts->libraries);
}

// What a scan that has lost a chunk counts is another matter.
static char *coverage_difference(const struct scanned *in_place, const struct scanned *decoded) {
    char *text = NULL;
    bool is_comparable = in_place->lost_count == 0 && decoded->lost_count == 0;
    for (size_t i = 0; text == NULL && is_comparable &&
                       (i < in_place->coverage.count || i < decoded->coverage.count);
         i++) {
        char *with = describe_counts(&in_place->coverage, i);
        char *without = describe_counts(&decoded->coverage, i);
        if (strcmp(with, without) != 0) {
            text = xformat("coverage in place: %s; decoded: %s", with, without);
        }
        free(with);
        free(without);
    }
    return text;
}

static void scanned_free(struct scanned *scanned) {
    coverage_free(&scanned->coverage);
    buffer_free(&scanned->messages);
    free(scanned->items);
    free(scanned->lost);
}

char *scan_difference(const uint8_t *bytes, size_t size, bool is_damaged,
                      struct scan_counts *in_place, struct scan_counts *decoded) {
    struct scanned scans[2] = {0};
    struct rule_set *rules = rule_set_builtin("wmi-script-execution");
    require(rules != NULL, "rule_set_builtin");
    in_place->opened += count_opened(bytes, size);
    int fd = memory_file(bytes, size);
    scan(fd, rules, false, &scans[0]);
    scan(fd, rules, true, &scans[1]);
    sort_out(&scans[0], &scans[1], in_place);
    sort_out(&scans[1], &scans[0], decoded);
    char *text = difference(&scans[0], &scans[1]);
    if (text == NULL && !is_damaged) {
        text = coverage_difference(&scans[0], &scans[1]);
    }
    scanned_free(&scans[0]);
    scanned_free(&scans[1]);
    (void)close(fd);
    rule_set_free(rules);
    return text;
}

// The command

static char *absolute_command(void) {
    const char *command = getenv("EVTXSEQ");
    command = command != NULL && *command != '\0' ? command : "build/evtxseq";
    char *path = realpath(command, NULL);
    require(path != NULL, command);
    return path;
}

static struct outcome run_in(const char *directory, const char *no_filter) {
    char *command = absolute_command();
    char *extra = no_filter == NULL ? NULL : xstrdup(no_filter);
    char format[] = "-fcsv";
    char raw[] = "--csv-raw";
    char quiet[] = "--quiet";
    char here[] = ".";
    char *arguments[] = {command, format, raw, quiet, here, extra, NULL};
    struct outcome outcome = command_run(arguments, directory, NULL);
    free(command);
    free(extra);
    return outcome;
}

static char *command_complaint(const struct outcome *in_place, const struct outcome *decoded) {
    if (in_place->status < 0 || in_place->status > 3 || in_place->status != decoded->status) {
        return xformat("status %d, decoded %d: %.1000s", in_place->status, decoded->status,
                       in_place->errors);
    }
    if (strcmp(in_place->output, decoded->output) != 0) {
        return xformat("in place\n%.1500s\ndecoded\n%.1500s", in_place->output, decoded->output);
    }
    if (strcmp(in_place->errors, decoded->errors) != 0) {
        return xformat("problems in place\n%.1500s\ndecoded\n%.1500s", in_place->errors,
                       decoded->errors);
    }
    return NULL;
}

char *command_difference(const char *directory, size_t *lines) {
    struct outcome in_place = run_in(directory, NULL);
    struct outcome decoded = run_in(directory, "--no-filter");
    char *complaint = command_complaint(&in_place, &decoded);
    for (const char *c = in_place.output; *c != '\0'; c++) {
        *lines += *c == '\n';
    }
    outcome_free(&in_place);
    outcome_free(&decoded);
    return complaint;
}

// Single chunks

void sample_survey(struct sample *sample) {
    size_t size = 0;
    sample->data = evtx_log_bytes(sample->log, &size) + EVTX_HEADER_SIZE;
    chunk_survey(&sample->chunk, sample->data, EVTX_HEADER_SIZE);
}

static void add_in_layout(struct evtx_log *log, const struct log_event *event, unsigned layout) {
    struct evtx_event copy = event->event;
    copy.layout = layout;
    evtx_log_add(log, &copy);
}

void sample_write(struct sample *sample, const struct log_event *event, unsigned layout) {
    struct log_event other;
    sample->log = evtx_log_new();
    log_event_begin(&other, 5, false);
    add_in_layout(sample->log, &other, 0);
    add_in_layout(sample->log, event, layout);
    if ((layout & EVTX_TO_CHUNK_END) == 0) {
        add_in_layout(sample->log, event, layout & ~(unsigned)EVTX_DEF_LATER);
    }
    log_event_free(&other);
    sample_survey(sample);
    if (sample->chunk.state != CHUNK_INTACT || sample->chunk.record_count < 2) {
        die("the survey does not find the sample's records");
    }
}

uint8_t *plain_chunk(size_t count) {
    uint8_t *data = xcalloc(1, CHUNK_SIZE);
    memcpy(data, CHUNK_SIGNATURE, sizeof CHUNK_SIGNATURE);
    bytes_put_u32(data + 48, (uint32_t)(CHUNK_HEADER_SIZE + count * PLAIN_RECORD_SIZE));
    for (size_t i = 0; i < count; i++) {
        uint8_t *record = data + CHUNK_HEADER_SIZE + i * PLAIN_RECORD_SIZE;
        memcpy(record, "**\0", 4);
        bytes_put_u32(record + 4, PLAIN_RECORD_SIZE);
        memcpy(record + RECORD_HEADER_SIZE, "\x0f\x01\x01", 4); // a fragment header
        bytes_put_u32(record + PLAIN_RECORD_SIZE - 4, PLAIN_RECORD_SIZE);
    }
    return data;
}

// Whatever is in the chunk: records in order, apart from one another, and within it.
static bool records_are_sound(const struct chunk *chunk) {
    size_t end = CHUNK_HEADER_SIZE;
    bool ok = chunk->record_count <= CHUNK_RECORDS_MAX && chunk->damage_offset <= CHUNK_SIZE;
    for (size_t i = 0; ok && i < chunk->record_count; i++) {
        const struct record *record = &chunk->records[i];
        ok = record->offset >= end && record_in_range(record->offset, record->size) &&
             memcmp(chunk->data + record->offset, "**\0", 4) == 0;
        end = (size_t)record->offset + record->size;
    }
    return ok;
}

static char *records_text(const struct chunk *chunk) {
    char *text = xcalloc(1, 2 * chunk->record_count + 1);
    char *at = text;
    for (size_t i = 0; i < chunk->record_count; i++) {
        const struct record *record = &chunk->records[i];
        *at++ = ".rDR"[record->recovered + 2 * record->damaged];
        if (record->size != PLAIN_RECORD_SIZE) {
            *at++ = '?';
        }
    }
    return text;
}

char *survey_text(const uint8_t *data, int state) {
    struct chunk *chunk = xcalloc(1, sizeof *chunk);
    uint8_t *copy = guarded_copy(data);
    char *text = NULL;
    chunk_survey(chunk, copy, EVTX_HEADER_SIZE);
    if (!records_are_sound(chunk)) {
        text = xstrdup("unsound records");
    } else if (state != ANY_STATE && state != (int)chunk->state) {
        text = xformat("state %d", (int)chunk->state);
    } else {
        text = records_text(chunk);
    }
    free_guarded(copy);
    free(chunk);
    return text;
}
