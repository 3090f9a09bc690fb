// SPDX-License-Identifier: GPL-3.0-or-later
#include "scan/jobs.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/file.h"
#include "evtx/log_header.h"
#include "scan/image_jobs.h"

void jobs_close(struct scan *scan) {
    if (scan->current.is_open) {
        (void)close(scan->current.fd);
        scan->current.is_open = false;
    }
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
        log_header_read(start, file_read(current->fd, 0, start, sizeof start), &header);
        current->is_whole = !header.has_signature;
    }
}

static bool has_chunk_at(int fd, uint64_t offset) {
    uint8_t start[sizeof CHUNK_SIGNATURE];
    return file_read(fd, offset, start, sizeof start) == sizeof start &&
           memcmp(start, CHUNK_SIGNATURE, sizeof start) == 0;
}

// The first offset of the current input, from this one on, at which a part begins: of a log only
// where a chunk is in its place, so that none is cut in two. The end of the input where there is
// none.
static uint64_t part_from(const struct current *current, uint64_t offset) {
    const struct scan_segment *rest = &current->rest;
    if (current->is_whole && offset > 0) {
        return rest->input_end;
    }
    uint64_t begin = share_part_at(offset, rest->is_carved);
    while (begin > 0 && begin < rest->input_end && !rest->is_carved &&
           !has_chunk_at(current->fd, begin)) {
        begin = share_part_at(begin + 1, rest->is_carved);
    }
    return begin < rest->input_end ? begin : rest->input_end;
}

static void take_up(struct scan *scan, int fd) {
    scan->current = (struct current){.is_open = true, .fd = fd};
    size_up(&scan->current, scan->options.carve);
}

// Leaves of the current input what is the share's. False when that is nothing.
static bool keep_own(struct scan *scan, const struct listed *listed) {
    struct scan_segment *rest = &scan->current.rest;
    if (listed == NULL) {
        return true;
    }
    rest->begin = part_from(&scan->current, listed->own.begin);
    rest->end = part_from(&scan->current, listed->own.end);
    return listed->is_begun || rest->begin < rest->end;
}

static void start_source(struct scan *scan, size_t number) {
    const struct scan_segment *rest = &scan->current.rest;
    struct source *source = &scan->sources.list[number];
    scan->current.number = number;
    source->size = rest->input_end;
    source->id = file_id_of_fd(scan->current.fd);
}

// Has an archive opened, as soon as there is a process for it.
static void take_archive(struct scan *scan, size_t number, int fd) {
    const struct archive_input *archive = &scan->archives.list[number];
    off_t size = archive->is_once ? 0 : lseek(fd, 0, SEEK_END);
    scan->is_waiting = true;
    scan->waiting = (struct opener_job){.fds = {fd},
                                        .fd_count = 1,
                                        .is_stream = archive->is_once,
                                        .takes_any = scan->options.carve,
                                        .path = archive->path,
                                        .size = size < 0 ? 0 : (uint64_t)size,
                                        .number = number};
}

static void add_archive(struct scan *scan, const struct input *input) {
    struct stat status;
    struct archive_input archive = {
        .path = input->path, .is_named = input->is_named, .is_once = input->is_stream};
    if (!input->is_stream && fstat(input->fd, &status) == 0) {
        archive.id = file_id_of(&status);
        archive.size = (uint64_t)status.st_size;
    }
    if (!archive.is_once) {
        scan_hash(scan, &(struct hash_input){archive.path, archive.size, archive.id},
                  &archive.hash);
    }
    if (!archives_add(&scan->archives, &archive)) {
        scan->has_failed = true;
        (void)close(input->fd);
        return;
    }
    scan->pass_total = 0;
    take_archive(scan, scan->archives.count - 1, input->fd);
}

static void add_log(struct scan *scan, const struct input *input, const struct listed *listed) {
    take_up(scan, input->fd);
    if (!keep_own(scan, listed)) {
        jobs_close(scan);
        return;
    }
    if (!sources_add(&scan->sources, input->path)) {
        scan->has_failed = true;
        return;
    }
    // What is carved is a log only if there is a chunk in it.
    scan->result.inputs += !scan->options.carve;
    start_source(scan, scan->sources.count - 1);
    struct source *source = &scan->sources.list[scan->sources.count - 1];
    source->listed = listed == NULL ? 0 : listed->number;
    source->is_shared =
        scan->current.rest.begin > 0 || scan->current.rest.end < scan->current.rest.input_end;
    // One of which others read the rest has no hash: see share.h.
    if (!source->is_once && !source->is_shared) {
        scan_hash(scan, &(struct hash_input){source->path, source->size, source->id},
                  &source->hash);
    }
}

