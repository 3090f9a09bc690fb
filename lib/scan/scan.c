// SPDX-License-Identifier: GPL-3.0-or-later
#include "scan/scan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "scan/archive_reports.h"
#include "scan/collect.h"
#include "scan/held.h"
#include "scan/image_jobs.h"
#include "scan/jobs.h"
#include "scan/merge.h"
#include "scan/passes.h"
#include "scan/problem_cut.h"
#include "scan/reports.h"
#include "scan/scan_state.h"

struct scan *scan_new(const struct scan_options *options) {
    struct scan *scan = calloc(1, sizeof *scan);
    if (scan == NULL) {
        return NULL;
    }
    scan->options = *options;
    scan->result.timeline.clock = options->clock;
    scan->result.coverage.hosts_max = COVERAGE_HOSTS_MAX;
    scan->result.timeline.whole_max =
        options->whole_events_max == 0 ? SCAN_WHOLE_EVENTS_MAX : options->whole_events_max;
    scan->replay.kind = REPLAY_CHECK;
    const struct scanner_task task = {
        .rules = options->rules,
        .is_counting = true,
        .replay = options->is_merge ? &scan->replay : NULL,
    };
    scan->pool = pool_new(&task, &options->scanner, options->jobs);
    scan->hashes = options->has_hashes ? hashes_new(options->jobs) : NULL;
    // To unpack takes as long as to scan, or longer.
    scan->openers = scan->pool == NULL ? NULL : openers_new(options->jobs);
    scan->recorder = options->collect == NULL ? NULL : recorder_new(options->collect);
    scan->merge = options->is_merge ? merge_new() : NULL;
    if (scan->openers == NULL || (options->has_hashes && scan->hashes == NULL) ||
        (options->collect != NULL && scan->recorder == NULL) ||
        (options->is_merge && scan->merge == NULL)) {
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
    hashes_free(scan->hashes);
    openers_free(scan->openers);
    jobs_close(scan);
    if (scan->is_waiting) {
        (void)close(scan->waiting.fds[0]);
    }
    findings_free(&scan->result.findings);
    contexts_free(scan->result.contexts);
    problems_free(&scan->result.problems);
    timeline_free(&scan->result.timeline);
    pruning_free(&scan->pruning);
    recall_free(&scan->recall);
    coverage_free(&scan->result.coverage);
    free(scan->result.facts);
    listing_free(scan->listing);
    inputs_free(scan->inputs);
    sources_free(&scan->sources);
    archives_free(&scan->archives);
    images_free(&scan->images);
    free(scan->announced);
    arena_free(&scan->texts);
    free(scan->suspects);
    buffer_free(&scan->kept.messages);
    recorder_free(scan->recorder);
    buffer_free(&scan->facts);
    merge_free(scan->merge);
    free(scan);
}

const struct scan_result *scan_result(const struct scan *scan) {
    return &scan->result;
}

void scan_add_problem(struct scan *scan, enum problem_kind kind, const char *path, uint64_t offset,
                      const char *reason) {
    problems_add(&scan->result.problems,
                 (struct problem){.kind = kind, .path = path, .offset = offset, .reason = reason});
}

void scan_add_made_problem(struct scan *scan, enum problem_kind kind, const char *path,
                           uint64_t offset, struct buffer *reason, const char *otherwise) {
    const char *copy = reason->failed ? NULL : arena_copy(&scan->texts, reason->data, reason->size);
    buffer_free(reason);
    scan_add_problem(scan, kind, path, offset, copy == NULL ? otherwise : copy);
}

void scan_add_unreadable(struct scan *scan, const char *path, int system_error) {
    const char *reason = strerrordesc_np(system_error);
    scan_add_problem(scan, PROBLEM_UNREADABLE, path, PROBLEM_NO_OFFSET,
                     reason == NULL ? "cannot be opened" : reason);
}

void scan_hash(struct scan *scan, const struct hash_input *input, struct input_hash *hash) {
    bool ok = scan->hashes == NULL || hashes_add(scan->hashes, input, hash);
    scan->has_failed = scan->has_failed || !ok;
}

bool scan_reads_places(const struct scan *scan) {
    return scan->pass == PASS_RECALL || scan->pass == PASS_FETCH;
}

// A log has its place in the table even if there is nothing in it.
static void finish_coverage(struct scan *scan) {
    struct coverage_counts none;
    coverage_counts_clear(&none);
    for (size_t i = 0; i < scan->sources.count; i++) {
        const struct source *source = &scan->sources.list[i];
        if (!source->is_not_a_log && (source->has_chunks || !scan->options.carve)) {
            reports_add_coverage(scan, source, "", &none);
        }
    }
    coverage_merge(&scan->result.coverage);
}

static int compare_facts(const void *left, const void *right) {
    const struct input_facts *a = left;
    const struct input_facts *b = right;
    return strcmp(a->path, b->path);
}

// A stream may be an archive or not, and has no hash: what is in it says all there is to say.
static void add_archive_facts(struct scan *scan) {
    struct scan_result *result = &scan->result;
    for (size_t i = 0; i < scan->archives.count; i++) {
        const struct archive_input *archive = &scan->archives.list[i];
        if (!archive->is_once) {
            struct input_facts *facts = &result->facts[result->facts_count++];
            *facts = (struct input_facts){.path = archive->path,
                                          .size = archive->size,
                                          .kind = archive->is_image ? FACTS_IMAGE : FACTS_ARCHIVE};
            facts->has_hash = hashes_get(scan->hashes, &archive->hash, facts->sha256);
        }
    }
}

static size_t count_pieces(const struct images *images) {
    size_t count = 0;
    for (size_t i = 0; i < images->count; i++) {
        count += images->list[i].piece_count;
    }
    return count;
}

static void add_image_facts(struct scan *scan, const struct image *image) {
    struct scan_result *result = &scan->result;
    for (size_t i = 0; i < image->piece_count; i++) {
        const struct image_piece *piece = &image->pieces[i];
        if (piece->path != NULL) {
            struct input_facts *facts = &result->facts[result->facts_count++];
            *facts =
                (struct input_facts){.path = piece->path, .size = piece->size, .kind = FACTS_IMAGE};
            facts->has_hash = hashes_get(scan->hashes, &piece->hash, facts->sha256);
        }
    }
}

// Of inputs of one path one is as good as the other.
static void finish_facts(struct scan *scan) {
    struct scan_result *result = &scan->result;
    size_t count = scan->sources.count + scan->archives.count + count_pieces(&scan->images);
    result->facts = calloc(count + 1, sizeof *result->facts);
    if (result->facts == NULL) {
        scan->has_failed = true;
        return;
    }
    for (size_t i = 0; i < scan->sources.count; i++) {
        const struct source *source = &scan->sources.list[i];
        struct input_facts *facts = &result->facts[result->facts_count++];
        bool is_log = scan->options.carve ? source->has_chunks : !source->is_not_a_log;
        *facts = (struct input_facts){
            .path = source->path,
            .size = source->is_once ? source->tally.bytes : source->size,
            .records = source->tally.records,
            .recovered = source->tally.recovered,
            .is_in_parts = source->is_shared,
            .kind = is_log ? FACTS_LOG : FACTS_OTHER,
        };
        facts->has_hash = hashes_get(scan->hashes, &source->hash, facts->sha256);
    }
    add_archive_facts(scan);
    for (size_t i = 0; i < scan->images.count; i++) {
        add_image_facts(scan, &scan->images.list[i]);
    }
    array_sort(result->facts, result->facts_count, sizeof *result->facts, compare_facts);
}

// An event without a GUID is of the machine that the other events of its computer in the same input
// are of, if they are of just one.
static void name_machines(struct scan *scan) {
    struct timeline *timeline = &scan->result.timeline;
    coverage_merge(&scan->result.coverage);
    for (size_t i = 0; i < timeline->count; i++) {
        struct stage_event *event = &timeline->events[i];
        const char *computer = event_value(event->event, DATA_COMPUTER);
        if (event->own_machine == 0) {
            uint64_t machine = coverage_machine(&scan->result.coverage, event->path, event->input,
                                                computer == NULL ? "" : computer);
            event->machine = machine == COVERAGE_SEVERAL_MACHINES ? 0 : (uint32_t)machine;
        }
    }
}

static void find(struct scan *scan) {
    struct scan_result *result = &scan->result;
    name_machines(scan);
    timeline_sort(&result->timeline);
    scan->has_failed = scan->has_failed || result->timeline.has_failed;
    if (!scan->has_failed) {
        scan->has_failed = !findings_add(&result->findings, scan->options.rules, &result->timeline,
                                         &scan->options.findings);
    }
    findings_sort(&result->findings);
}

static bool is_under_way(const struct scan *scan) {
    return scan->has_more || scan->is_waiting || scan->in_image || pool_is_busy(scan->pool) ||
           openers_are_busy(scan->openers);
}

static bool next_job(struct scan *scan, struct pool_job *job) {
    if (scan->merge != NULL) {
        return merge_next_job(scan, job);
    }
    if (!jobs_next(scan, job)) {
        return false;
    }
    bool is_once = scan->sources.list[job->input].is_once;
    bool has_context = !scan->options.no_context && !scan->options.only_coverage;
    bool is_last = is_once || scan->recorder != NULL; // no later pass asks it for more
    job->segment.keeps_creations = scan->pass == PASS_RULES && has_context && is_last;
    job->segment.compares = scan->pass <= PASS_AGAIN && (is_last || scan->compares);
    return true;
}

static void take_report(struct scan *scan, const struct pool_report *report) {
    if (scan->merge == NULL) {
        reports_take(scan, report);
    } else {
        merge_take(scan, report);
    }
}

// False when the pass is over.
static bool step_pass(struct scan *scan, int timeout) {
    struct pool_job job;
    struct pool_report report;
    struct opener_report opened;
    if (scan->has_failed || scan->result.is_context_cut || !is_under_way(scan)) {
        return false;
    }
    while (pool_has_room(scan->pool) && next_job(scan, &job)) {
        pool_give(scan->pool, &job);
    }
    if ((pool_is_busy(scan->pool) || openers_are_busy(scan->openers)) &&
        pool_take(scan->pool, openers_descriptor(scan->openers), timeout, &report)) {
        take_report(scan, &report);
    }
    while (!scan->has_failed && openers_take(scan->openers, &opened)) {
        if (opened.job->task == OPENER_UNPACK) {
            archive_reports_take(scan, &opened);
        } else {
            image_jobs_take(scan, &opened);
        }
    }
    return true;
}

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
    scan->pass = scan->merge == NULL ? PASS_RULES : PASS_CHECK;
    scan->inputs = inputs_new(paths, count, scan->options.carve || scan->merge != NULL);
    scan->has_failed = scan->inputs == NULL;
    passes_start(scan);
    scan->pass_total = size_of_files(paths, count);
    if (!scan->has_failed && scan->options.share.count > 0) {
        scan->listing = listing_new(scan->inputs, scan->options.share);
        scan->has_failed = scan->listing == NULL;
        scan->pass_total = scan->has_failed ? 0 : listing_bytes(scan->listing);
    }
}

