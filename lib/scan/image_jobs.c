// SPDX-License-Identifier: GPL-3.0-or-later
#include "scan/image_jobs.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>

#include "scan/jobs.h"

enum {
    // What one process reads at a time: libewf takes as much memory for what is damaged.
    STRETCH_SIZE = 32 << 20,
    // After its end, for chunks that begin in it, and in those.
    OVERLAP_SIZE = 2 * CHUNK_SIZE,
};

static struct source *source_of(struct scan *scan, const struct image *image) {
    return &scan->sources.list[image->source];
}

static void add_image_problem(struct scan *scan, const char *path, uint64_t offset,
                              const char *reason) {
    scan_add_problem(scan, PROBLEM_IMAGE, path, offset, reason);
}

// The same of a text, which is used up.
static void add_image_text(struct scan *scan, const char *path, uint64_t offset,
                           struct buffer *text) {
    scan_add_made_problem(scan, PROBLEM_IMAGE, path, offset, text, "not all of it can be read");
}

// Taking up

static void hash_pieces(struct scan *scan, struct image *image) {
    for (size_t i = 0; i < image->piece_count; i++) {
        struct image_piece *piece = &image->pieces[i];
        if (piece->path != NULL) {
            scan_hash(scan, &(struct hash_input){piece->path, piece->size, piece->id},
                      &piece->hash);
        }
    }
}

void image_jobs_add(struct scan *scan, const struct input *input) {
    struct image_files files = image_files_list(input->path, input->is_named);
    bool is_ewf = image_files_kind(&files) != IMAGE_RAW;
    if (files.has_failed || !images_add(&scan->images, &files, is_ewf) ||
        !sources_add(&scan->sources, input->path)) {
        image_files_free(&files);
        scan->has_failed = true;
        return;
    }
    struct image *image = &scan->images.list[scan->images.count - 1];
    image->path = input->path;
    image->source = scan->sources.count - 1;
    source_of(scan, image)->in_image = true;
    source_of(scan, image)->image = scan->images.count - 1;
    hash_pieces(scan, image);
    scan->pass_total = 0;
    scan->in_image = true;
    scan->image = scan->images.count - 1;
    scan->image_next = 0;
}

void image_jobs_begin(struct scan *scan, size_t source) {
    scan->in_image = true;
    scan->image = scan->sources.list[source].image;
    scan->image_next = 0;
}

// Surveys

static void name_piece(struct scan *scan, const struct image *image, size_t number) {
    const struct image_piece *piece = &image->pieces[number];
    struct buffer text = {0};
    if (piece->path == NULL) { // another follows
        unsigned last = image->pieces[number + 1].number - 1;
        if (last > piece->number) {
            buffer_printf(&text, "its files %u to %u are missing", piece->number, last);
        } else {
            buffer_printf(&text, "its file %u is missing", piece->number);
        }
        add_image_text(scan, image->path, piece->begin, &text);
    } else if (!piece->is_known) {
        add_image_problem(scan, piece->path, piece->facts.end,
                          "the image's file is damaged or cut short here; what follows in it is "
                          "not read");
    }
}

// Says what is missing. Of a raw image its files alone say what there is.
static void name_pieces(struct scan *scan, const struct image *image) {
    for (size_t i = 0; i < image->piece_count; i++) {
        name_piece(scan, image, i);
    }
    if (image_goes_on(image)) {
        add_image_problem(scan, image->path, image->size,
                          "the image goes on here in a file that is missing");
    }
    if (image_is_vague(image)) {
        add_image_problem(scan, image->path, PROBLEM_NO_OFFSET,
                          "offsets after a missing or damaged file are too low");
    }
    if (image->size == 0) {
        add_image_problem(scan, image->path, PROBLEM_NO_OFFSET,
                          "nothing of it can be read by libewf");
    }
}

static void finish_surveys(struct scan *scan, struct image *image) {
    image_lay_out(image);
    name_pieces(scan, image);
    source_of(scan, image)->size = image->size;
}

static bool has_survey(const struct image *image, const struct image_piece *piece) {
    return image->is_ewf && piece->path != NULL;
}

