// SPDX-License-Identifier: GPL-3.0-or-later
// A whole run: from paths to findings.
#include "scan/scan.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/array.h"
#include "base/timestamp.h"
#include "evtx/log_header.h"
#include "match/recall.h"
#include "scan/archives.h"
#include "scan/hashes.h"
#include "scan/inputs.h"
#include "scan/openers.h"
#include "scan/pool.h"

enum pass {
    PASS_RULES,  // for what the rules find
    PASS_RECALL, // for whole events of that
    PASS_NOTES,  // for their context: see context.h
    PASS_FETCH,  // the same
};

// An input of which parts are still to be handed out.
struct current {
    bool is_open;
    bool is_whole; // not to be cut into parts
    int fd;        // owned; each job gets a copy
    size_t number;
    struct scan_segment rest;
    uint64_t judged; // chunks from this offset on are still to be taken up in rest.generations
};

// An input that has been opened.
struct source {
    const char *path; // owned by struct inputs
    bool is_once;     // cannot be read again, as a pipe cannot
    bool in_archive;  // or comes by a stream
    bool is_no_log;
    bool has_chunks; // with a signature
    bool is_closed;  // its file header says so
    uint64_t newest; // the highest number of a record, and the offset of the chunk that has it
    uint64_t newest_chunk;
    bool is_off_grid; // chunks of it are not where they should be
    bool is_shorter;  // than it was when it was opened; that has been said
    uint64_t size;    // bytes; 0 when that is not known
    uint64_t device;  // with `file` what it is, whatever its path
    uint64_t file;
    size_t problems; // of it that are listed, but for those that are found out at the end
    bool has_more_problems;
    size_t weight;           // of its events in the timeline, at most
    size_t left_out;         // events of it that are not in the timeline
    uint64_t cut;            // all of those that lie here, or after it
    char *cut_reason;        // that in words; owned
    uint32_t rank;           // its number in the order of paths; from PASS_RECALL on
    struct scan_tally tally; // of the first pass
    bool is_hashed;          // it is among the hashes, by this number
    size_t hash;
};

// A problem that only the end of the pass can tell to be one: a chunk that fails its checksum, as
// long as it is not known which chunk of its log is the last; a gap, as long as the chunks that are
// missing may be elsewhere.
struct suspect {
    enum problem_kind kind;
    size_t source; // its number
    uint64_t offset;
    const char *reason;
};

// What the events of one input may weigh: see timeline_weight(). What is more is cut off in steps.
enum { INPUT_WEIGHT_MAX = 64 << 20, CUT_STEP = INPUT_WEIGHT_MAX / 8 };

// Problems listed of one input: 4 MB of them.
enum { INPUT_PROBLEMS_MAX = 100000 };

// A log in an archive that waits for a worker.
struct announced {
    size_t source; // its number
    size_t slot;   // of the process that has opened the archive
};

struct scan {
    struct scan_options options;
    struct pool *pool;
    struct hashes *hashes; // NULL when none are asked for
    struct openers *openers;
    struct archives archives;
    struct opener_job waiting; // an archive that waits for a process to open it
    bool is_waiting;
    struct announced *announced; // owned; one a process at most
    size_t announced_count;
    size_t announced_capacity;
    size_t next_archive;    // to be read in a later pass
    struct source *sources; // the inputs, by number
    size_t source_count;
    size_t source_capacity;
    struct inputs *inputs;
    enum pass pass;
    size_t next_source; // to be read in it; where places are read the number of those begun
    size_t *by_rank;    // numbers of sources; owned
    struct recall recall;
    const struct note_places *places; // to be read in PASS_RECALL and PASS_FETCH
    size_t next_place;
    struct suspect *suspects; // owned
    size_t suspect_count;
    size_t suspect_capacity;
    bool has_more;       // inputs to be taken up in this pass
    uint64_t pass_bytes; // read by those that are done
    uint64_t pass_total; // bytes of this pass; 0 when that is not known
    struct current current;
    struct scan_result result;
    struct arena texts; // of problems
    bool is_over;       // all passes are
    bool has_failed;    // memory ran out
};

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
    const struct scanner_task task = {.rules = options->rules, .is_counting = true};
    scan->pool = pool_new(&task, &options->scanner, options->jobs);
    scan->hashes = options->has_hashes ? hashes_new(options->jobs) : NULL;
    // One worker is enough for what one process unpacks.
    scan->openers = scan->pool == NULL ? NULL : openers_new((options->jobs + 1) / 2);
    if (scan->openers == NULL || (options->has_hashes && scan->hashes == NULL)) {
        int error = errno;
        scan_free(scan);
        errno = error;
        return NULL;
    }
    return scan;
}

static void close_current(struct scan *scan) {
    if (scan->current.is_open) {
        (void)close(scan->current.fd);
        scan->current.is_open = false;
    }
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
    close_current(scan);
    if (scan->is_waiting) {
        (void)close(scan->waiting.fd);
    }
    findings_free(&scan->result.findings);
    contexts_free(scan->result.contexts);
    problems_free(&scan->result.problems);
    timeline_free(&scan->result.timeline);
    recall_free(&scan->recall);
    coverage_free(&scan->result.coverage);
    free(scan->result.facts);
    inputs_free(scan->inputs);
    for (size_t i = 0; i < scan->source_count; i++) {
        free(scan->sources[i].cut_reason);
    }
    archives_free(&scan->archives);
    free(scan->announced);
    arena_free(&scan->texts);
    free(scan->sources);
    free(scan->by_rank);
    free(scan->suspects);
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
    sources[scan->source_count++] = (struct source){.path = path, .cut = UINT64_MAX};
    return true;
}

