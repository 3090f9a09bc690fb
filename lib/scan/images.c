// SPDX-License-Identifier: GPL-3.0-or-later
#include "scan/images.h"

#include <stdlib.h>

#include "base/array.h"

void images_free(struct images *images) {
    for (size_t i = 0; i < images->count; i++) {
        image_files_free(&images->list[i].files);
        free(images->list[i].pieces);
        free(images->list[i].damages);
    }
    free(images->list);
    *images = (struct images){0};
}

// Pieces

// How many files there should be before the first of the list: they count from 1, those of a raw
// image perhaps from 0.
static unsigned first_number(const struct image_files *files) {
    return files->list[0].number == 0 ? 0 : 1;
}

static void set_up_piece(struct image_piece *piece, const struct image_file *file) {
    struct stat status;
    *piece = (struct image_piece){.path = file->path, .number = file->number};
    if (stat(file->path, &status) == 0) {
        piece->size = (uint64_t)status.st_size;
        piece->id = file_id_of(&status);
    }
}

// A gap, however many files are missing in it, is one piece.
static void set_up_pieces(struct image *image) {
    unsigned expected = first_number(&image->files);
    for (size_t i = 0; i < image->files.count; i++) {
        const struct image_file *file = &image->files.list[i];
        if (file->number > expected) {
            image->pieces[image->piece_count++] = (struct image_piece){.number = expected};
        }
        set_up_piece(&image->pieces[image->piece_count++], file);
        expected = file->number + 1;
    }
}

bool images_add(struct images *images, struct image_files *files, bool is_ewf) {
    struct image image = {.path = files->list[0].path,
                          .is_ewf = is_ewf,
                          .files = *files,
                          .pieces = calloc(2 * files->count, sizeof *image.pieces)};
    if (image.pieces == NULL ||
        !array_add(&images->list, &images->count, &images->capacity, &image, sizeof image)) {
        free(image.pieces);
        image_files_free(files);
        return false;
    }
    *files = (struct image_files){0};
    set_up_pieces(&images->list[images->count - 1]);
    return true;
}

// Places

// What the image says of itself, each of its files over again.
static void take_facts(struct image *image) {
    for (size_t i = image->piece_count; i-- > 0;) {
        const struct ewf_facts *facts = &image->pieces[i].facts;
        image->chunk_size = facts->chunk_size > 0 ? facts->chunk_size : image->chunk_size;
        image->media = facts->media > 0 ? facts->media : image->media;
    }
}

// A raw image is cut into files of one size, but for the last.
static void measure_raw(struct image *image) {
    uint64_t usual = 0;
    for (size_t i = 0; i < image->piece_count; i++) {
        struct image_piece *piece = &image->pieces[i];
        piece->held = piece->size;
        piece->is_known = piece->path != NULL;
        usual = piece->held > usual ? piece->held : usual;
    }
    for (size_t i = 0; i + 1 < image->piece_count; i++) {
        const struct image_piece *next = &image->pieces[i + 1];
        struct image_piece *piece = &image->pieces[i];
        if (!piece->is_known && usual <= INT64_MAX / (next->number - piece->number)) {
            piece->held = usual * (next->number - piece->number);
            piece->is_known = true;
        }
    }
}

static void measure_ewf(struct image *image) {
    for (size_t i = 0; i < image->piece_count; i++) {
        struct image_piece *piece = &image->pieces[i];
        uint64_t most = image->chunk_size == 0 ? 0 : (uint64_t)INT64_MAX / image->chunk_size;
        uint64_t chunks = piece->facts.chunks < most ? piece->facts.chunks : most;
        piece->held = chunks * image->chunk_size;
        piece->is_known = piece->facts.is_whole != 0;
    }
}

// An image that goes on after its last file lacks one, too.
bool image_goes_on(const struct image *image) {
    const struct image_piece *last = &image->pieces[image->piece_count - 1];
    return image->is_ewf && last->is_known && !last->facts.is_last;
}

static size_t count_unknown(const struct image *image) {
    size_t count = image_goes_on(image);
    for (size_t i = 0; i < image->piece_count; i++) {
        count += !image->pieces[i].is_known;
    }
    return count;
}

static uint64_t sum_of_pieces(const struct image *image) {
    uint64_t sum = 0;
    for (size_t i = 0; i < image->piece_count; i++) {
        sum = image->pieces[i].held <= INT64_MAX - sum ? sum + image->pieces[i].held : INT64_MAX;
    }
    return sum;
}

// Gives what is missing to the piece after which it is.
static void place_pieces(struct image *image, uint64_t missing, const struct image_piece *after) {
    uint64_t at = 0;
    for (size_t i = 0; i < image->piece_count; i++) {
        struct image_piece *piece = &image->pieces[i];
        piece->begin = at;
        piece->held = piece->held < INT64_MAX - at ? piece->held : INT64_MAX - at;
        at += piece->held;
        image->size = piece->path == NULL ? image->size : at;
        at += piece == after ? missing : 0;
    }
}

