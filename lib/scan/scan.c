// SPDX-License-Identifier: GPL-3.0-or-later
// A whole run: from paths to findings.
#include "scan/scan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "evtx/log_header.h"
#include "rules/stages.h"
#include "scan/inputs.h"
#include "scan/pool.h"

// A large file is read in parts of this size, by several workers at once.
#define PART_SIZE (UINT64_C(64) * CHUNK_SIZE)

// An input of which parts are still to be handed out.
struct current {
    bool is_open;
    bool is_whole; // not to be cut into parts
    int fd;        // owned; each job gets a copy
    size_t number;
    struct scan_unit rest;
};

// An input that has been opened.
struct source {
    const char *path; // owned by struct inputs
    bool is_once;     // cannot be read again, as a pipe cannot
    bool is_no_log;
    bool has_chunks; // with a signature
    uint64_t size;   // bytes; 0 when that is not known
};

struct scan {
    struct scan_options options;
    struct stages *stages;
    struct pool *pool;
    struct source *sources; // the inputs, by number
    size_t source_count;
    size_t source_capacity;
    struct inputs *inputs;
    bool is_for_context; // in a pass after the first
    size_t pass;         // its number
    size_t next_source;  // to be read in it
    bool has_more;       // jobs to be given in this pass
    uint64_t pass_bytes; // read by those that are done
    uint64_t pass_total; // bytes of this pass; 0 when that is not known
    struct current current;
    struct scan_result result;
    bool has_failed; // memory ran out
};

// The first pass looks for what the rules' requirements ask for as well.
static bool add_requirements(struct stages *stages, const struct scan_options *options) {
    size_t count = 0;
    const struct requirement *const *requirements = rules_requirements(&count);
    for (size_t i = 0; i < count; i++) {
        if (requirements[i]->stage != NULL &&
            rules_need(options->rules, options->rule_count, requirements[i]) &&
            !stages_add(stages, requirements[i]->stage)) {
            return false;
        }
    }
    return true;
}

struct scan *scan_new(const struct scan_options *options) {
    struct scan *scan = calloc(1, sizeof *scan);
    if (scan == NULL) {
        return NULL;
    }
    scan->options = *options;
    scan->result.timeline.clock = options->clock;
    scan->stages = stages_new(options->rules, options->rule_count);
    if (scan->stages != NULL && add_requirements(scan->stages, options)) {
        struct scanner_options scanner = options->scanner;
        scanner.is_counting = true;
        scan->pool = pool_new(scan->stages, &scanner, options->jobs);
    }
    if (scan->pool == NULL) {
        int error = errno;
        scan_free(scan);
        errno = error;
        return NULL;
    }
    return scan;
}

void scan_free(struct scan *scan) {
    if (scan == NULL) {
        return;
    }
    if (scan->pool != NULL) {
        pool_free(scan->pool);
    }
    if (scan->current.is_open) {
        (void)close(scan->current.fd);
    }
    stages_free(scan->stages);
    findings_free(&scan->result.findings);
    contexts_free(scan->result.contexts);
    problems_free(&scan->result.problems);
    timeline_free(&scan->result.timeline);
    coverage_free(&scan->result.coverage);
    inputs_free(scan->inputs);
    free(scan->sources);
    free(scan);
}

const struct scan_result *scan_result(const struct scan *scan) {
    return &scan->result;
}

static void add_problem(struct scan *scan, enum problem_kind kind, const char *path,
                        uint64_t offset, const char *reason) {
    problems_add(&scan->result.problems,
                 (struct problem){.kind = kind, .path = path, .offset = offset, .reason = reason});
}

// Inputs

static bool add_source(struct scan *scan, const char *path) {
    struct source *sources =
        array_grow(scan->sources, scan->source_count, &scan->source_capacity, sizeof *sources);
    if (sources == NULL) {
        scan->has_failed = true;
        return false;
    }
    scan->sources = sources;
    sources[scan->source_count++] = (struct source){.path = path};
    return true;
}