// False when all have been begun that can be now.
static bool begin_survey(struct scan *scan, struct image *image) {
    struct image_piece *piece = &image->pieces[image->asked];
    struct opener_job job = {
        .task = OPENER_SURVEY, .fd_count = 1, .number = scan->image, .place = image->asked};
    image->asked++;
    if (!has_survey(image, piece)) {
        image->answered++;
        return true;
    }
    job.size = piece->size;
    job.fds[0] = open(piece->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (job.fds[0] < 0) {
        scan_add_unreadable(scan, piece->path, errno);
        image->answered++;
        return true;
    }
    openers_give(scan->openers, &job);
    return true;
}

// Stretches

static void close_all(const struct opener_job *job) {
    for (size_t i = 0; i < job->fd_count; i++) {
        (void)close(job->fds[i]);
    }
}

// The end of what the stretch is to be read for, and of what is read.
struct reach {
    uint64_t end;
    uint64_t read_end;
};

// Of many small files, the last that the stretch lies in is there for the overlap alone.
static struct reach cut_stretch(const struct opener_job *job, uint64_t wanted) {
    const struct image_stretch *stretch = &job->stretch;
    uint64_t read_end = job->place;
    for (size_t i = 0; i < stretch->part_count; i++) {
        read_end += stretch->parts[i].size;
    }
    uint64_t last = stretch->parts[stretch->part_count - 1].size;
    bool is_short = read_end < wanted && stretch->part_count == IMAGE_PARTS_MAX;
    uint64_t end = is_short ? read_end - last : wanted;
    return (struct reach){end < read_end ? end : read_end, read_end};
}

// False where a file cannot be opened, which is said.
static bool open_pieces(struct scan *scan, const struct image *image, struct opener_job *job,
                        const size_t *pieces, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const char *path = image->pieces[pieces[i]].path;
        int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
        if (fd < 0) {
            scan_add_unreadable(scan, path, errno);
            close_all(job);
            return false;
        }
        job->fds[job->fd_count++] = fd;
    }
    return true;
}

// Has a stretch of the image read, of a run that ends at `run_end`. Gives where the next one
// begins.
static uint64_t give_stretch(struct scan *scan, const struct image *image, uint64_t begin,
                             uint64_t wanted, uint64_t run_end) {
    size_t pieces[IMAGE_PARTS_MAX + 1];
    struct opener_job job = {
        .task = OPENER_STRETCH, .number = (size_t)(image - scan->images.list), .place = begin};
    wanted = wanted < run_end ? wanted : run_end;
    uint64_t end = run_end - wanted > OVERLAP_SIZE ? wanted + OVERLAP_SIZE : run_end;
    size_t count = image_stretch(image, begin, end, &job.stretch, pieces);
    struct reach reach = cut_stretch(&job, wanted);
    job.place_end = reach.end;
    job.run_end = reach.read_end < run_end ? run_end : reach.read_end;
    if (open_pieces(scan, image, &job, pieces, count)) {
        openers_give(scan->openers, &job);
    }
    return reach.end;
}

static void read_on(struct scan *scan, const struct image *image) {
    uint64_t end = 0;
    uint64_t begin = scan->image_next;
    if (!image_run(image, &begin, &end)) {
        scan->in_image = false;
        return;
    }
    uint64_t wanted = begin - begin % STRETCH_SIZE + STRETCH_SIZE;
    scan->image_next = give_stretch(scan, image, begin, wanted, end);
}

bool image_jobs_step(struct scan *scan) {
    struct image *image = &scan->images.list[scan->image];
    if (!openers_have_room(scan->openers)) {
        return false;
    }
    if (image->asked < image->piece_count) {
        return begin_survey(scan, image);
    }
    if (image->answered < image->piece_count) {
        return false;
    }
    if (!image->is_laid_out) {
        image->is_laid_out = true;
        finish_surveys(scan, image);
    }
    read_on(scan, image);
    return true;
}

