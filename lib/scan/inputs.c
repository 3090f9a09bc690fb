// SPDX-License-Identifier: GPL-3.0-or-later
#include "scan/inputs.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/file.h"
#include "scan/archive_kind.h"
#include "scan/image_files.h"

struct inputs {
    const char *const *paths;
    size_t count;
    size_t next;
    bool carve;
    FTS *walk;           // through the directory paths[next - 1]; NULL when in none
    bool has_found_logs; // in that directory, or what may be some
    size_t unknown;      // files in it that begin like nothing known
    bool has_failed;
    char **kept; // the paths handed out
    size_t kept_count;
    size_t kept_capacity;
};

struct inputs *inputs_new(const char *const *paths, size_t count, bool carve) {
    struct inputs *inputs = calloc(1, sizeof *inputs);
    if (inputs != NULL) {
        inputs->paths = paths;
        inputs->count = count;
        inputs->carve = carve;
    }
    return inputs;
}

void inputs_free(struct inputs *inputs) {
    if (inputs == NULL) {
        return;
    }
    if (inputs->walk != NULL) {
        (void)fts_close(inputs->walk);
    }
    for (size_t i = 0; i < inputs->kept_count; i++) {
        free(inputs->kept[i]);
    }
    free(inputs->kept);
    free(inputs);
}

bool inputs_failed(const struct inputs *inputs) {
    return inputs->has_failed;
}

// A copy of the path that lives as long as the inputs.
static const char *keep(struct inputs *inputs, const char *path) {
    char *copy = strdup(path);
    if (copy == NULL || !array_add(&inputs->kept, &inputs->kept_count, &inputs->kept_capacity,
                                   &copy, sizeof copy)) {
        inputs->has_failed = true;
        free(copy);
        return NULL;
    }
    return copy;
}

static bool hand_out(struct inputs *inputs, struct input *input, const struct input *found) {
    const char *kept = keep(inputs, found->path);
    if (kept == NULL) {
        if (found->fd >= 0) {
            (void)close(found->fd);
        }
        return false;
    }
    *input = *found;
    input->path = kept;
    return true;
}

static bool hand_out_unreadable(struct inputs *inputs, struct input *input, const char *path,
                                int error) {
    const struct input found = {
        .kind = INPUT_UNREADABLE, .path = path, .fd = -1, .system_error = error};
    return hand_out(inputs, input, &found);
}

// What the first bytes of a file are. A log has its signature, whatever else they look like.
struct look {
    bool is_log;
    bool is_archive;
};

static struct look look_into(int fd) {
    // Most are logs, of which the first bytes tell.
    enum { FIRST = 32 };
    uint8_t start[ARCHIVE_START_SIZE];
    size_t size = file_read(fd, 0, start, FIRST);
    bool is_log = archive_starts_like_log(start, size);
    if (!is_log) {
        size = file_read(fd, 0, start, sizeof start);
        is_log = archive_starts_like_log(start, size);
    }
    return (struct look){.is_log = is_log,
                         .is_archive = !is_log && archive_kind_of(start, size) != ARCHIVE_NONE};
}

// Forensic images

static bool was_handed_out(const struct inputs *inputs, const char *path) {
    for (size_t i = 0; i < inputs->kept_count; i++) {
        if (strcmp(inputs->kept[i], path) == 0) {
            return true;
        }
    }
    return false;
}

enum finding {
    FOUND_OTHER,  // no file of a forensic image
    FOUND_PART,   // of one that another file stands for, or that has been handed out
    FOUND_IMAGE,  // *input is that
    FOUND_FAILED, // memory ran out
};

// An image is looked for only where it can be read, or has a signature.
static enum image_kind kind_of_image(const struct inputs *inputs, int fd,
                                     const struct image_files *files) {
    uint8_t start[IMAGE_START_SIZE];
    enum image_kind kind = image_kind_of(start, file_read(fd, 0, start, sizeof start));
    return kind != IMAGE_NONE || !inputs->carve ? kind : image_files_kind(files);
}

// Whether a file is one of an image. The image's first file stands for it in a directory; of those
// that are named, the first of any.
static enum finding find_image(struct inputs *inputs, const char *path, int fd, bool is_named,
                               struct input *input) {
    struct image_files files = image_files_list(path, is_named);
    enum image_kind kind = files.has_failed ? IMAGE_NONE : kind_of_image(inputs, fd, &files);
    const char *first = files.count == 0 ? path : files.list[0].path;
    enum finding finding = FOUND_OTHER;
    inputs->has_failed = inputs->has_failed || files.has_failed;
    if (files.has_failed) {
        finding = FOUND_FAILED;
    } else if (kind != IMAGE_NONE) {
        bool is_part = is_named ? was_handed_out(inputs, first) : strcmp(first, path) != 0;
        const struct input found = {
            .kind = kind == IMAGE_UNKNOWN || !inputs->carve ? INPUT_NOT_CARVED : INPUT_IMAGE,
            .path = first,
            .fd = -1,
            .is_named = is_named,
            .reason = kind == IMAGE_UNKNOWN ? "an Ex01 or Lx01 image; convert it to E01 first"
                      : is_named            ? "a forensic image; --carve reads it"
                                            : "--carve reads it",
        };
        finding = is_part                           ? FOUND_PART
                  : hand_out(inputs, input, &found) ? FOUND_IMAGE
                                                    : FOUND_FAILED;
    }
    image_files_free(&files);
    return finding;
}