// `listed` is NULL unless the run is shared out.
static void open_input(struct scan *scan, const struct input *input, const struct listed *listed) {
    switch (input->kind) {
    case INPUT_UNREADABLE:
        scan_add_unreadable(scan, input->path, input->system_error);
        return;
    case INPUT_NO_LOGS:
        scan_add_problem(scan, PROBLEM_NO_LOG, input->path, PROBLEM_NO_OFFSET, input->reason);
        return;
    case INPUT_LINK:
        scan_add_problem(scan, PROBLEM_LINK, input->path, PROBLEM_NO_OFFSET,
                         "name it to have it read");
        return;
    case INPUT_ARCHIVE:
        add_archive(scan, input);
        return;
    case INPUT_IMAGE:
        image_jobs_add(scan, input);
        return;
    case INPUT_NOT_CARVED:
        scan_add_problem(scan, input->is_named ? PROBLEM_NO_LOG : PROBLEM_NOT_CARVED, input->path,
                         PROBLEM_NO_OFFSET, input->reason);
        return;
    case INPUT_OPEN:
        add_log(scan, input, listed);
        return;
    }
}

// Of what is not cut into parts, the share that has its beginning has all.
static void open_listed(struct scan *scan, const struct listed *listed) {
    const struct input *input = &listed->input;
    if (input->kind != INPUT_OPEN && !listed->is_begun) {
        if (input->fd >= 0) {
            (void)close(input->fd);
        }
    } else if (input->is_stream) {
        (void)close(input->fd);
        scan_add_problem(scan, PROBLEM_UNREADABLE, input->path, PROBLEM_NO_OFFSET,
                         "what comes through a pipe cannot be read in parts");
    } else {
        open_input(scan, input, listed);
    }
}

// The bytes of all sources that can be read in this pass. 0 when that is not known.
uint64_t jobs_bytes(const struct scan *scan) {
    uint64_t sum = 0;
    if (scan->archives.count + scan->images.count > 0 && scan->pass == PASS_RULES) {
        return 0;
    }
    for (size_t i = 0; i < scan->sources.count; i++) {
        sum += jobs_read_again(scan, i) ? scan->sources.list[i].size : 0;
    }
    return sum;
}

static bool end_of_inputs(struct scan *scan) {
    scan->has_failed = scan->has_failed || inputs_failed(scan->inputs);
    scan->has_more = false;
    return false;
}

// Opens the next input of the first pass. False when there are no more.
static bool open_next(struct scan *scan) {
    struct input input;
    struct listed listed;
    if (scan->listing != NULL) {
        if (!listing_next(scan->listing, &listed)) {
            return end_of_inputs(scan);
        }
        open_listed(scan, &listed);
        return true;
    }
    if (!inputs_next(scan->inputs, &input)) {
        scan->pass_total = jobs_bytes(scan);
        return end_of_inputs(scan);
    }
    open_input(scan, &input, NULL);
    return true;
}

static bool open_again(struct scan *scan, size_t number) {
    int fd = inputs_open_again(scan->sources.list[number].path);
    if (fd < 0) {
        scan_add_unreadable(scan, scan->sources.list[number].path, errno);
        return false;
    }
    uint64_t size = scan->sources.list[number].size;
    take_up(scan, fd);
    start_source(scan, number);
    if (scan->sources.list[number].size < size && !scan->sources.list[number].is_shorter) {
        scan_add_problem(scan, PROBLEM_UNREADABLE, scan->sources.list[number].path,
                         PROBLEM_NO_OFFSET, REASON_SHORTER_TEXT);
    }
    return true;
}

bool jobs_read_again(const struct scan *scan, size_t number) {
    const struct source *source = &scan->sources.list[number];
    if (scan_reads_places(scan)) {
        return note_places_have_input(scan->places, source->rank);
    }
    return !source->is_not_a_log && (scan->pass != PASS_AGAIN || source->dropped > 0);
}

static bool is_wanted_again(const struct scan *scan, const struct archive_input *archive) {
    bool is_wanted = false;
    for (size_t i = 0; !archive->is_once && !is_wanted && i < archive->member_count; i++) {
        is_wanted = jobs_read_again(scan, archive->members[i]);
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
            scan_add_unreadable(scan, archive->path, errno);
        } else {
            take_archive(scan, number, fd);
        }
    }
    return true;
}

// The same for PASS_AFRESH, PASS_AGAIN and PASS_NOTES.
static bool open_next_again(struct scan *scan) {
    if (scan->next_source == scan->sources.count) {
        return open_next_archive(scan);
    }
    size_t number = scan->next_source++;
    const struct source *source = &scan->sources.list[number];
    bool is_read = jobs_read_again(scan, number);
    if (source->in_image && is_read) {
        image_jobs_begin(scan, number);
    } else if (!source->in_archive && is_read) {
        (void)open_again(scan, number);
    }
    return true;
}

