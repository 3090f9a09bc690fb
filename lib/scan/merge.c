// SPDX-License-Identifier: GPL-3.0-or-later
#include "scan/merge.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/visible.h"
#include "scan/passes.h"
#include "scan/reports.h"
#include "scan/settings.h"
#include "scan/shares.h"

// Inputs and problems that a file may tell of: more than that go into several files.
enum { INPUTS_MAX = 1000000, TOLD_MAX = 100000 };

struct events_file {
    const char *path; // owned by struct inputs
    bool is_named;    // by the user; else come upon in a directory
    uint64_t device;
    uint64_t number;
    uint64_t size;
    bool is_whole;  // as a worker has found
    size_t repeats; // the number of the file that it is once more; else its own
    struct message_file facts;
    struct message_share share; // of which it has events; its count is 0 where it has all
    size_t *sources;            // by the numbers of its inputs; owned
    size_t source_count;
    size_t source_capacity;
    size_t at;         // number of the input that is told of
    size_t told_count; // of archives, and problems that are of no input
};

struct merge {
    struct events_file *files; // owned; from merge_turn() on in the order of paths
    size_t count;
    size_t capacity;
    size_t next;        // file of the pass
    struct buffer text; // settings
    struct buffer names;
    struct rule_set *rules; // owned
    struct mark_set marks;  // of events that meet a stage
    struct mark_set wanted; // identities of those that may be in a finding
    struct shares shares;
    struct replay_file *ranks; // by file; owned
    char *refusal;             // owned
};

struct merge *merge_new(void) {
    return calloc(1, sizeof(struct merge));
}

void merge_free(struct merge *merge) {
    if (merge == NULL) {
        return;
    }
    for (size_t i = 0; i < merge->count; i++) {
        free(merge->files[i].sources);
        if (merge->ranks != NULL) {
            free(merge->ranks[i].ranks);
        }
    }
    free(merge->files);
    shares_free(&merge->shares);
    free(merge->ranks);
    buffer_free(&merge->text);
    buffer_free(&merge->names);
    rule_set_free(merge->rules);
    mark_set_free(&merge->marks);
    mark_set_free(&merge->wanted);
    free(merge->refusal);
    free(merge);
}

const char *merge_refusal(const struct merge *merge) {
    return merge->refusal;
}

bool merge_has_file(const struct merge *merge, uint64_t device, uint64_t number) {
    for (size_t i = 0; i < merge->count; i++) {
        const struct events_file *file = &merge->files[i];
        if (file->number != 0 && file->number == number && file->device == device) {
            return true;
        }
    }
    return false;
}

static bool is_merged(const struct merge *merge, size_t number) {
    return merge->files[number].is_whole && merge->files[number].repeats == number;
}

uint64_t merge_bytes(const struct scan *scan) {
    uint64_t bytes = 0;
    for (size_t i = 0; i < scan->merge->count; i++) {
        bytes += is_merged(scan->merge, i) ? scan->merge->files[i].size : 0;
    }
    return bytes;
}

void merge_add_repeated(const struct merge *merge, struct buffer *out) {
    for (size_t i = 0; i < merge->count; i++) {
        const struct events_file *file = &merge->files[i];
        if (file->is_whole && file->repeats != i) {
            const char *other = merge->files[file->repeats].path;
            buffer_add_text(out, "evtxseq: ");
            visible_add(out, file->path, strlen(file->path));
            buffer_add_text(out, ": is the same as ");
            visible_add(out, other, strlen(other));
            buffer_add_text(out, ", and counts once\n");
        }
    }
}

static void add_file_problem(struct scan *scan, const struct events_file *file,
                             const char *reason) {
    scan_add_problem(scan, PROBLEM_UNREADABLE, file->path, PROBLEM_NO_OFFSET, reason);
}

// Jobs

