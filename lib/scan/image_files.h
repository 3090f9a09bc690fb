// SPDX-License-Identifier: GPL-3.0-or-later
// The files that a forensic image lies in, told by their names: case.E01, case.E02 ... case.E99,
// case.EAA ... case.FAA ..., the same with L and S, and case.001, case.002 ... of a raw image. An
// image whose files have other names is one file.
#ifndef EVTXSEQ_IMAGE_FILES_H
#define EVTXSEQ_IMAGE_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum image_kind {
    IMAGE_NONE,
    IMAGE_EWF,
    IMAGE_RAW,     // in parts; one that is whole is a file as any
    IMAGE_UNKNOWN, // Ex01 or Lx01, which libewf does not read
};

// So many bytes at the start of a file tell.
enum { IMAGE_START_SIZE = 29 };

// NONE or one of the formats that have a signature; EWF also where that is damaged and the first
// section stands where it should.
enum image_kind image_kind_of(const uint8_t *start, size_t size);

// Whether the path ends as that of a file in libewf's formats does, in digits: E01, L02, s03.
bool image_is_named_so(const char *path);

struct image_file {
    char *path; // owned
    unsigned number;
};

struct image_files {
    struct image_file *list; // by number; owned
    size_t count;
    size_t capacity;
    bool has_failed; // memory ran out
};

// Lists the files of the image that the path, an existing file, is one of; those that are symbolic
// links only with `links`, but for the path itself.
struct image_files image_files_list(const char *path, bool links);
void image_files_free(struct image_files *files);

// What image the path is a file of, by the names and first bytes of all of its files; NONE where it
// is a file of its own.
enum image_kind image_files_kind(const struct image_files *files);

#endif
