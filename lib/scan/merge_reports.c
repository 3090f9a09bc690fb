// SPDX-License-Identifier: GPL-3.0-or-later
// What workers tell of events files.
#include "scan/merge_state.h"

#include <string.h>

#include "base/array.h"
#include "scan/reports.h"
#include "scan/settings.h"

// Inputs and problems that a file may tell of: more than that go into several files.
enum { INPUTS_MAX = 1000000, TOLD_MAX = 100000 };

// The text, as long as the scan; NULL when memory ran out.
static const char *copy_text(struct scan *scan, struct text text) {
    const char *copy = arena_copy(&scan->texts, text.data, text.size);
    scan->has_failed = scan->has_failed || copy == NULL;
    return copy;
}

void merge_add_problem(struct scan *scan, const struct events_file *file, const char *reason) {
    scan_add_problem(scan, PROBLEM_UNREADABLE, file->path, PROBLEM_NO_OFFSET, reason);
}

// The input that is told of; NULL where the file has told of none, as a hostile one may.
static struct source *source_of(struct scan *scan, const struct events_file *file) {
    return file->at < file->source_count ? &scan->sources.list[file->sources[file->at]] : NULL;
}

static void set_source(struct source *source, const struct message_input *input) {
    source->size = input->size;
    source->is_once = input->is_once != 0;
    source->creations = input->is_once != 0 ? input->creations : 0;
    source->in_archive = input->in_archive != 0;
    source->is_not_a_log = input->is_not_a_log != 0;
    source->is_shared = input->is_shared != 0;
    source->hash.is_told = input->has_hash != 0;
    memcpy(source->hash.told, input->hash, sizeof source->hash.told);
}

// The number of a new source. SIZE_MAX when memory ran out.
static size_t add_source(struct scan *scan, const struct message *message) {
    const char *path = copy_text(scan, message->path);
    if (path == NULL || !sources_add(&scan->sources, path)) {
        return SIZE_MAX;
    }
    struct source *source = &scan->sources.list[scan->sources.count - 1];
    set_source(source, &message->input);
    scan->result.inputs += !scan->options.carve && !source->is_not_a_log;
    return scan->sources.count - 1;
}

// The number of the source of which the file holds a share; other files may have told of it.
static size_t add_shared(struct scan *scan, const struct message *message,
                         const struct message_share *share) {
    struct shares *shares = &scan->merge->shares;
    uint32_t listed = message->input.listed;
    size_t number = shares_find(shares, share, listed);
    if (number == SIZE_MAX) {
        number = add_source(scan, message);
        if (number != SIZE_MAX && !shares_add_source(shares, share, listed, number)) {
            number = SIZE_MAX;
        }
    }
    return number;
}

static void take_input(struct scan *scan, const struct message *message, struct events_file *file) {
    const struct message_input *input = &message->input;
    bool is_shared = input->is_shared && file->share.share.count > 0;
    size_t number = is_shared ? add_shared(scan, message, &file->share) : add_source(scan, message);
    file->at = file->source_count;
    if (number == SIZE_MAX || !array_add(&file->sources, &file->source_count,
                                         &file->source_capacity, &number, sizeof number)) {
        scan->has_failed = true;
        return;
    }
    struct source *source = &scan->sources.list[number];
    source->is_off_grid = source->is_off_grid || input->is_off_grid != 0;
    source->problem_cut =
        input->problem_cut < source->problem_cut ? input->problem_cut : source->problem_cut;
    reports_add_tally(scan, source, &input->tally);
}

static void take_share(struct scan *scan, const struct message *message, struct events_file *file) {
    if (file->share.share.count == 0) {
        file->share = message->share;
        scan->has_failed =
            !shares_add(&scan->merge->shares, &file->share, file->path) || scan->has_failed;
    }
}

// Of what is said of no input, so much is taken of a file.
static bool may_tell(struct scan *scan, struct events_file *file) {
    if (++file->told_count == TOLD_MAX) {
        scan_add_problem(scan, PROBLEM_TOO_MUCH, file->path, PROBLEM_NO_OFFSET,
                         "it has more problems and archives than are taken of one file");
    }
    return file->told_count < TOLD_MAX;
}

static void take_told(struct scan *scan, const struct message *message, struct events_file *file) {
    struct source *source = source_of(scan, file);
    bool is_of_input = message->path.size == 0 && source != NULL;
    if (!is_of_input && !may_tell(scan, file)) {
        return;
    }
    const char *reason = copy_text(scan, message->text);
    struct problem problem = {.kind = (enum problem_kind)message->told.kind,
                              .offset = message->told.offset,
                              .reason = reason};
    if (reason == NULL) {
        return;
    }
    if (is_of_input) {
        reports_take_told(scan, &problem, message->told.is_suspect != 0, source);
    } else {
        problem.path = copy_text(scan, message->path);
        if (problem.path != NULL) {
            scan_add_problem(scan, problem.kind, problem.path, problem.offset, reason);
        }
    }
}

static void take_archive(struct scan *scan, const struct message *message) {
    struct archive_input archive = {.path = copy_text(scan, message->path),
                                    .size = message->archive.size,
                                    .is_image = message->archive.is_image != 0,
                                    .hash.is_told = message->archive.has_hash != 0};
    memcpy(archive.hash.told, message->archive.hash, sizeof archive.hash.told);
    scan->has_failed =
        scan->has_failed || archive.path == NULL || !archives_add(&scan->archives, &archive);
}

