// SPDX-License-Identifier: GPL-3.0-or-later
// The archives among the inputs of a run, and what has been found in each.
#ifndef EVTXSEQ_ARCHIVES_H
#define EVTXSEQ_ARCHIVES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "scan/file_id.h"
#include "scan/hashes.h"

struct archive_input {
    const char *path; // not owned
    bool is_named;    // by the user; else come upon in a directory
    bool is_once;     // cannot be read again, as a pipe cannot
    bool is_image;    // a file of a forensic image that an events file has told of
    struct file_id id;
    uint64_t size; // bytes; 0 when that is not known
    struct input_hash hash;
    size_t *members; // numbers of the sources that its logs are, in order; owned
    size_t member_count;
    size_t member_capacity;
    size_t next;     // member to come in a later pass
    size_t troubles; // that have been named
};

struct archives {
    struct archive_input *list; // owned
    size_t count;
    size_t capacity;
    struct arena paths; // of members
};

void archives_free(struct archives *archives);

// Adds one. False when memory ran out, here and below.
bool archives_add(struct archives *archives, const struct archive_input *archive);
bool archives_add_member(struct archives *archives, size_t archive, size_t source);

// The path of what is in an archive, PATH!/NAME, or of the input itself where the name is empty;
// valid as long as the archives. NULL when memory ran out.
const char *archives_path(struct archives *archives, size_t archive, const char *name);

// Whether one of them is this file.
bool archives_have_file(const struct archives *archives, struct file_id id);

// Whether that is the path.
bool archives_path_is(const struct archives *archives, size_t archive, const char *name,
                      const char *path);

#endif