static bool copy_descriptor(struct scan *scan, struct pool_job *job) {
    job->fd = fcntl(scan->current.fd, F_DUPFD_CLOEXEC, 0);
    if (job->fd < 0) {
        scan_add_problem(scan, PROBLEM_UNREADABLE, scan->sources.list[job->input].path,
                         job->segment.begin, "too many open files");
    }
    return job->fd >= 0;
}

// Takes up what the chunks of a log before `end` show of its generations.
static void judge_chunks(struct current *current, uint64_t end) {
    uint8_t start[GENERATIONS_HEADER_SIZE];
    if (current->is_whole || current->rest.is_carved) {
        return;
    }
    for (; current->judged < end; current->judged += CHUNK_SIZE) {
        if (file_read(current->fd, current->judged, start, sizeof start) == sizeof start) {
            (void)generations_add(&current->rest.generations, start, current->judged);
        }
    }
}

// The next part of the current input. False when it could not be had.
static bool cut_job(struct scan *scan, struct pool_job *job) {
    struct current *current = &scan->current;
    judge_chunks(current, current->rest.begin);
    *job = (struct pool_job){.segment = current->rest, .input = current->number};
    uint64_t end = part_from(current, current->rest.begin + 1);
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
    if (scan->in_image) {
        return image_jobs_step(scan);
    }
    switch (scan->pass) {
    case PASS_RULES:
        return open_next(scan);
    case PASS_AFRESH:
    case PASS_AGAIN:
    case PASS_NOTES:
        return open_next_again(scan);
    default:
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
size_t jobs_next_chunk(const struct note_places *places, size_t at) {
    const struct note_place *place = &places->list[at];
    while (at < places->count && places->list[at].input == place->input &&
           places->list[at].chunk == place->chunk) {
        at++;
    }
    return at;
}

// Sees to it that the input of the place is the current one.
static bool turn_to(struct scan *scan, const struct note_place *place) {
    size_t number = scan->sources.by_rank[place->input];
    if (scan->current.is_open && scan->current.number == number) {
        return true;
    }
    jobs_close(scan);
    scan->next_source++;
    return open_again(scan, number);
}

// The next chunk that has a place in it. One that cannot be had is passed over.
static bool next_place(struct scan *scan, struct pool_job *job) {
    const struct note_places *places = scan->places;
    while (scan->next_place < places->count) {
        const struct note_place *place = &places->list[scan->next_place];
        const struct source *source = &scan->sources.list[scan->sources.by_rank[place->input]];
        if (source->in_image && !image_jobs_fetch(scan, place)) {
            return false;
        }
        scan->next_place = jobs_next_chunk(places, scan->next_place);
        // What is in an archive is unpacked again as a whole.
        if (source->in_image || source->in_archive) {
            continue;
        }
        if (turn_to(scan, place) && cut_chunk(scan, place, job)) {
            return true;
        }
    }
    jobs_close(scan);
    return next_part(scan, job);
}

void jobs_announce(struct scan *scan, const struct announced *announced) {
    if (!array_add(&scan->announced, &scan->announced_count, &scan->announced_capacity, announced,
                   sizeof *announced)) {
        scan->has_failed = true;
        openers_pass_over(scan->openers, announced->slot);
    }
}

// The log that has been announced first, as a job. False when it could not be had.
static bool next_announced(struct scan *scan, struct pool_job *job) {
    const struct announced announced = scan->announced[0];
    scan->announced_count--;
    memmove(scan->announced, scan->announced + 1, scan->announced_count * sizeof *scan->announced);
    *job = (struct pool_job){.segment = announced.segment, .input = announced.source};
    job->fd = openers_unpack(scan->openers, announced.slot);
    if (job->fd < 0) {
        scan_add_problem(scan, PROBLEM_UNREADABLE, scan->sources.list[announced.source].path,
                         PROBLEM_NO_OFFSET, "too many open files");
        openers_pass_over(scan->openers, announced.slot);
    }
    return job->fd >= 0;
}

// Finds the next job. False when there is none now. What waits for a worker waits until one is
// idle: the process that unpacks it is not to be kept waiting from then on.
bool jobs_next(struct scan *scan, struct pool_job *job) {
    while (scan->announced_count > 0) {
        if (!pool_is_idle(scan->pool)) {
            return false;
        }
        if (next_announced(scan, job)) {
            return true;
        }
    }
    return scan->has_more &&
           (scan_reads_places(scan) ? next_place(scan, job) : next_part(scan, job));
}
