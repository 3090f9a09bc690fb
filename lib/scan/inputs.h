// SPDX-License-Identifier: GPL-3.0-or-later
// Which files to read: the paths given, directories walked.
#ifndef EVTXSEQ_INPUTS_H
#define EVTXSEQ_INPUTS_H

#include <stdbool.h>
#include <stddef.h>

struct inputs;

enum input_kind {
    INPUT_OPEN,       // to be read from `fd`, where it can seek
    INPUT_ARCHIVE,    // to be opened from `fd`: an archive, or a stream, which may be one
    INPUT_IMAGE,      // a forensic image, to be carved; its path is that of its first file
    INPUT_NOT_CARVED, // the same where it is not to be, or cannot; `reason` says more
    INPUT_UNREADABLE, // system_error says why
    INPUT_NO_LOGS,    // a directory in which there was nothing to read; `reason` says more
    INPUT_LINK,       // a symbolic link in a directory
};

struct input {
    enum input_kind kind;
    const char *path; // "-" for standard input; owned by struct inputs
    int fd;           // the caller's to close
    bool is_stream;   // cannot seek
    bool is_named;    // among the paths; else come upon in a directory
    int system_error;
    const char *reason; // owned by struct inputs
};

// The paths must stay as long as there is a next input; those handed out are copies. With `carve`,
// every regular file in a directory is an input. NULL when memory ran out.
struct inputs *inputs_new(const char *const *paths, size_t count, bool carve);
void inputs_free(struct inputs *inputs);

// The next input. Of a directory come the regular files in it, at any depth, that are named *.evtx
// in any case, start with an EVTX file's signature, or are archives or forensic images by their
// first bytes; links in it are not followed. An image comes once, for its first file. Order is that
// of the paths, and of no meaning within a directory. False when there are no more, or memory ran
// out, which inputs_failed() tells.
bool inputs_next(struct inputs *inputs, struct input *input);
bool inputs_failed(const struct inputs *inputs);

// Opens an input once more by the path that it was handed out with. -1 with errno set when that
// fails.
int inputs_open_again(const char *path);

#endif