// Looks at one thing that the walk came upon. True when that is an input.
static bool visit(struct inputs *inputs, const FTSENT *entry, struct input *input) {
    switch (entry->fts_info) {
    case FTS_DNR:
    case FTS_ERR:
    case FTS_NS:
        // What cannot be looked into is not passed over.
        inputs->has_found_logs = true;
        return hand_out_unreadable(inputs, input, entry->fts_path, entry->fts_errno);
    case FTS_SL:
    case FTS_SLNONE:
        return hand_out(inputs, input,
                        &(struct input){.kind = INPUT_LINK, .path = entry->fts_path, .fd = -1});
    case FTS_F:
        break;
    default:
        return false;
    }
    int fd = open(entry->fts_path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW);
    if (fd < 0) {
        inputs->has_found_logs = true; // the same, of a file that may or may not be a log
        return hand_out_unreadable(inputs, input, entry->fts_path, errno);
    }
    enum finding finding = find_image(inputs, entry->fts_path, fd, false, input);
    if (finding != FOUND_OTHER) {
        (void)close(fd);
        inputs->has_found_logs = true; // what is not read is named
        return finding == FOUND_IMAGE;
    }
    const struct look look = look_into(fd);
    const struct input found = {
        .kind = look.is_archive ? INPUT_ARCHIVE : INPUT_OPEN, .path = entry->fts_path, .fd = fd};
    if (!inputs->carve && !look.is_log && !look.is_archive &&
        !archive_is_named_log(entry->fts_name)) {
        (void)close(fd);
        inputs->unknown++;
        return false;
    }
    inputs->has_found_logs = true;
    return hand_out(inputs, input, &found);
}

static bool end_without_log(struct inputs *inputs, struct input *input) {
    char reason[96] = "no EVTX log in this directory";
    if (inputs->unknown > 0) {
        (void)snprintf(reason, sizeof reason,
                       "no EVTX log in this directory: %zu file%s like nothing known",
                       inputs->unknown, inputs->unknown == 1 ? " begins" : "s begin");
    }
    const struct input nothing = {.kind = INPUT_NO_LOGS,
                                  .path = inputs->paths[inputs->next - 1],
                                  .fd = -1,
                                  .reason = keep(inputs, reason)};
    return !inputs->has_failed && hand_out(inputs, input, &nothing);
}

static bool walk_on(struct inputs *inputs, struct input *input) {
    for (const FTSENT *entry = fts_read(inputs->walk); entry != NULL;
         entry = fts_read(inputs->walk)) {
        if (visit(inputs, entry, input)) {
            return true;
        }
        if (inputs->has_failed) {
            return false;
        }
    }
    (void)fts_close(inputs->walk);
    inputs->walk = NULL;
    return !inputs->has_found_logs && end_without_log(inputs, input);
}

static bool start_walk(struct inputs *inputs, const char *path) {
    char *copy = strdup(path);
    char *const roots[] = {copy, NULL};
    inputs->has_found_logs = false;
    inputs->unknown = 0;
    // FTS_COMFOLLOW: a link that the user names is meant; a link found on the way is not followed.
    inputs->walk =
        copy == NULL ? NULL : fts_open(roots, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, NULL);
    free(copy);
    inputs->has_failed = inputs->walk == NULL;
    return inputs->walk != NULL;
}

int inputs_open_again(const char *path) {
    return strcmp(path, "-") == 0 ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
                                  : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
}

static bool open_path(struct inputs *inputs, const char *path, struct input *input) {
    struct input found = {.kind = INPUT_OPEN, .path = path, .is_named = true};
    struct stat status;
    found.fd = inputs_open_again(path);
    if (found.fd < 0) {
        return hand_out_unreadable(inputs, input, path, errno);
    }
    found.is_stream =
        fstat(found.fd, &status) != 0 || !(S_ISREG(status.st_mode) || S_ISBLK(status.st_mode));
    bool is_standard = strcmp(path, "-") == 0; // which has no files beside it
    enum finding finding = found.is_stream || is_standard
                               ? FOUND_OTHER
                               : find_image(inputs, path, found.fd, true, input);
    if (finding != FOUND_OTHER) {
        (void)close(found.fd);
        return finding == FOUND_IMAGE;
    }
    if (found.is_stream || is_standard || look_into(found.fd).is_archive) {
        found.kind = INPUT_ARCHIVE;
    }
    return hand_out(inputs, input, &found);
}

static bool is_directory(const char *path) {
    struct stat status;
    return strcmp(path, "-") != 0 && stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

bool inputs_next(struct inputs *inputs, struct input *input) {
    while (!inputs->has_failed) {
        if (inputs->walk != NULL) {
            if (walk_on(inputs, input)) {
                return true;
            }
            continue;
        }
        if (inputs->next == inputs->count) {
            return false;
        }
        const char *path = inputs->paths[inputs->next++];
        if (is_directory(path)) {
            (void)start_walk(inputs, path);
        } else if (open_path(inputs, path, input)) {
            return true;
        }
    }
    return false;
}