// What of the input there is to read. Only a file or a disk has a size and can be read in parts;
// one without a log's signature is better looked at from its start.
static void size_up(struct current *current, bool carve) {
    struct stat status;
    off_t size = lseek(current->fd, 0, SEEK_END);
    current->rest =
        (struct scan_unit){.end = UINT64_MAX, .live_end = UINT64_MAX, .is_carved = carve};
    current->is_whole = true;
    if (size < 0 || fstat(current->fd, &status) != 0 ||
        !(S_ISREG(status.st_mode) || S_ISBLK(status.st_mode))) {
        current->rest.is_stream = true;
        return;
    }
    current->rest.end = (uint64_t)size;
    (void)posix_fadvise(current->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    if (carve) {
        current->is_whole = false;
    } else if (current->rest.end > PART_SIZE) {
        uint8_t start[128];
        struct log_header header;
        ssize_t count = pread(current->fd, start, sizeof start, 0);
        log_header_read(start, count < 0 ? 0 : (size_t)count, &header);
        current->rest.live_end = header.live_end;
        current->is_whole = !header.has_signature;
    }
}

static void add_unreadable(struct scan *scan, const char *path, int system_error) {
    const char *reason = strerrordesc_np(system_error);
    add_problem(scan, PROBLEM_UNREADABLE, path, PROBLEM_NO_OFFSET,
                reason == NULL ? "cannot be opened" : reason);
}

static void start_source(struct scan *scan, size_t number, int fd) {
    scan->current = (struct current){.is_open = true, .fd = fd, .number = number};
    size_up(&scan->current, scan->options.carve);
    scan->sources[number].is_once = scan->current.rest.is_stream;
    scan->sources[number].size = scan->current.rest.is_stream ? 0 : scan->current.rest.end;
}

static void open_input(struct scan *scan, const struct input *input) {
    switch (input->kind) {
    case INPUT_UNREADABLE:
        add_unreadable(scan, input->path, input->system_error);
        return;
    case INPUT_NO_LOGS:
        add_problem(scan, PROBLEM_NO_LOG, input->path, PROBLEM_NO_OFFSET,
                    "no EVTX log in this directory");
        return;
    case INPUT_OPEN:
        break;
    }
    if (!add_source(scan, input->path)) {
        (void)close(input->fd);
        return;
    }
    // What is carved is a log only if there is a chunk in it.
    scan->result.inputs += !scan->options.carve;
    start_source(scan, scan->source_count - 1, input->fd);
}

// The bytes of all sources that can be read in this pass. 0 when that is not known.
static uint64_t sum_of_sizes(const struct scan *scan) {
    uint64_t sum = 0;
    for (size_t i = 0; i < scan->source_count; i++) {
        if (scan->sources[i].is_once && !scan->is_for_context) {
            return 0;
        }
        sum += scan->sources[i].is_no_log ? 0 : scan->sources[i].size;
    }
    return sum;
}

// Opens the next input of the first pass. False when there are no more.
static bool open_next(struct scan *scan) {
    struct input input;
    if (!inputs_next(scan->inputs, &input)) {
        scan->has_failed = scan->has_failed || inputs_failed(scan->inputs);
        scan->pass_total = sum_of_sizes(scan);
        return false;
    }
    open_input(scan, &input);
    return true;
}

// The same for a later pass.
static bool open_next_again(struct scan *scan) {
    if (scan->next_source == scan->source_count) {
        return false;
    }
    size_t number = scan->next_source++;
    const struct source *source = &scan->sources[number];
    if (!source->is_once && !source->is_no_log) {
        int fd = inputs_open_again(source->path);
        if (fd < 0) {
            add_unreadable(scan, source->path, errno);
        } else {
            start_source(scan, number, fd);
        }
    }
    return true;
}

// The next part of the current input. False when it could not be had.
static bool cut_job(struct scan *scan, struct pool_job *job) {
    struct current *current = &scan->current;
    *job = (struct pool_job){.unit = current->rest, .input = current->number};
    uint64_t end = current->rest.begin + PART_SIZE;
    if (current->rest.begin == 0 && !current->rest.is_carved) {
        end += LOG_HEADER_SIZE;
    }
    bool is_last = current->is_whole || end >= current->rest.end;
    if (is_last) {
        job->fd = current->fd;
        current->is_open = false;
        return true;
    }
    job->unit.end = end;
    current->rest.begin = end;
    job->fd = fcntl(current->fd, F_DUPFD_CLOEXEC, 0);
    if (job->fd < 0) {
        add_problem(scan, PROBLEM_UNREADABLE, scan->sources[current->number].path, job->unit.begin,
                    "too many open files");
        return false;
    }
    return true;
}

// Finds the next job. False when there are no more.
static bool next_job(struct scan *scan, struct pool_job *job) {
    while (!scan->has_failed) {
        if (scan->current.is_open) {
            if (cut_job(scan, job)) {
                return true;
            }
        } else if (!(scan->is_for_context ? open_next_again(scan) : open_next(scan))) {
            return false;
        }
    }
    return false;
}

// Reports

static void take_event(struct scan *scan, const struct message *message, const char *path) {
    if (scan->options.only_coverage) {
        return;
    }
    struct stage_event event = {
        .event = malloc(message->event_size < sizeof(struct event) ? sizeof(struct event)
                                                                   : message->event_size),
        .verdict = message->event_head.verdict,
        .path = path,
        .offset = message->event_head.offset,
        .recovered = message->event_head.recovered != 0,
    };
    if (event.event == NULL) {
        scan->has_failed = true;
        return;
    }
    memcpy(event.event, message->event, message->event_size);
    bool is_added = scan->is_for_context ? contexts_add(scan->result.contexts, &event)
                                         : timeline_add(&scan->result.timeline, &event);
    scan->has_failed = !is_added || scan->has_failed;
}

// Damage has been reported by the first pass; a record that this pass looks for may be new.
static void take_problem(struct scan *scan, const struct message_problem *problem,
                         struct source *source) {
    enum problem_kind kind = (enum problem_kind)problem->kind;
    if (scan->is_for_context && !problem_is_grave(kind)) {
        return;
    }
    if (kind == PROBLEM_NO_LOG && scan->result.inputs > 0) {
        source->is_no_log = true;
        scan->result.inputs--;
    }
    add_problem(scan, kind, source->path, problem->offset, message_reason_text(problem));
}

// Later passes read the same again.
static void take_tally(struct scan *scan, const struct pool_report *report) {
    struct scan_tally *total = &scan->result.tally;
    struct source *source = &scan->sources[report->input];
    scan->pass_bytes += report->tally.bytes;
    if (scan->is_for_context) {
        return;
    }
    total->bytes += report->tally.bytes;
    total->chunks += report->tally.chunks;
    total->records += report->tally.records;
    total->recovered += report->tally.recovered;
    if (report->tally.chunks > 0 && !source->has_chunks) {
        source->has_chunks = true;
        scan->result.inputs += scan->options.carve;
    }
}

static const char *death_text(enum pool_death death) {
    static const char *const texts[] = {
        [DEATH_CRASH] = "the decoding process died",
        [DEATH_TIME] = "the decoding process took too long",
        [DEATH_CONFINEMENT] = "the decoding process made a forbidden system call",
        [DEATH_NONSENSE] = "the decoding process sent nonsense",
    };
    return texts[death];
}

static void add_coverage(struct scan *scan, const struct source *source, const char *host,
                         const struct coverage_counts *counts) {
    size_t number = (size_t)(source - scan->sources);
    bool is_added = coverage_add(&scan->result.coverage, source->path, number, host, counts);
    scan->has_failed = !is_added || scan->has_failed;
}

// A log has its place in the table even if there is nothing in it.
static void finish_coverage(struct scan *scan) {
    struct coverage_counts none;
    coverage_counts_clear(&none);
    for (size_t i = 0; i < scan->source_count; i++) {
        const struct source *source = &scan->sources[i];
        if (!source->is_no_log && (source->has_chunks || !scan->options.carve)) {
            add_coverage(scan, source, "", &none);
        }
    }
    coverage_finish(&scan->result.coverage, &scan->result.problems);
}

static void take_message(struct scan *scan, const struct message *message, struct source *source) {
    switch (message->kind) {
    case MESSAGE_EVENT:
        take_event(scan, message, source->path);
        break;
    case MESSAGE_PROBLEM:
        take_problem(scan, &message->problem, source);
        break;
    case MESSAGE_UNCONFINED:
        scan->result.is_unconfined = true;
        break;
    case MESSAGE_COVERAGE:
        add_coverage(scan, source, message->coverage.host, &message->coverage.counts);
        break;
    case MESSAGE_DONE:
        break;
    }
}

static void take_report(struct scan *scan, const struct pool_report *report) {
    struct source *source = &scan->sources[report->input];
    switch (report->kind) {
    case POOL_MESSAGE:
        take_message(scan, &report->message, source);
        break;
    case POOL_DIED:
        add_problem(scan, PROBLEM_WORKER, source->path, report->died_at, death_text(report->death));
        break;
    case POOL_DONE:
        take_tally(scan, report);
        break;
    }
}

static void find(struct scan *scan) {
    struct scan_result *result = &scan->result;
    timeline_sort(&result->timeline);
    for (size_t i = 0; i < scan->options.rule_count && !scan->has_failed; i++) {
        scan->has_failed = !findings_add(&result->findings, scan->options.rules[i], scan->stages,
                                         &result->timeline, &scan->options.findings);
    }
    findings_sort(&result->findings);
}

// Starts to read all inputs, or in a later pass all that can be read again.
static void start_pass(struct scan *scan) {
    scan->next_source = 0;
    scan->has_more = true;
    scan->pass_bytes = 0;
}

// False when the pass is over.
static bool step_pass(struct scan *scan, int timeout) {
    struct pool_job job;
    struct pool_report report;
    if (scan->has_failed || !(scan->has_more || pool_is_busy(scan->pool))) {
        return false;
    }
    while (scan->has_more && pool_has_room(scan->pool)) {
        scan->has_more = next_job(scan, &job);
        if (scan->has_more) {
            pool_give(scan->pool, &job);
        }
    }
    if (pool_is_busy(scan->pool) && pool_take(scan->pool, timeout, &report)) {
        take_report(scan, &report);
    }
    return true;
}

// Context

// Workers have what they look for from their start, so new ones are needed.
static bool start_pool(struct scan *scan, const struct rule *rule) {
    struct stages *stages = stages_new(&rule, 1);
    struct pool *pool =
        stages == NULL ? NULL : pool_new(stages, &scan->options.scanner, scan->options.jobs);
    if (pool == NULL) {
        stages_free(stages);
        return false;
    }
    pool_free(scan->pool);
    stages_free(scan->stages);
    scan->pool = pool;
    scan->stages = stages;
    return true;
}

static bool is_any_once(const struct scan *scan) {
    for (size_t i = 0; i < scan->source_count; i++) {
        if (scan->sources[i].is_once) {
            return true;
        }
    }
    return false;
}

static void begin_context(struct scan *scan) {
    struct scan_result *result = &scan->result;
    scan->is_for_context = true;
    result->contexts = contexts_new(&result->findings, scan->options.clock, is_any_once(scan));
    scan->has_failed = result->contexts == NULL;
    scan->pass_total = sum_of_sizes(scan);
}

// False when there is no more context to look for.
static bool next_context_pass(struct scan *scan) {
    const struct rule *rule = scan->has_failed ? NULL : contexts_next(scan->result.contexts);
    if (rule == NULL) {
        return false;
    }
    // The findings are there already: they are not to be lost for want of their context.
    if (!start_pool(scan, rule)) {
        scan->result.is_context_cut = true;
        return false;
    }
    scan->pass++;
    start_pass(scan);
    return true;
}

static void finish_context(struct scan *scan) {
    struct findings *findings = &scan->result.findings;
    const struct contexts *contexts = scan->result.contexts;
    scan->has_failed = scan->has_failed || contexts_failed(contexts);
    for (size_t i = 0; i < findings->count && !scan->has_failed; i++) {
        findings->list[i].context = contexts_get(contexts, i);
    }
}

// The scan

// The bytes of all files, where the paths name no directory, pipe or device. A directory's are
// known when its last file has been opened.
static uint64_t size_of_files(const char *const *paths, size_t count) {
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        struct stat status;
        if (stat(paths[i], &status) != 0 || !S_ISREG(status.st_mode)) {
            return 0;
        }
        sum += (uint64_t)status.st_size;
    }
    return sum;
}

