// SPDX-License-Identifier: GPL-3.0-or-later
// The forensic images among the inputs of a run: of which files they consist, and where in the
// image what they hold has its place. That is known when each file has been surveyed.
//
// Where one file is missing, or says too little of itself, its size follows from that of the image
// and those of the others; where there are several, what comes after them is taken for following
// right after what comes before.
#ifndef EVTXSEQ_IMAGES_H
#define EVTXSEQ_IMAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scan/ewf.h"
#include "scan/file_id.h"
#include "scan/hashes.h"
#include "scan/image.h"
#include "scan/image_files.h"

// A file of an image, or the place of one that is missing: that has no path.
struct image_piece {
    const char *path; // owned by the image's files
    unsigned number;
    uint64_t size; // of the file
    struct file_id id;
    struct input_hash hash;
    bool is_known; // by a survey that found it whole
    struct ewf_facts facts;
    uint64_t begin; // in the image
    uint64_t held;  // bytes of it
};

enum { IMAGE_ALL_DAMAGES_MAX = 10000 };

struct image {
    const char *path; // of its first file
    bool is_ewf;
    struct image_files files;
    struct image_piece *pieces; // in order; owned
    size_t piece_count;
    size_t source; // its number
    size_t asked;  // pieces that a survey has been begun of, or need none
    size_t answered;
    bool is_laid_out;
    uint32_t chunk_size;
    uint64_t size;                // up to its last piece
    uint64_t media;               // what it says that it has; 0 when that is not known
    struct image_damage *damages; // bytes that could not be read; owned
    size_t damage_count;
    size_t damage_capacity;
};

struct images {
    struct image *list; // owned
    size_t count;
    size_t capacity;
};

void images_free(struct images *images);

// Adds an image, whose files are taken over. False when memory ran out.
bool images_add(struct images *images, struct image_files *files, bool is_ewf);

// Finds the places of its pieces, once all surveys are there.
void image_lay_out(struct image *image);

// Whether its last file says that another follows.
bool image_goes_on(const struct image *image);

// Whether what is missing makes the places of what comes after it unknown.
bool image_is_vague(const struct image *image);

// Takes up bytes that could not be read, and puts all of them in order, those next to each other as
// one. Of too many the first ones are kept.
void image_add_damage(struct image *image, struct image_damage damage);
void image_merge_damages(struct image *image);

// Where the run of pieces ends that a place lies in; a place in none, or where none begins, is
// first moved to the next one. False when there is none.
bool image_run(const struct image *image, uint64_t *place, uint64_t *end);

// The stretch from `begin` to `end`, of one run; the numbers of the pieces that it lies in, of
// which the last is that of the piece for its head if it has one. Returns how many. It may be
// shorter than asked for.
size_t image_stretch(const struct image *image, uint64_t begin, uint64_t end,
                     struct image_stretch *stretch, size_t pieces[IMAGE_PARTS_MAX + 1]);

// Whether one of the images has this file.
bool images_have_file(const struct images *images, struct file_id id);

#endif