// What all of the image's chunks come to: the last is as large as the others, but not all of it is
// the image's.
static uint64_t size_in_chunks(const struct image *image) {
    uint64_t in_last = image->chunk_size == 0 ? 0 : image->media % image->chunk_size;
    return in_last == 0 ? image->media : image->media - in_last + image->chunk_size;
}

static void cut_last(struct image *image) {
    struct image_piece *last = &image->pieces[image->piece_count - 1];
    uint64_t excess = size_in_chunks(image) - image->media;
    if (last->facts.is_last && last->held >= excess) {
        last->held -= excess;
    }
}

void image_lay_out(struct image *image) {
    const struct image_piece *unknown = NULL;
    if (image->is_ewf) {
        take_facts(image);
        measure_ewf(image);
    } else {
        measure_raw(image);
    }
    uint64_t sum = sum_of_pieces(image);
    uint64_t all = size_in_chunks(image);
    cut_last(image);
    for (size_t i = 0; i < image->piece_count && count_unknown(image) == 1; i++) {
        unknown = image->pieces[i].is_known ? unknown : &image->pieces[i];
    }
    bool has_place = unknown != NULL && all > sum;
    place_pieces(image, has_place ? all - sum : 0, unknown);
}

bool image_is_vague(const struct image *image) {
    bool is_at_end = image_goes_on(image) || !image->pieces[image->piece_count - 1].is_known;
    size_t unknown = count_unknown(image);
    return unknown > 1 || (unknown == 1 && !is_at_end && image->media == 0);
}

// Stretches

static bool has_bytes(const struct image_piece *piece) {
    return piece->path != NULL && piece->held > 0;
}

bool image_run(const struct image *image, uint64_t *place, uint64_t *end) {
    bool is_found = false;
    for (size_t i = 0; i < image->piece_count; i++) {
        const struct image_piece *piece = &image->pieces[i];
        if (!has_bytes(piece) || piece->begin + piece->held <= *place) {
            continue;
        }
        if (is_found && piece->begin != *end) {
            break;
        }
        *place = is_found || piece->begin <= *place ? *place : piece->begin;
        *end = piece->begin + piece->held;
        is_found = true;
    }
    return is_found;
}

// A file that says what libewf has to be told of an image.
static bool is_head(const struct image_piece *piece) {
    return piece->path != NULL && piece->facts.chunk_size > 0;
}

static size_t add_head(const struct image *image, struct image_stretch *stretch, size_t *piece) {
    for (size_t i = 0; image->is_ewf && i < image->piece_count; i++) {
        if (is_head(&image->pieces[i])) {
            stretch->has_head = 1;
            stretch->head_size = image->pieces[i].size;
            *piece = i;
            return 1;
        }
    }
    return 0;
}

size_t image_stretch(const struct image *image, uint64_t begin, uint64_t end,
                     struct image_stretch *stretch, size_t pieces[IMAGE_PARTS_MAX + 1]) {
    size_t count = 0;
    *stretch = (struct image_stretch){.is_ewf = image->is_ewf, .chunk_size = image->chunk_size};
    for (size_t i = 0; i < image->piece_count && count < IMAGE_PARTS_MAX; i++) {
        const struct image_piece *piece = &image->pieces[i];
        uint64_t from = begin > piece->begin ? begin : piece->begin;
        uint64_t to = piece->begin + piece->held;
        to = end < to ? end : to;
        if (has_bytes(piece) && from < to) {
            pieces[count] = i;
            stretch->parts[count++] =
                (struct image_part){piece->size, from - piece->begin, to - from};
        }
    }
    stretch->part_count = (uint32_t)count;
    return count + (count > 0 ? add_head(image, stretch, &pieces[count]) : 0);
}

// Damage

void image_add_damage(struct image *image, struct image_damage damage) {
    if (image->damage_count < IMAGE_ALL_DAMAGES_MAX) {
        (void)array_add(&image->damages, &image->damage_count, &image->damage_capacity, &damage,
                        sizeof damage);
    }
}

static int compare_damages(const void *left, const void *right) {
    const struct image_damage *a = left;
    const struct image_damage *b = right;
    return (a->at > b->at) - (a->at < b->at);
}

void image_merge_damages(struct image *image) {
    size_t kept = 0;
    array_sort(image->damages, image->damage_count, sizeof *image->damages, compare_damages);
    for (size_t i = 0; i < image->damage_count; i++) {
        struct image_damage *last = kept == 0 ? NULL : &image->damages[kept - 1];
        if (last != NULL && last->at + last->size == image->damages[i].at) {
            last->size += image->damages[i].size;
        } else {
            image->damages[kept++] = image->damages[i];
        }
    }
    image->damage_count = kept;
}

bool images_have_file(const struct images *images, struct file_id id) {
    for (size_t i = 0; i < images->count; i++) {
        const struct image *image = &images->list[i];
        for (size_t j = 0; j < image->piece_count; j++) {
            if (file_id_same(image->pieces[j].id, id)) {
                return true;
            }
        }
    }
    return false;
}