void scan_start(struct scan *scan, const char *const *paths, size_t count) {
    scan->inputs = inputs_new(paths, count, scan->options.carve);
    scan->has_failed = scan->inputs == NULL;
    start_pass(scan);
    scan->pass_total = size_of_files(paths, count);
}

bool scan_step(struct scan *scan, int timeout) {
    if (step_pass(scan, timeout)) {
        return true;
    }
    if (!scan->is_for_context && !scan->has_failed) {
        find(scan);
        if (scan->has_failed || scan->result.findings.count == 0 || scan->options.no_context) {
            return false;
        }
        begin_context(scan);
    }
    return next_context_pass(scan);
}

struct scan_progress scan_progress(const struct scan *scan) {
    return (struct scan_progress){
        .pass = scan->pass,
        .bytes = scan->pass_bytes + pool_bytes_under_way(scan->pool),
        .total = scan->pass_total,
        .inputs = scan->is_for_context ? scan->next_source : scan->source_count,
        .events = scan->result.timeline.count,
    };
}

bool scan_finish(struct scan *scan) {
    if (scan->result.contexts != NULL) {
        finish_context(scan);
    }
    pool_free(scan->pool);
    scan->pool = NULL;
    problems_sort(&scan->result.problems);
    finish_coverage(scan);
    errno = ENOMEM;
    return !scan->has_failed;
}