// All of an input that comes as a stream.
static struct scan_segment whole_stream(const struct scan *scan) {
    return (struct scan_segment){.end = UINT64_MAX,
                                 .input_end = UINT64_MAX,
                                 .is_stream = true,
                                 .is_carved = scan->options.carve};
}

// What of the input there is to read. One without a log's signature is better looked at from its
// start.
static void size_up(struct current *current, bool carve) {
    off_t size = lseek(current->fd, 0, SEEK_END);
    current->judged = LOG_HEADER_SIZE;
    uint64_t end = size < 0 ? 0 : (uint64_t)size;
    current->rest = (struct scan_segment){.end = end, .input_end = end, .is_carved = carve};
    (void)posix_fadvise(current->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    current->is_whole = false;
    if (!carve) {
        uint8_t start[128];
        struct log_header header;
        ssize_t count = pread(current->fd, start, sizeof start, 0);
        log_header_read(start, count < 0 ? 0 : (size_t)count, &header);
        current->is_whole = !header.has_signature;
    }
}

static void add_unreadable(struct scan *scan, const char *path, int system_error) {
    const char *reason = strerrordesc_np(system_error);
    add_problem(scan, PROBLEM_UNREADABLE, path, PROBLEM_NO_OFFSET,
                reason == NULL ? "cannot be opened" : reason);
}

static void start_source(struct scan *scan, size_t number, int fd) {
    struct stat status;
    scan->current = (struct current){.is_open = true, .fd = fd, .number = number};
    size_up(&scan->current, scan->options.carve);
    scan->sources[number].size = scan->current.rest.end;
    if (fstat(fd, &status) == 0) {
        scan->sources[number].device = status.st_dev;
        scan->sources[number].file = status.st_ino;
    }
}

static void hash_source(struct scan *scan, struct source *source) {
    const struct hash_input input = {
        .path = source->path, .size = source->size, .device = source->device, .file = source->file};
    if (scan->hashes != NULL && !source->is_once) {
        source->is_hashed = hashes_add(scan->hashes, &input, &source->hash);
        scan->has_failed = scan->has_failed || !source->is_hashed;
    }
}

// Has an archive opened, as soon as there is a process for it.
static void take_archive(struct scan *scan, size_t number, int fd) {
    const struct archive_input *archive = &scan->archives.list[number];
    off_t size = archive->is_once ? 0 : lseek(fd, 0, SEEK_END);
    scan->is_waiting = true;
    scan->waiting = (struct opener_job){.fd = fd,
                                        .is_stream = archive->is_once,
                                        .takes_any = scan->options.carve,
                                        .path = archive->path,
                                        .size = size < 0 ? 0 : (uint64_t)size,
                                        .number = number};
}

static void hash_archive(struct scan *scan, struct archive_input *archive) {
    const struct hash_input input = {.path = archive->path,
                                     .size = archive->size,
                                     .device = archive->device,
                                     .file = archive->file};
    if (scan->hashes != NULL && !archive->is_once) {
        archive->is_hashed = hashes_add(scan->hashes, &input, &archive->hash);
        scan->has_failed = scan->has_failed || !archive->is_hashed;
    }
}

static void add_archive(struct scan *scan, const struct input *input) {
    struct stat status;
    struct archive_input archive = {
        .path = input->path, .is_named = input->is_named, .is_once = input->is_stream};
    if (!input->is_stream && fstat(input->fd, &status) == 0) {
        archive.device = status.st_dev;
        archive.file = status.st_ino;
        archive.size = (uint64_t)status.st_size;
    }
    if (!archives_add(&scan->archives, &archive)) {
        scan->has_failed = true;
        (void)close(input->fd);
        return;
    }
    scan->pass_total = 0;
    take_archive(scan, scan->archives.count - 1, input->fd);
    hash_archive(scan, &scan->archives.list[scan->archives.count - 1]);
}

static void open_input(struct scan *scan, const struct input *input) {
    switch (input->kind) {
    case INPUT_UNREADABLE:
        add_unreadable(scan, input->path, input->system_error);
        return;
    case INPUT_NO_LOGS:
        add_problem(scan, PROBLEM_NO_LOG, input->path, PROBLEM_NO_OFFSET, input->reason);
        return;
    case INPUT_LINK:
        add_problem(scan, PROBLEM_LINK, input->path, PROBLEM_NO_OFFSET, "name it to have it read");
        return;
    case INPUT_ARCHIVE:
        add_archive(scan, input);
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
    hash_source(scan, &scan->sources[scan->source_count - 1]);
}

// The bytes of all sources that can be read in this pass. 0 when that is not known.
static uint64_t sum_of_sizes(const struct scan *scan) {
    uint64_t sum = 0;
    if (scan->archives.count > 0 && scan->pass == PASS_RULES) {
        return 0;
    }
    for (size_t i = 0; i < scan->source_count; i++) {
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
        scan->has_more = false;
        return false;
    }
    open_input(scan, &input);
    return true;
}

static bool open_again(struct scan *scan, size_t number) {
    int fd = inputs_open_again(scan->sources[number].path);
    if (fd < 0) {
        add_unreadable(scan, scan->sources[number].path, errno);
        return false;
    }
    uint64_t size = scan->sources[number].size;
    start_source(scan, number, fd);
    if (scan->sources[number].size < size && !scan->sources[number].is_shorter) {
        add_problem(scan, PROBLEM_UNREADABLE, scan->sources[number].path, PROBLEM_NO_OFFSET,
                    REASON_SHORTER_TEXT);
    }
    return true;
}

// Whether the pass looks at the places that are to be read again, and at nothing else.
static bool reads_places(const struct scan *scan) {
    return scan->pass == PASS_RECALL || scan->pass == PASS_FETCH;
}

// Whether anything in the archive is to be fetched.
static bool has_places(const struct scan *scan, size_t number) {
    const struct note_places *places = scan->places;
    size_t at = note_places_find(places, scan->sources[number].rank, 0);
    return at < places->count && places->list[at].input == scan->sources[number].rank;
}

static bool is_wanted_again(const struct scan *scan, const struct archive_input *archive) {
    bool is_wanted = false;
    for (size_t i = 0; !archive->is_once && !is_wanted && i < archive->member_count; i++) {
        const struct source *source = &scan->sources[archive->members[i]];
        is_wanted = reads_places(scan) ? has_places(scan, archive->members[i]) : !source->is_no_log;
    }
    return is_wanted;
}

// Takes up the next archive of a later pass. False when there are no more.
static bool open_next_archive(struct scan *scan) {
    if (scan->next_archive == scan->archives.count) {
        scan->has_more = false;
        return false;
    }
    size_t number = scan->next_archive++;
    struct archive_input *archive = &scan->archives.list[number];
    archive->next = 0;
    if (is_wanted_again(scan, archive)) {
        int fd = inputs_open_again(archive->path);
        if (fd < 0) {
            add_unreadable(scan, archive->path, errno);
        } else {
            take_archive(scan, number, fd);
        }
    }
    return true;
}

// The same for PASS_NOTES.
static bool open_next_again(struct scan *scan) {
    if (scan->next_source == scan->source_count) {
        return open_next_archive(scan);
    }
    size_t number = scan->next_source++;
    const struct source *source = &scan->sources[number];
    if (!source->in_archive && !source->is_no_log) {
        (void)open_again(scan, number);
    }
    return true;
}

static bool copy_descriptor(struct scan *scan, struct pool_job *job) {
    job->fd = fcntl(scan->current.fd, F_DUPFD_CLOEXEC, 0);
    if (job->fd < 0) {
        add_problem(scan, PROBLEM_UNREADABLE, scan->sources[job->input].path, job->segment.begin,
                    "too many open files");
    }
    return job->fd >= 0;
}

static bool has_chunk_at(int fd, uint64_t offset) {
    uint8_t start[sizeof CHUNK_SIGNATURE];
    return pread(fd, start, sizeof start, (off_t)offset) == (ssize_t)sizeof start &&
           memcmp(start, CHUNK_SIGNATURE, sizeof start) == 0;
}

// Where the next part ends: of a log only where a chunk is in its place, so that none is cut in
// two.
static uint64_t end_of_part(const struct current *current) {
    const struct scan_segment *rest = &current->rest;
    uint64_t end = rest->begin;
    if (rest->begin == 0 && !rest->is_carved) {
        end += LOG_HEADER_SIZE;
    }
    do {
        end += SCAN_PART_SIZE;
    } while (!rest->is_carved && end < rest->end && !has_chunk_at(current->fd, end));
    return end;
}

// Takes up what the chunks of a log before `end` show of its generations.
static void judge_chunks(struct current *current, uint64_t end) {
    uint8_t start[GENERATIONS_HEADER_SIZE];
    if (current->is_whole || current->rest.is_carved) {
        return;
    }
    for (; current->judged < end; current->judged += CHUNK_SIZE) {
        if (pread(current->fd, start, sizeof start, (off_t)current->judged) ==
            (ssize_t)sizeof start) {
            (void)generations_add(&current->rest.generations, start, current->judged);
        }
    }
}

// The next part of the current input. False when it could not be had.
static bool cut_job(struct scan *scan, struct pool_job *job) {
    struct current *current = &scan->current;
    judge_chunks(current, current->rest.begin);
    *job = (struct pool_job){.segment = current->rest, .input = current->number};
    uint64_t end = current->is_whole ? UINT64_MAX : end_of_part(current);
    bool is_last = end >= current->rest.end;
    if (is_last) {
        job->fd = current->fd;
        current->is_open = false;
        return true;
    }
    job->segment.end = end;
    current->rest.begin = end;
    return copy_descriptor(scan, job);
}

// Takes up the next input, or archive, of the pass. False when there are no more, or none can be
// taken up now.
static bool begin_next(struct scan *scan) {
    if (scan->is_waiting) {
        if (!openers_have_room(scan->openers)) {
            return false;
        }
        scan->is_waiting = false;
        openers_give(scan->openers, &scan->waiting);
        return true;
    }
    switch (scan->pass) {
    case PASS_RULES:
        return open_next(scan);
    case PASS_NOTES:
        return open_next_again(scan);
    case PASS_RECALL:
    case PASS_FETCH:
        break;
    }
    return open_next_archive(scan);
}

static bool next_part(struct scan *scan, struct pool_job *job) {
    while (!scan->has_failed) {
        if (scan->current.is_open) {
            if (cut_job(scan, job)) {
                return true;
            }
        } else if (!begin_next(scan)) {
            return false;
        }
    }
    return false;
}

// The chunk of a place, as a job.
static bool cut_chunk(struct scan *scan, const struct note_place *place, struct pool_job *job) {
    struct current *current = &scan->current;
    judge_chunks(current, place->chunk);
    *job = (struct pool_job){.segment = current->rest, .input = current->number};
    job->segment.begin = place->chunk;
    job->segment.end = place->chunk + CHUNK_SIZE < current->rest.end ? place->chunk + CHUNK_SIZE
                                                                     : current->rest.end;
    job->segment.is_chunk = true;
    job->segment.input = place->input;
    return copy_descriptor(scan, job);
}

// The place after those of one chunk.
static size_t next_chunk(const struct note_places *places, size_t at) {
    const struct note_place *place = &places->list[at];
    while (at < places->count && places->list[at].input == place->input &&
           places->list[at].chunk == place->chunk) {
        at++;
    }
    return at;
}

// Sees to it that the input of the place is the current one.
static bool turn_to(struct scan *scan, const struct note_place *place) {
    size_t number = scan->by_rank[place->input];
    if (scan->current.is_open && scan->current.number == number) {
        return true;
    }
    close_current(scan);
    scan->next_source++;
    return open_again(scan, number);
}

// The next chunk that has a place in it. One that cannot be had is passed over.
static bool next_place(struct scan *scan, struct pool_job *job) {
    const struct note_places *places = scan->places;
    while (scan->next_place < places->count) {
        const struct note_place *place = &places->list[scan->next_place];
        scan->next_place = next_chunk(places, scan->next_place);
        // What is in an archive is unpacked again as a whole.
        if (scan->sources[scan->by_rank[place->input]].in_archive) {
            continue;
        }
        if (turn_to(scan, place) && cut_chunk(scan, place, job)) {
            return true;
        }
    }
    close_current(scan);
    return next_part(scan, job);
}

// The log that has been announced first, as a job. False when it could not be had.
static bool next_announced(struct scan *scan, struct pool_job *job) {
    const struct announced announced = scan->announced[0];
    scan->announced_count--;
    memmove(scan->announced, scan->announced + 1, scan->announced_count * sizeof *scan->announced);
    *job = (struct pool_job){.segment = whole_stream(scan), .input = announced.source};
    job->segment.input = scan->sources[announced.source].rank;
    job->fd = openers_unpack(scan->openers, announced.slot);
    if (job->fd < 0) {
        add_problem(scan, PROBLEM_UNREADABLE, scan->sources[announced.source].path,
                    PROBLEM_NO_OFFSET, "too many open files");
        openers_pass_over(scan->openers, announced.slot);
    }
    return job->fd >= 0;
}

// Finds the next job. False when there is none now.
static bool next_job(struct scan *scan, struct pool_job *job) {
    while (scan->announced_count > 0) {
        if (next_announced(scan, job)) {
            return true;
        }
    }
    return scan->has_more && (reads_places(scan) ? next_place(scan, job) : next_part(scan, job));
}

// Reports

// Leaves out of the timeline what is too much of one input: what lies farthest in it, so that it
// does not matter in which order its parts have been read.
static void cut_events(struct scan *scan, struct source *source) {
    size_t number = (size_t)(source - scan->sources);
    source->left_out +=
        timeline_cut(&scan->result.timeline, number, INPUT_WEIGHT_MAX, &source->cut);
    source->weight = INPUT_WEIGHT_MAX;
}

static void keep_event(struct scan *scan, const struct stage_event *event, struct source *source) {
    if (event->offset >= source->cut) {
        source->left_out++;
        free(event->event);
        return;
    }
    source->weight += timeline_weight(event);
    scan->has_failed = !timeline_add(&scan->result.timeline, event) || scan->has_failed;
    if (source->weight > INPUT_WEIGHT_MAX + CUT_STEP) {
        cut_events(scan, source);
    }
}

static void name_cuts(struct scan *scan) {
    for (size_t i = 0; i < scan->source_count; i++) {
        struct source *source = &scan->sources[i];
        if (source->weight > INPUT_WEIGHT_MAX) {
            cut_events(scan, source);
        }
        if (source->left_out > 0) {
            int size = asprintf(&source->cut_reason, "%zu events from here on are left out",
                                source->left_out);
            source->cut_reason = size < 0 ? NULL : source->cut_reason;
            add_problem(scan, PROBLEM_TOO_MUCH, source->path, source->cut,
                        size < 0 ? "events from here on are left out" : source->cut_reason);
        }
    }
}

static void take_event(struct scan *scan, const struct message *message, struct source *source) {
    if (scan->options.only_coverage || scan->pass == PASS_NOTES) {
        return;
    }
    struct stage_event event;
    if (!message_copy_event(message, scan->options.rules->stage_count, &event)) {
        scan->has_failed = true;
        return;
    }
    event.path = source->path;
    event.input = (size_t)(source - scan->sources);
    event.is_lasting = !source->is_once;
    if (scan->pass == PASS_FETCH) {
        contexts_fetch(scan->result.contexts, source->rank, &event);
    } else if (scan->pass == PASS_RECALL) {
        recall_take(&scan->recall, source->rank, event.offset, event.event);
        free(event.event);
    } else {
        keep_event(scan, &event, source);
    }
}

static void take_note(struct scan *scan, const struct note *sent, const struct source *source) {
    struct note note = *sent;
    note.input = source->rank;
    if (scan->pass == PASS_NOTES && !contexts_note(scan->result.contexts, &note)) {
        scan->result.is_context_cut = true;
    }
}

// Of a record that may match there is more to say. Where memory runs out, less is said.
static const char *reason_of(struct scan *scan, const struct message_problem *problem) {
    const char *reason = message_reason_text(problem, scan->options.rules);
    if (problem->kind != PROBLEM_MAY_MATCH) {
        return reason;
    }
    struct buffer text = {0};
    char time[TIMESTAMP_TEXT_SIZE];
    timestamp_format(timestamp_from_filetime(problem->written), time);
    buffer_printf(&text, "%s; record %" PRIu64 ", written %s", reason, problem->record, time);
    if (*problem->text != '\0') {
        buffer_printf(&text, ", holds \"%s\"", problem->text);
    }
    const char *copy = text.failed ? NULL : arena_copy(&scan->texts, text.data, text.size);
    buffer_free(&text);
    return copy == NULL ? reason : copy;
}

// Where memory runs out, it counts as a problem.
static void take_suspect(struct scan *scan, const struct message_problem *problem,
                         const struct source *source) {
    enum problem_kind kind = (enum problem_kind)problem->kind;
    struct suspect *list =
        array_grow(scan->suspects, scan->suspect_count, &scan->suspect_capacity, sizeof *list);
    const char *reason = message_reason_text(problem, scan->options.rules);
    if (list == NULL) {
        add_problem(scan, kind, source->path, problem->offset, reason);
        return;
    }
    scan->suspects = list;
    list[scan->suspect_count++] =
        (struct suspect){kind, (size_t)(source - scan->sources), problem->offset, reason};
}

// The chunk that was written last has outdated checksums in a log that was not closed.
static void judge_suspect(struct scan *scan, const struct suspect *suspect) {
    const struct source *source = &scan->sources[suspect->source];
    if (suspect->kind == PROBLEM_CHECKSUM && !source->is_closed &&
        suspect->offset == source->newest_chunk) {
        add_problem(scan, PROBLEM_OUTDATED, source->path, suspect->offset,
                    "the log was not closed");
    } else if (suspect->kind != PROBLEM_MISSING || !source->is_off_grid) {
        add_problem(scan, suspect->kind, source->path, suspect->offset, suspect->reason);
    }
}

static void judge_suspects(struct scan *scan) {
    for (size_t i = 0; i < scan->suspect_count; i++) {
        judge_suspect(scan, &scan->suspects[i]);
    }
}

// Damage has been reported by the first pass; a record that this pass looks for may be new.
static void take_problem(struct scan *scan, const struct message_problem *problem,
                         struct source *source) {
    enum problem_kind kind = (enum problem_kind)problem->kind;
    if (scan->pass != PASS_RULES && !problem_is_serious(kind)) {
        return;
    }
    if (source->problems == INPUT_PROBLEMS_MAX) {
        source->has_more_problems = true;
        return;
    }
    source->problems++;
    source->is_off_grid = source->is_off_grid || problem->reason == REASON_OFF_GRID;
    if (kind == PROBLEM_CHECKSUM || kind == PROBLEM_MISSING) {
        take_suspect(scan, problem, source);
        return;
    }
    if (kind == PROBLEM_NO_LOG && scan->result.inputs > 0) {
        source->is_no_log = true;
        scan->result.inputs--;
    }
    source->is_shorter = source->is_shorter || problem->reason == REASON_SHORTER;
    add_problem(scan, kind, source->path, problem->offset, reason_of(scan, problem));
}

// Later passes read the same again.
static void take_tally(struct scan *scan, const struct pool_report *report) {
    struct scan_tally *total = &scan->result.tally;
    struct source *source = &scan->sources[report->input];
    scan->pass_bytes += report->tally.bytes;
    if (scan->pass != PASS_RULES) {
        return;
    }
    if (source->in_archive) {
        source->size = report->tally.bytes;
    }
    total->bytes += report->tally.bytes;
    total->chunks += report->tally.chunks;
    total->records += report->tally.records;
    total->recovered += report->tally.recovered;
    source->tally.bytes += report->tally.bytes;
    source->tally.records += report->tally.records;
    source->tally.recovered += report->tally.recovered;
    source->is_closed = source->is_closed || report->tally.is_closed != 0;
    if (report->tally.newest > source->newest) {
        source->newest = report->tally.newest;
        source->newest_chunk = report->tally.newest_chunk;
    }
    if (report->tally.chunks > 0 && !source->has_chunks) {
        source->has_chunks = true;
        scan->result.inputs += scan->options.carve;
    }
}

static const char *death_text(enum pool_death death) {
    static const char *const texts[] = {
        [DEATH_CRASH] = "the decoding process died",
        [DEATH_TIME] = "the decoding process took too long",
        [DEATH_SANDBOX] = "the decoding process made a forbidden system call",
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
    coverage_merge(&scan->result.coverage);
}

static void name_more_problems(struct scan *scan) {
    for (size_t i = 0; i < scan->source_count; i++) {
        if (scan->sources[i].has_more_problems) {
            add_problem(scan, PROBLEM_TOO_MUCH, scan->sources[i].path, PROBLEM_NO_OFFSET,
                        "it has more problems than are listed");
        }
    }
}

static void name_other_hosts(struct scan *scan) {
    const struct coverage *coverage = &scan->result.coverage;
    for (size_t i = 0; i < coverage->count; i++) {
        if (coverage->entries[i].is_others) {
            add_problem(scan, PROBLEM_TOO_MUCH, coverage->entries[i].path, PROBLEM_NO_OFFSET,
                        "not all of its hosts are told apart");
        }
    }
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
            *facts = (struct input_facts){
                .path = archive->path, .size = archive->size, .kind = FACTS_ARCHIVE};
            facts->has_hash =
                archive->is_hashed && hashes_get(scan->hashes, archive->hash, facts->sha256);
        }
    }
}

// Of inputs of one path one is as good as the other.
static void finish_facts(struct scan *scan) {
    struct scan_result *result = &scan->result;
    size_t count = scan->source_count + scan->archives.count;
    result->facts = calloc(count + 1, sizeof *result->facts);
    if (result->facts == NULL) {
        scan->has_failed = true;
        return;
    }
    for (size_t i = 0; i < scan->source_count; i++) {
        const struct source *source = &scan->sources[i];
        struct input_facts *facts = &result->facts[result->facts_count++];
        bool is_log = scan->options.carve ? source->has_chunks : !source->is_no_log;
        *facts = (struct input_facts){
            .path = source->path,
            .size = source->is_once ? source->tally.bytes : source->size,
            .records = source->tally.records,
            .recovered = source->tally.recovered,
            .kind = is_log ? FACTS_LOG : FACTS_OTHER,
        };
        facts->has_hash =
            source->is_hashed && hashes_get(scan->hashes, source->hash, facts->sha256);
    }
    add_archive_facts(scan);
    qsort(result->facts, result->facts_count, sizeof *result->facts, compare_facts);
}

static void take_message(struct scan *scan, const struct message *message, struct source *source) {
    switch (message->kind) {
    case MESSAGE_EVENT:
        take_event(scan, message, source);
        break;
    case MESSAGE_PROBLEM:
        take_problem(scan, &message->problem, source);
        break;
    case MESSAGE_NO_SANDBOX:
        scan->result.lacks_sandbox = true;
        break;
    case MESSAGE_COVERAGE:
        add_coverage(scan, source, message->coverage.host, &message->coverage.counts);
        break;
    case MESSAGE_NOTE:
        take_note(scan, &message->note, source);
        break;
    case MESSAGE_HASH: // is not asked for here
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

// Archives

static const char *opener_death_text(enum opener_death death) {
    static const char *const texts[] = {
        [OPENER_CRASH] = "the unpacking process died",
        [OPENER_TIME] = "the unpacking process took too long",
        [OPENER_SANDBOX] = "the unpacking process made a forbidden system call",
        [OPENER_NONSENSE] = "the unpacking process sent nonsense",
    };
    return texts[death];
}

static void add_archive_problem(struct scan *scan, const char *path, const char *reason) {
    add_problem(scan, PROBLEM_ARCHIVE, path, PROBLEM_NO_OFFSET, reason);
}

// Names what is wrong with a part of an archive, of many parts the first ones. Later passes come
// upon the same.
static void take_trouble(struct scan *scan, size_t number, const char *name,
                         enum unpack_trouble trouble) {
    enum { TROUBLES_MAX = 100 };
    struct archive_input *archive = &scan->archives.list[number];
    if (scan->pass != PASS_RULES || archive->troubles > TROUBLES_MAX) {
        return;
    }
    if (archive->troubles++ == TROUBLES_MAX) {
        add_archive_problem(scan, archive->path, "more parts of it than are named");
        return;
    }
    const char *path = archives_path(&scan->archives, number, name);
    scan->has_failed = scan->has_failed || path == NULL;
    if (path != NULL) {
        add_archive_problem(scan, path, unpack_trouble_text(trouble));
    }
}

// A new log, or in a later pass the one that was there in the first. NULL when it is not, or memory
// ran out.
static struct source *source_of_member(struct scan *scan, size_t number, const char *name) {
    struct archive_input *archive = &scan->archives.list[number];
    if (scan->pass != PASS_RULES) {
        struct source *source = archive->next < archive->member_count
                                    ? &scan->sources[archive->members[archive->next]]
                                    : NULL;
        bool is_same =
            source != NULL && archives_path_is(&scan->archives, number, name, source->path);
        archive->next += is_same;
        return is_same ? source : NULL;
    }
    const char *path = archives_path(&scan->archives, number, name);
    if (path == NULL || !add_source(scan, path) ||
        !archives_add_member(&scan->archives, number, scan->source_count - 1)) {
        scan->has_failed = true;
        return NULL;
    }
    scan->result.inputs += !scan->options.carve;
    struct source *source = &scan->sources[scan->source_count - 1];
    source->in_archive = true;
    source->is_once = archive->is_once;
    return source;
}

static void take_member(struct scan *scan, const struct opener_report *report) {
    const struct source *source = source_of_member(scan, report->number, report->name);
    size_t number = source == NULL ? 0 : (size_t)(source - scan->sources);
    bool is_wanted = source != NULL && (scan->pass == PASS_RULES || !source->is_no_log) &&
                     (!reads_places(scan) || has_places(scan, number));
    struct announced *list =
        array_grow(scan->announced, scan->announced_count, &scan->announced_capacity, sizeof *list);
    scan->announced = list == NULL ? scan->announced : list;
    scan->has_failed = scan->has_failed || list == NULL;
    if (list == NULL || !is_wanted) {
        openers_pass_over(scan->openers, report->slot);
    } else {
        list[scan->announced_count++] = (struct announced){.source = number, .slot = report->slot};
    }
}

// The log that was unpacked last.
static void take_member_end(struct scan *scan, const struct opener_report *report) {
    const struct archive_input *archive = &scan->archives.list[report->number];
    if (report->trouble != UNPACK_WHOLE && scan->pass == PASS_RULES) {
        size_t last = archive->members[archive->member_count - 1];
        add_archive_problem(scan, scan->sources[last].path, unpack_trouble_text(report->trouble));
    }
}

static void finish_archive(struct scan *scan, const struct opener_report *report) {
    const struct archive_input *archive = &scan->archives.list[report->number];
    if (scan->pass != PASS_RULES) {
        if (archive->next < archive->member_count) {
            add_archive_problem(scan, archive->path, "changed while it was read");
        }
        return;
    }
    scan->result.passed_over += report->passed_over;
    if (archive->member_count == 0 && archive->troubles == 0 && archive->is_named) {
        add_problem(scan, PROBLEM_NO_LOG, archive->path, PROBLEM_NO_OFFSET,
                    "no EVTX log in this archive");
    }
}

static void take_opener_report(struct scan *scan, const struct opener_report *report) {
    struct archive_input *archive = &scan->archives.list[report->number];
    switch (report->kind) {
    case OPENER_MEMBER:
        take_member(scan, report);
        break;
    case OPENER_MEMBER_END:
        take_member_end(scan, report);
        break;
    case OPENER_TROUBLE:
        take_trouble(scan, report->number, report->name, report->trouble);
        break;
    case OPENER_NO_SANDBOX:
        scan->result.lacks_sandbox = true;
        break;
    case OPENER_DIED:
        archive->troubles++;
        add_archive_problem(scan, archive->path, opener_death_text(report->death));
        break;
    case OPENER_DONE:
        finish_archive(scan, report);
        break;
    }
}

// An event without a GUID is of the machine that the other events of its computer in the same input
// are of, if they are of just one.
static void name_machines(struct scan *scan) {
    struct timeline *timeline = &scan->result.timeline;
    coverage_merge(&scan->result.coverage);
    for (size_t i = 0; i < timeline->count; i++) {
        struct stage_event *event = &timeline->events[i];
        const char *computer = event_value(event->event, DATA_COMPUTER);
        if (strspn(event->prefix, "0") == EVENT_HOST_PREFIX_SIZE) {
            uint64_t machine = coverage_machine(&scan->result.coverage, event->path, event->input,
                                                computer == NULL ? "" : computer);
            timeline_set_machine(event,
                                 machine == COVERAGE_SEVERAL_MACHINES ? 0 : (uint32_t)machine);
        }
    }
}

static void find(struct scan *scan) {
    struct scan_result *result = &scan->result;
    name_cuts(scan);
    name_machines(scan);
    timeline_sort(&result->timeline);
    scan->has_failed = scan->has_failed || result->timeline.has_failed;
    if (!scan->has_failed) {
        scan->has_failed = !findings_add(&result->findings, scan->options.rules, &result->timeline,
                                         &scan->options.findings);
    }
    findings_sort(&result->findings);
}

// Starts to read all inputs, or in a later pass all that can be read again.
static void start_pass(struct scan *scan) {
    scan->next_source = 0;
    scan->next_archive = 0;
    scan->has_more = true;
    scan->pass_bytes = 0;
}

static bool is_under_way(const struct scan *scan) {
    return scan->has_more || scan->is_waiting || pool_is_busy(scan->pool) ||
           openers_are_busy(scan->openers);
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
        take_opener_report(scan, &opened);
    }
    return true;
}

// Later passes

static bool is_any_once(const struct scan *scan) {
    for (size_t i = 0; i < scan->source_count; i++) {
        if (scan->sources[i].is_once) {
            return true;
        }
    }
    return false;
}

static int compare_paths(const void *left, const void *right, void *sources) {
    const struct source *list = sources;
    const size_t *a = left;
    const size_t *b = right;
    int result = strcmp(list[*a].path, list[*b].path);
    return result != 0 ? result : (*a > *b) - (*a < *b);
}

static bool rank_sources(struct scan *scan) {
    if (scan->by_rank != NULL) {
        return true;
    }
    scan->by_rank = calloc(scan->source_count + 1, sizeof *scan->by_rank);
    if (scan->by_rank == NULL) {
        return false;
    }
    for (size_t i = 0; i < scan->source_count; i++) {
        scan->by_rank[i] = i;
    }
    qsort_r(scan->by_rank, scan->source_count, sizeof *scan->by_rank, compare_paths, scan->sources);
    for (size_t i = 0; i < scan->source_count; i++) {
        scan->sources[scan->by_rank[i]].rank = (uint32_t)i;
    }
    return true;
}

// Workers have their task from their start, so new ones are needed.
static bool start_pool(struct scan *scan, enum pass pass) {
    const struct scanner_task task = {
        .scope = pass == PASS_NOTES ? contexts_scope(scan->result.contexts) : NULL,
        .places = pass == PASS_NOTES ? NULL : scan->places,
        .is_any = pass == PASS_RECALL,
    };
    struct pool *pool = pool_new(&task, &scan->options.scanner, scan->options.jobs);
    if (pool == NULL) {
        return false;
    }
    pool_free(scan->pool);
    scan->pool = pool;
    return true;
}

static uint64_t bytes_of_places(const struct scan *scan) {
    const struct note_places *places = scan->places;
    uint64_t bytes = 0;
    for (size_t at = 0; at < places->count; at = next_chunk(places, at)) {
        const struct source *source = &scan->sources[scan->by_rank[places->list[at].input]];
        bool is_first = at == 0 || places->list[at].input != places->list[at - 1].input;
        bytes += !source->in_archive ? CHUNK_SIZE : is_first ? source->size : 0;
    }
    return bytes;
}

static bool start_places_pass(struct scan *scan, enum pass pass, const struct note_places *places) {
    scan->places = places;
    scan->next_place = 0;
    if (!start_pool(scan, pass)) {
        return false;
    }
    scan->pass = pass;
    scan->pass_total = bytes_of_places(scan);
    start_pass(scan);
    return true;
}

// Whole events

static bool list_recall(struct scan *scan) {
    uint32_t *ranks = rank_sources(scan) ? calloc(scan->source_count + 1, sizeof *ranks) : NULL;
    for (size_t i = 0; ranks != NULL && i < scan->source_count; i++) {
        ranks[i] = scan->sources[i].rank;
    }
    bool ok = ranks != NULL &&
              recall_make(&scan->recall, &scan->result.timeline, &scan->result.findings, ranks);
    free(ranks);
    return ok;
}

// False when there is nothing to read again.
static bool begin_recall(struct scan *scan) {
    if (!scan->result.timeline.is_full) {
        return false;
    }
    scan->has_failed = !list_recall(scan);
    if (scan->has_failed || scan->recall.count == 0) {
        return false;
    }
    scan->has_failed = !start_places_pass(scan, PASS_RECALL, &scan->recall.places);
    return !scan->has_failed;
}

static void finish_recall(struct scan *scan) {
    for (size_t i = 0; i < scan->recall.count; i++) {
        const struct stage_event *event = scan->recall.events[i];
        if (event->is_brief) {
            add_problem(scan, PROBLEM_UNREADABLE, event->path, event->offset,
                        "an event of a finding could not be read a second time");
        }
    }
}

// Context

// The findings are there already: they are not to be lost for want of their context.
static bool cut_context(struct scan *scan) {
    scan->result.is_context_cut = true;
    return false;
}

// False when there is no context to look for.
static bool begin_notes(struct scan *scan) {
    struct scan_result *result = &scan->result;
    if (result->findings.count == 0 || scan->options.no_context) {
        return false;
    }
    result->contexts = contexts_new(&result->findings, scan->options.clock, is_any_once(scan));
    if (result->contexts == NULL) {
        return cut_context(scan);
    }
    if (contexts_scope(result->contexts)->host_count == 0) {
        return false;
    }
    if (!rank_sources(scan) || !start_pool(scan, PASS_NOTES)) {
        return cut_context(scan);
    }
    scan->pass = PASS_NOTES;
    scan->pass_total = sum_of_sizes(scan);
    start_pass(scan);
    return true;
}

// False when there is nothing to fetch.
static bool begin_fetch(struct scan *scan) {
    const struct note_places *places = contexts_choose(scan->result.contexts);
    if (places == NULL) {
        return cut_context(scan);
    }
    if (places->count == 0) {
        return false;
    }
    return start_places_pass(scan, PASS_FETCH, places) || cut_context(scan);
}

static void finish_context(struct scan *scan) {
    struct findings *findings = &scan->result.findings;
    struct contexts *contexts = scan->result.contexts;
    if (scan->result.is_context_cut || !contexts_finish(contexts)) {
        (void)cut_context(scan);
        return;
    }
    for (size_t i = 0; i < findings->count; i++) {
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

// False when all passes are over.
static bool step_scan(struct scan *scan, int timeout) {
    if (step_pass(scan, timeout)) {
        return true;
    }
    if (scan->has_failed || scan->result.is_context_cut) {
        return false;
    }
    switch (scan->pass) {
    case PASS_RULES:
        find(scan);
        return !scan->has_failed &&
               (begin_recall(scan) || (!scan->has_failed && begin_notes(scan)));
    case PASS_RECALL:
        finish_recall(scan);
        return begin_notes(scan);
    case PASS_NOTES:
        return begin_fetch(scan);
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
    for (size_t i = 0; i < scan->source_count; i++) {
        const struct source *source = &scan->sources[i];
        if (source->file != 0 && source->file == number && source->device == device) {
            return true;
        }
    }
    for (size_t i = 0; i < scan->archives.count; i++) {
        const struct archive_input *archive = &scan->archives.list[i];
        if (archive->file != 0 && archive->file == number && archive->device == device) {
            return true;
        }
    }
    return false;
}

struct scan_progress scan_progress(const struct scan *scan) {
    return (struct scan_progress){
        .pass = scan->pass <= PASS_RECALL ? 0 : (size_t)scan->pass - PASS_RECALL,
        .bytes = scan->pass_bytes + pool_bytes_under_way(scan->pool),
        .total = scan->pass_total,
        .inputs = scan->pass == PASS_RULES ? scan->source_count : scan->next_source,
        .events = scan->result.timeline.count,
    };
}

bool scan_finish(struct scan *scan) {
    if (scan->result.contexts != NULL) {
        finish_context(scan);
    }
    pool_free(scan->pool);
    scan->pool = NULL;
    judge_suspects(scan);
    finish_coverage(scan);
    name_other_hosts(scan);
    name_more_problems(scan);
    problems_sort(&scan->result.problems);
    coverage_finish(&scan->result.coverage, &scan->result.problems);
    finish_facts(scan);
    errno = ENOMEM;
    return !scan->has_failed;
}