// False when all passes are over.
static bool step_scan(struct scan *scan, int timeout) {
    if (step_pass(scan, timeout)) {
        return true;
    }
    if (scan->has_failed || scan->result.is_context_cut) {
        return false;
    }
    switch (scan->pass) {
    case PASS_CHECK:
    case PASS_SETTINGS:
    case PASS_FACTS:
    case PASS_MARKS:
    case PASS_WANTED:
        return merge_turn(scan);
    case PASS_RULES:
    case PASS_AFRESH:
    case PASS_AGAIN:
        if (scan->recorder != NULL) {
            break;
        }
        if (held_misses_some(scan)) {
            return passes_begin_again(scan);
        }
        pruning_free(&scan->pruning);
        find(scan);
        return !scan->has_failed &&
               (passes_begin_recall(scan) || (!scan->has_failed && passes_begin_notes(scan)));
    case PASS_RECALL:
        if (passes_begin_afresh(scan) || scan->has_failed) {
            return !scan->has_failed;
        }
        passes_finish_recall(scan);
        return passes_begin_notes(scan);
    case PASS_NOTES:
        return passes_begin_fetch(scan);
    case PASS_FETCH:
        break;
    }
    return false;
}

bool scan_step(struct scan *scan, int timeout) {
    // Hashes may take longer than all passes.
    scan->is_over = scan->is_over || !step_scan(scan, timeout);
    if (scan->hashes == NULL || scan->has_failed) {
        return !scan->is_over;
    }
    return hashes_step(scan->hashes, scan->is_over ? timeout : 0) || !scan->is_over;
}

