// SPDX-License-Identifier: GPL-3.0-or-later
// A whole run: from paths to findings.
#include "scan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "inputs.h"
#include "log_header.h"
#include "pool.h"
#include "stages.h"

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

// An input that has been taken up.
struct known_input {
    const char *path; // owned by struct inputs
    bool has_chunks;  // with a signature
};

struct scan {
    struct scan_options options;
    struct stages *stages;
    struct pool *pool;
    struct known_input *known; // inputs, by number
    size_t known_count;
    size_t known_capacity;
    struct inputs *inputs;
    struct current current;
    struct scan_result result;
    bool has_failed; // memory ran out
};

struct scan *scan_new(const struct scan_options *options) {
    struct scan *scan = calloc(1, sizeof *scan);
    if (scan == NULL) {
        return NULL;
    }
    scan->options = *options;
    scan->result.timeline.clock = options->clock;
    scan->stages = stages_new(options->rules, options->rule_count);
    if (scan->stages != NULL) {
        scan->pool = pool_new(scan->stages, &options->scanner, options->jobs);
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
    problems_free(&scan->result.problems);
    timeline_free(&scan->result.timeline);
    inputs_free(scan->inputs);
    free(scan->known);
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

static bool add_known(struct scan *scan, const char *path) {
    if (scan->known_count == scan->known_capacity) {
        size_t capacity = scan->known_capacity == 0 ? 64 : scan->known_capacity * 2;
        struct known_input *known = reallocarray(scan->known, capacity, sizeof *known);
        if (known == NULL) {
            scan->has_failed = true;
            return false;
        }
        scan->known = known;
        scan->known_capacity = capacity;
    }
    scan->known[scan->known_count++] = (struct known_input){.path = path};
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

static void open_input(struct scan *scan, const struct input *input) {
    switch (input->kind) {
    case INPUT_UNREADABLE: {
        const char *reason = strerrordesc_np(input->system_error);
        add_problem(scan, PROBLEM_UNREADABLE, input->path, PROBLEM_NO_OFFSET,
                    reason == NULL ? "cannot be opened" : reason);
        return;
    }
    case INPUT_NO_LOGS:
        add_problem(scan, PROBLEM_NO_LOG, input->path, PROBLEM_NO_OFFSET,
                    "no EVTX log in this directory");
        return;
    case INPUT_OPEN:
        break;
    }
    if (!add_known(scan, input->path)) {
        (void)close(input->fd);
        return;
    }
    // What is carved is a log only if there is a chunk in it.
    scan->result.inputs += !scan->options.carve;
    scan->current =
        (struct current){.is_open = true, .fd = input->fd, .number = scan->known_count - 1};
    size_up(&scan->current, scan->options.carve);
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
        add_problem(scan, PROBLEM_UNREADABLE, scan->known[current->number].path, job->unit.begin,
                    "too many open files");
        return false;
    }
    return true;
}

// Finds the next job. False when there are no more.
static bool next_job(struct scan *scan, struct pool_job *job) {
    struct input input;
    while (!scan->has_failed) {
        if (scan->current.is_open) {
            if (cut_job(scan, job)) {
                return true;
            }
            continue;
        }
        if (!inputs_next(scan->inputs, &input)) {
            scan->has_failed = scan->has_failed || inputs_failed(scan->inputs);
            return false;
        }
        open_input(scan, &input);
    }
    return false;
}

// Reports

static void take_event(struct scan *scan, const struct message *message, const char *path) {
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
    scan->has_failed = !timeline_add(&scan->result.timeline, &event) || scan->has_failed;
}

static void take_problem(struct scan *scan, const struct message_problem *problem,
                         const char *path) {
    if (problem->kind == PROBLEM_NO_LOG && scan->result.inputs > 0) {
        scan->result.inputs--;
    }
    add_problem(scan, (enum problem_kind)problem->kind, path, problem->offset,
                message_reason_text(problem));
}

static void take_tally(struct scan *scan, const struct pool_report *report) {
    struct scan_tally *total = &scan->result.tally;
    struct known_input *input = &scan->known[report->input];
    total->bytes += report->tally.bytes;
    total->chunks += report->tally.chunks;
    total->records += report->tally.records;
    total->recovered += report->tally.recovered;
    if (report->tally.chunks > 0 && !input->has_chunks) {
        input->has_chunks = true;
        scan->result.inputs += scan->options.carve;
    }
}

static void take_report(struct scan *scan, const struct pool_report *report) {
    const char *path = scan->known[report->input].path;
    switch (report->kind) {
    case POOL_MESSAGE:
        if (report->message.kind == MESSAGE_EVENT) {
            take_event(scan, &report->message, path);
        } else {
            take_problem(scan, &report->message.problem, path);
        }
        break;
    case POOL_DIED:
        add_problem(scan, PROBLEM_WORKER, path, report->died_at, "the decoding process died");
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
    problems_sort(&result->problems);
}

bool scan_run(struct scan *scan, const char *const *paths, size_t count) {
    struct pool_job job;
    struct pool_report report;
    scan->inputs = inputs_new(paths, count, scan->options.carve);
    scan->has_failed = scan->inputs == NULL;
    bool has_more = true;
    while (!scan->has_failed && (has_more || pool_is_busy(scan->pool))) {
        while (has_more && pool_has_room(scan->pool)) {
            has_more = next_job(scan, &job);
            if (has_more) {
                pool_give(scan->pool, &job);
            }
        }
        if (pool_is_busy(scan->pool) && pool_take(scan->pool, 1000, &report)) {
            take_report(scan, &report);
        }
    }
    if (!scan->has_failed) {
        find(scan);
    }
    errno = ENOMEM;
    return !scan->has_failed;
}