static void take_marks(struct scan *scan, const struct message *message, struct source *source) {
    struct merge *merge = scan->merge;
    uint64_t mark = 0;
    struct mark_set *set = scan->pass == PASS_MARKS ? &merge->marks : &merge->wanted;
    if (scan->pass != PASS_MARKS && scan->pass != PASS_WANTED) {
        return;
    }
    source->weight += scan->pass == PASS_MARKS ? (size_t)message->marks.weight : 0;
    for (size_t i = 0; i < message->mark_count; i++) {
        memcpy(&mark, (const char *)message->mark_list + i * sizeof mark, sizeof mark);
        mark_set_add(set, mark);
    }
}

// Of an input that the file has told of before.
static void take_of_input(struct scan *scan, const struct message *message, struct source *source) {
    switch (message->kind) {
    case MESSAGE_EVENT:
    case MESSAGE_NOTE:
    case MESSAGE_BYTES:
        if (scan->pass >= PASS_RULES) {
            reports_take_again(scan, message, source);
        }
        break;
    case MESSAGE_MARKS:
        take_marks(scan, message, source);
        break;
    case MESSAGE_COVERAGE:
        reports_add_coverage(scan, source, message->coverage.host, &message->coverage.counts);
        break;
    case MESSAGE_OTHER_HOSTS:
        reports_add_other_hosts(scan, source, &message->coverage.counts);
        break;
    default:
        break;
    }
}

static void take_text(struct scan *scan, const struct message *message) {
    struct buffer *to =
        message->kind == MESSAGE_SETTINGS ? &scan->merge->text : &scan->merge->names;
    if (scan->pass == PASS_SETTINGS && to->size < SETTINGS_SIZE_MAX) {
        buffer_add(to, message->text.data, message->text.size);
    }
}

static void take_problem(struct scan *scan, const struct message_problem *problem,
                         struct events_file *file) {
    if (scan->pass == PASS_CHECK && problem->reason == REASON_NO_EVENTS_FILE && !file->is_named) {
        return;
    }
    file->is_whole = false;
    merge_add_problem(scan, file, message_reason_text(problem, scan->options.rules));
}

// What is said after that of an input that is one too many is not taken.
static void take_limited_input(struct scan *scan, const struct message *message,
                               struct events_file *file) {
    if (file->source_count < INPUTS_MAX) {
        take_input(scan, message, file);
    } else if (file->at != SIZE_MAX) {
        file->at = SIZE_MAX;
        scan_add_problem(scan, PROBLEM_TOO_MUCH, file->path, PROBLEM_NO_OFFSET,
                         "it tells of more inputs than are taken of one file");
    }
}

// Facts are told in PASS_FACTS alone.
static void take_fact(struct scan *scan, const struct message *message, struct events_file *file) {
    switch (message->kind) {
    case MESSAGE_INPUT:
        take_limited_input(scan, message, file);
        break;
    case MESSAGE_TOLD:
        take_told(scan, message, file);
        break;
    case MESSAGE_ARCHIVE:
        if (may_tell(scan, file)) {
            take_archive(scan, message);
        }
        break;
    case MESSAGE_TOTALS:
        scan->result.passed_over += message->totals.passed_over;
        scan->result.lacks_sandbox =
            scan->result.lacks_sandbox || message->totals.lacks_sandbox != 0;
        break;
    case MESSAGE_SHARE:
        take_share(scan, message, file);
        break;
    default:
        break;
    }
}

static void take_message(struct scan *scan, const struct message *message,
                         struct events_file *file) {
    struct source *source = source_of(scan, file);
    switch (message->kind) {
    case MESSAGE_FILE:
        file->is_whole = true;
        file->facts = message->file;
        break;
    case MESSAGE_SETTINGS:
    case MESSAGE_NAMES:
        take_text(scan, message);
        break;
    case MESSAGE_AT:
        file->at = message->at;
        break;
    case MESSAGE_PROBLEM:
        take_problem(scan, &message->problem, file);
        break;
    case MESSAGE_NO_SANDBOX:
        scan->result.lacks_sandbox = true;
        break;
    case MESSAGE_EVENT:
    case MESSAGE_NOTE:
    case MESSAGE_BYTES:
    case MESSAGE_MARKS:
    case MESSAGE_COVERAGE:
    case MESSAGE_OTHER_HOSTS:
        if (source != NULL && scan->pass >= PASS_FACTS) {
            take_of_input(scan, message, source);
        }
        break;
    default:
        if (scan->pass == PASS_FACTS) {
            take_fact(scan, message, file);
        }
        break;
    }
}

void merge_take(struct scan *scan, const struct pool_report *report) {
    struct events_file *file = &scan->merge->files[report->input];
    switch (report->kind) {
    case POOL_MESSAGE:
        take_message(scan, &report->message, file);
        break;
    case POOL_DIED:
        file->is_whole = false;
        merge_add_problem(scan, file, reports_death_text(report->death));
        break;
    case POOL_DONE:
        scan->pass_bytes += file->size;
        break;
    }
}