bool image_jobs_fetch(struct scan *scan, const struct note_place *place) {
    const struct source *source = &scan->sources.list[scan->sources.by_rank[place->input]];
    const struct image *image = &scan->images.list[source->image];
    uint64_t begin = place->chunk;
    uint64_t end = 0;
    if (!openers_have_room(scan->openers)) {
        return false;
    }
    if (image_run(image, &begin, &end) && begin == place->chunk) {
        (void)give_stretch(scan, image, begin, begin + CHUNK_SIZE, end);
    }
    return true;
}

// Reports

static void take_facts(struct image *image, const struct opener_report *report) {
    if (report->job->place < image->piece_count) {
        image->pieces[report->job->place].facts = report->facts;
    }
}

static void take_stretch(struct scan *scan, const struct image *image,
                         const struct opener_report *report) {
    struct announced announced = {.source = image->source, .slot = report->slot};
    announced.segment = (struct scan_segment){
        .begin = report->job->place,
        .end = report->job->place_end,
        .input_end = report->job->run_end,
        .is_stream = true,
        .is_carved = true,
        .is_chunk = scan_reads_places(scan),
        .input = source_of(scan, image)->rank,
    };
    jobs_announce(scan, &announced);
}

// What lies after the stretch's end is the next one's.
static void take_damage(struct scan *scan, struct image *image,
                        const struct opener_report *report) {
    uint64_t size = report->job->place_end - report->job->place;
    struct image_damage damage = report->damage;
    if (scan->pass == PASS_RULES && damage.at < size) {
        damage.size = damage.size < size - damage.at ? damage.size : size - damage.at;
        damage.at += report->job->place;
        image_add_damage(image, damage);
    }
}

static void take_death(struct scan *scan, const struct image *image,
                       const struct opener_report *report) {
    const char *death = opener_death_text(report->death);
    struct buffer text = {0};
    if (report->job->task == OPENER_SURVEY) {
        add_image_problem(scan, image->pieces[report->job->place].path, PROBLEM_NO_OFFSET, death);
    } else {
        buffer_printf(&text, "%s; up to %" PRIu64 " bytes from here on are not read", death,
                      report->job->place_end - report->job->place);
        add_image_text(scan, image->path, report->job->place, &text);
    }
}

void image_jobs_take(struct scan *scan, const struct opener_report *report) {
    struct image *image = &scan->images.list[report->job->number];
    switch (report->kind) {
    case OPENER_FACTS:
        take_facts(image, report);
        break;
    case OPENER_MEMBER:
        take_stretch(scan, image, report);
        break;
    case OPENER_DAMAGE:
        take_damage(scan, image, report);
        break;
    case OPENER_NO_SANDBOX:
        scan->result.lacks_sandbox = true;
        break;
    case OPENER_DIED:
        take_death(scan, image, report);
        break;
    case OPENER_DONE:
        image->answered += report->job->task == OPENER_SURVEY;
        break;
    case OPENER_MEMBER_END: // says nothing new
    case OPENER_TROUBLE:    // is not asked for here
        break;
    }
}

// A file that is named like one of an image and does not begin like that: its bytes were carved as
// they are, which finds little in what is compressed.
static void name_doubtful(struct scan *scan) {
    // What is merged has been named where it was collected.
    bool is_read = scan->options.carve && scan->merge == NULL;
    for (size_t i = 0; is_read && i < scan->sources.count; i++) {
        const struct source *source = &scan->sources.list[i];
        if (!source->in_image && image_is_named_so(source->path)) {
            add_image_problem(scan, source->path, 0,
                              "it is named like a file of an image, but does not begin like one");
        }
    }
}

void image_jobs_name_damages(struct scan *scan) {
    name_doubtful(scan);
    for (size_t i = 0; i < scan->images.count; i++) {
        struct image *image = &scan->images.list[i];
        bool are_more = image->damage_count == IMAGE_ALL_DAMAGES_MAX;
        image_merge_damages(image);
        for (size_t j = 0; j < image->damage_count; j++) {
            struct buffer text = {0};
            buffer_printf(&text, "%" PRIu64 " bytes are damaged, and read as zeros",
                          image->damages[j].size);
            add_image_text(scan, image->path, image->damages[j].at, &text);
        }
        if (are_more) {
            add_image_problem(scan, image->path, PROBLEM_NO_OFFSET,
                              "more places of it are damaged than are named");
        }
    }
}