// The number of a file that is new; SIZE_MAX when memory ran out.
static size_t add_file(struct merge *merge, const struct input *input, const struct stat *status) {
    struct events_file *files =
        array_grow(merge->files, merge->count, &merge->capacity, sizeof *files);
    if (files == NULL) {
        return SIZE_MAX;
    }
    merge->files = files;
    files[merge->count] = (struct events_file){.path = input->path,
                                               .is_named = input->is_named,
                                               .device = status->st_dev,
                                               .number = status->st_ino,
                                               .size = (uint64_t)status->st_size};
    return merge->count++;
}

static void make_job(const struct merge *merge, size_t number, int fd, struct pool_job *job) {
    *job = (struct pool_job){.fd = fd, .input = number};
    job->segment = (struct scan_segment){.end = merge->files[number].size,
                                         .input_end = merge->files[number].size,
                                         .input = (uint32_t)number};
}

// Opens the next input to see whether it is an events file. False when it is none to be read.
static bool open_input(struct scan *scan, const struct input *input, struct pool_job *job) {
    struct stat status;
    switch (input->kind) {
    case INPUT_UNREADABLE:
        scan_add_unreadable(scan, input->path, input->system_error);
        return false;
    case INPUT_NO_LOGS:
        scan_add_problem(scan, PROBLEM_NO_LOG, input->path, PROBLEM_NO_OFFSET,
                         "no events file in this directory");
        return false;
    case INPUT_LINK:
        scan_add_problem(scan, PROBLEM_LINK, input->path, PROBLEM_NO_OFFSET,
                         "name it to have it read");
        return false;
    case INPUT_IMAGE:
    case INPUT_NOT_CARVED:
        scan_add_problem(scan, PROBLEM_NO_LOG, input->path, PROBLEM_NO_OFFSET,
                         "a forensic image, not an events file");
        return false;
    case INPUT_ARCHIVE:
    case INPUT_OPEN:
        break;
    }
    if (input->is_stream || fstat(input->fd, &status) != 0) {
        scan_add_problem(scan, PROBLEM_UNREADABLE, input->path, PROBLEM_NO_OFFSET,
                         "is not a file: an events file is read several times");
        (void)close(input->fd);
        return false;
    }
    size_t number = add_file(scan->merge, input, &status);
    if (number == SIZE_MAX) {
        scan->has_failed = true;
        (void)close(input->fd);
        return false;
    }
    make_job(scan->merge, number, input->fd, job);
    return true;
}

static bool check_next(struct scan *scan, struct pool_job *job) {
    struct input input;
    while (!scan->has_failed && inputs_next(scan->inputs, &input)) {
        if (open_input(scan, &input, job)) {
            return true;
        }
    }
    scan->has_failed = scan->has_failed || inputs_failed(scan->inputs);
    return false;
}

// The file, if it still is what it was.
static int open_again(const struct events_file *file) {
    struct stat status;
    int fd = inputs_open_again(file->path);
    if (fd >= 0 && (fstat(fd, &status) != 0 || status.st_dev != file->device ||
                    status.st_ino != file->number || (uint64_t)status.st_size != file->size)) {
        (void)close(fd);
        fd = -1;
        errno = ESTALE;
    }
    return fd;
}

static bool read_next(struct scan *scan, struct pool_job *job) {
    struct merge *merge = scan->merge;
    while (merge->next < merge->count) {
        size_t number = merge->next++;
        struct events_file *file = &merge->files[number];
        if (!is_merged(merge, number)) {
            continue;
        }
        merge->next = scan->pass == PASS_SETTINGS ? merge->count : merge->next;
        int fd = open_again(file);
        if (fd >= 0) {
            make_job(merge, number, fd, job);
            return true;
        }
        add_file_problem(scan, file,
                         errno == ESTALE ? "changed while it was read" : "cannot be opened again");
    }
    return false;
}

bool merge_next_job(struct scan *scan, struct pool_job *job) {
    bool has_next =
        scan->has_more && (scan->pass == PASS_CHECK ? check_next(scan, job) : read_next(scan, job));
    scan->has_more = has_next;
    return has_next;
}