bool scan_has_input(const struct scan *scan, uint64_t device, uint64_t number) {
    const struct file_id id = {device, number};
    return (scan->listing != NULL && listing_has_file(scan->listing, id)) ||
           sources_have_file(&scan->sources, id) || archives_have_file(&scan->archives, id) ||
           images_have_file(&scan->images, id) ||
           (scan->merge != NULL && merge_has_file(scan->merge, id));
}

struct scan_progress scan_progress(const struct scan *scan) {
    return (struct scan_progress){
        .pass = scan->pass <= PASS_RECALL ? 0 : (size_t)scan->pass - PASS_RECALL,
        .bytes = scan->pass_bytes + pool_bytes_under_way(scan->pool),
        .total = scan->pass_total,
        .inputs = scan->pass <= PASS_RULES ? scan->sources.count : scan->next_source,
        .events = scan->result.timeline.count + scan->result.dropped,
    };
}

bool scan_finish(struct scan *scan) {
    if (scan->result.contexts != NULL) {
        passes_finish_context(scan);
    }
    pool_free(scan->pool);
    scan->pool = NULL;
    finish_facts(scan);
    image_jobs_name_damages(scan);
    held_name_cuts(scan);
    problem_cut_finish(scan);
    if (scan->recorder != NULL) {
        collect_facts(scan);
    }
    problem_cut_name(scan);
    reports_judge_suspects(scan);
    finish_coverage(scan);
    reports_name_other_hosts(scan);
    if (scan->merge != NULL) {
        merge_name_missing(scan);
    }
    problems_sort(&scan->result.problems);
    coverage_finish(&scan->result.coverage, &scan->result.problems);
    errno = scan->error != 0 ? scan->error : ENOMEM;
    return !scan->has_failed;
}

const struct scan_options *scan_options_of(const struct scan *scan) {
    return &scan->options;
}