// Reports

static const char *copy_text(struct scan *scan, struct message_text text) {
    const char *copy = arena_copy(&scan->texts, text.data, text.size);
    scan->has_failed = scan->has_failed || copy == NULL;
    return copy;
}

// The input that is told of; NULL where the file has told of none, as a hostile one may.
static struct source *source_of(struct scan *scan, const struct events_file *file) {
    return file->at < file->source_count ? &scan->sources.list[file->sources[file->at]] : NULL;
}

static void set_source(struct source *source, const struct message_input *input) {
    source->size = input->size;
    source->is_once = input->is_once != 0;
    source->in_archive = input->in_archive != 0;
    source->is_no_log = input->is_no_log != 0;
    source->is_shared = input->is_shared != 0;
    source->is_hash_told = input->has_hash != 0;
    memcpy(source->told_hash, input->hash, sizeof source->told_hash);
}

// The number of a new source. SIZE_MAX when memory ran out.
static size_t add_source(struct scan *scan, const struct message *message) {
    const char *path = copy_text(scan, message->path);
    if (path == NULL || !sources_add(&scan->sources, path)) {
        return SIZE_MAX;
    }
    struct source *source = &scan->sources.list[scan->sources.count - 1];
    set_source(source, &message->input);
    scan->result.inputs += !scan->options.carve && !source->is_no_log;
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
    size_t *list =
        array_grow(file->sources, file->source_count, &file->source_capacity, sizeof *list);
    file->sources = list == NULL ? file->sources : list;
    bool is_shared = input->is_shared && file->share.share.count > 0;
    size_t number = list == NULL ? SIZE_MAX
                    : is_shared  ? add_shared(scan, message, &file->share)
                                 : add_source(scan, message);
    if (number == SIZE_MAX) {
        scan->has_failed = true;
        return;
    }
    file->at = file->source_count++;
    list[file->at] = number;
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

void merge_name_missing(struct scan *scan) {
    shares_name_missing(&scan->merge->shares, scan);
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
                                    .is_hash_told = message->archive.has_hash != 0};
    memcpy(archive.told_hash, message->archive.hash, sizeof archive.told_hash);
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
        if (scan->pass >= PASS_RULES) {
            reports_take_event(scan, message, source);
        }
        break;
    case MESSAGE_MARKS:
        take_marks(scan, message, source);
        break;
    case MESSAGE_NOTE:
        reports_take_note(scan, &message->note, source);
        break;
    case MESSAGE_BYTES: // which are of what the pass looks for
        reports_take_problem(scan, &message->problem, source);
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
    add_file_problem(scan, file, message_reason_text(problem, scan->options.rules));
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
        add_file_problem(scan, file, reports_death_text(report->death));
        break;
    case POOL_DONE:
        scan->pass_bytes += file->size;
        break;
    }
}

// Passes

// By path, so that it does not matter which was checked first.
static int compare_files(const void *left, const void *right) {
    const struct events_file *a = left;
    const struct events_file *b = right;
    return strcmp(a->path, b->path);
}

struct digest_place {
    const uint8_t *digest;
    size_t number;
};

static int compare_digests(const void *left, const void *right) {
    const struct digest_place *a = left;
    const struct digest_place *b = right;
    int result = memcmp(a->digest, b->digest, SHA256_SIZE);
    return result != 0 ? result : (a->number > b->number) - (a->number < b->number);
}

// Tells which files are others once more. False when memory ran out.
static bool find_repeated(struct merge *merge) {
    struct digest_place *places = calloc(merge->count + 1, sizeof *places);
    size_t count = 0;
    for (size_t i = 0; places != NULL && i < merge->count; i++) {
        merge->files[i].repeats = i;
        if (merge->files[i].is_whole) {
            places[count++] = (struct digest_place){merge->files[i].facts.digest, i};
        }
    }
    if (count > 1) {
        qsort(places, count, sizeof *places, compare_digests);
    }
    for (size_t i = 1; i < count; i++) {
        if (memcmp(places[i - 1].digest, places[i].digest, SHA256_SIZE) == 0) {
            merge->files[places[i].number].repeats = merge->files[places[i - 1].number].repeats;
        }
    }
    free(places);
    return places != NULL;
}

static bool refuse(struct scan *scan, const char *path, const char *other, const char *why) {
    struct buffer text = {0};
    visible_add(&text, path, strlen(path));
    if (other != NULL) {
        buffer_add_text(&text, " and ");
        visible_add(&text, other, strlen(other));
    }
    buffer_add_text(&text, ": ");
    buffer_add_text(&text, why);
    buffer_add_byte(&text, '\0');
    scan->merge->refusal = text.data;
    scan->has_failed = true;
    scan->error = text.failed ? ENOMEM : EINVAL;
    return false;
}

// The first file that is to be merged; NULL when there is none.
static const struct events_file *first_file(const struct merge *merge) {
    for (size_t i = 0; i < merge->count; i++) {
        if (is_merged(merge, i)) {
            return &merge->files[i];
        }
    }
    return NULL;
}

// Whether all files are of the same settings.
static bool are_alike(struct scan *scan) {
    const struct merge *merge = scan->merge;
    const struct events_file *first = first_file(merge);
    for (size_t i = 0; i < merge->count; i++) {
        const struct events_file *file = &merge->files[i];
        if (is_merged(merge, i) &&
            memcmp(file->facts.settings, first->facts.settings, SHA256_SIZE) != 0) {
            return refuse(scan, first->path, file->path,
                          "are of different rules, options or versions of evtxseq");
        }
    }
    return true;
}

static bool begin(struct scan *scan, enum pass pass, enum replay_kind kind) {
    const struct merge *merge = scan->merge;
    const struct replay_task task = {
        .kind = kind,
        .wanted = {.rules = merge->rules,
                   .options = &scan->options.findings,
                   .clock = scan->options.clock},
        .marks = kind == REPLAY_RULES ? merge->wanted : merge->marks,
    };
    scan->pass = pass;
    scan->merge->next = 0;
    scan->pass_total = merge_bytes(scan);
    passes_start(scan);
    bool is_begun = passes_replay(scan, &task);
    scan->has_failed = scan->has_failed || !is_begun;
    return is_begun;
}

// An events file takes a few dozen bytes a mark.
enum { BYTES_A_MARK = 64 };

static bool begin_marks(struct scan *scan) {
    scan->has_failed =
        !mark_set_new(&scan->merge->marks, merge_bytes(scan) / BYTES_A_MARK) || scan->has_failed;
    return !scan->has_failed && begin(scan, PASS_MARKS, REPLAY_MARKS);
}

// Which events of an input that has too many are left out depends on all of them: then all are
// read.
static bool begin_wanted(struct scan *scan) {
    bool is_any_heavy = false;
    for (size_t i = 0; i < scan->sources.count; i++) {
        struct source *source = &scan->sources.list[i];
        is_any_heavy = is_any_heavy || reports_is_too_much(source->weight);
        source->weight = 0;
    }
    if (is_any_heavy) {
        return begin(scan, PASS_RULES, REPLAY_RULES);
    }
    scan->has_failed =
        !mark_set_new(&scan->merge->wanted, merge_bytes(scan) / BYTES_A_MARK) || scan->has_failed;
    return !scan->has_failed && begin(scan, PASS_WANTED, REPLAY_WANTED);
}

// Whether the rules that the caller has given, if any, are those of the files.
static bool are_rules_given(struct scan *scan, const struct events_file *file) {
    struct buffer text = {0};
    struct buffer names = {0};
    if (!scan->options.are_rules_given) {
        return true;
    }
    bool is_made = settings_make(&scan->options, &text, &names);
    bool is_same = is_made && text.size == scan->merge->text.size &&
                   memcmp(text.data, scan->merge->text.data, text.size) == 0;
    buffer_free(&text);
    buffer_free(&names);
    return is_same || refuse(scan, file->path, NULL,
                             is_made ? "is of other rules than those given"
                                     : "not enough memory for its settings");
}

static bool take_settings(struct scan *scan) {
    struct merge *merge = scan->merge;
    const struct events_file *file = first_file(merge);
    if (file == NULL) { // it has been found wrong only now, which has been said
        return false;
    }
    const char *wrong =
        merge->text.failed || merge->names.failed
            ? "not enough memory for its settings"
            : settings_read(&merge->text, &merge->names, &scan->options, &merge->rules);
    if (wrong != NULL) {
        return refuse(scan, file->path, NULL, wrong);
    }
    if (!are_rules_given(scan, file)) {
        return false;
    }
    buffer_free(&merge->text);
    buffer_free(&merge->names);
    scan->options.rules = merge->rules;
    scan->result.timeline.clock = scan->options.clock;
    return true;
}

// Says how many files are missing.
static void name_absent(struct scan *scan) {
    const struct merge *merge = scan->merge;
    size_t count = 0;
    for (size_t i = 0; i < merge->count; i++) {
        count += is_merged(merge, i);
    }
    if (count < scan->options.expected) {
        char text[64];
        int size =
            snprintf(text, sizeof text, "%zu of %zu are there", count, scan->options.expected);
        const char *reason = copy_text(scan, (struct message_text){text, (size_t)size});
        scan_add_problem(scan, PROBLEM_ABSENT, "--expect", PROBLEM_NO_OFFSET,
                         reason == NULL ? "not all are there" : reason);
    }
}

static bool judge_files(struct scan *scan) {
    struct merge *merge = scan->merge;
    if (merge->count > 1) {
        qsort(merge->files, merge->count, sizeof *merge->files, compare_files);
    }
    scan->has_failed = !find_repeated(merge) || scan->has_failed;
    name_absent(scan);
    return !scan->has_failed && first_file(merge) != NULL && are_alike(scan);
}

bool merge_turn(struct scan *scan) {
    switch (scan->pass) {
    case PASS_CHECK:
        return judge_files(scan) && begin(scan, PASS_SETTINGS, REPLAY_SETTINGS);
    case PASS_SETTINGS:
        return take_settings(scan) && begin(scan, PASS_FACTS, REPLAY_FACTS);
    case PASS_FACTS:
        return scan->options.only_coverage ? begin(scan, PASS_RULES, REPLAY_RULES)
                                           : begin_marks(scan);
    case PASS_MARKS:
        return begin_wanted(scan);
    default:
        mark_set_free(&scan->merge->marks);
        return begin(scan, PASS_RULES, REPLAY_RULES);
    }
}

static bool rank_file(const struct scan *scan, const struct events_file *file,
                      struct replay_file *ranked) {
    ranked->count = file->source_count;
    ranked->ranks = calloc(file->source_count + 1, sizeof *ranked->ranks);
    for (size_t i = 0; ranked->ranks != NULL && i < file->source_count; i++) {
        const struct source *source = &scan->sources.list[file->sources[i]];
        // A run over the logs could not have read that again.
        ranked->ranks[i] = source->is_once ? REPLAY_NONE : source->rank;
    }
    return ranked->ranks != NULL;
}

const struct replay_file *merge_rank(struct scan *scan) {
    struct merge *merge = scan->merge;
    merge->next = 0;
    if (merge->ranks != NULL) {
        return merge->ranks;
    }
    merge->ranks = calloc(merge->count + 1, sizeof *merge->ranks);
    for (size_t i = 0; merge->ranks != NULL && i < merge->count; i++) {
        if (!rank_file(scan, &merge->files[i], &merge->ranks[i])) {
            return NULL;
        }
    }
    return merge->ranks;
}
