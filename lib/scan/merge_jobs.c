// SPDX-License-Identifier: GPL-3.0-or-later
// The events files of a merge: opened once to be checked, and again in each pass.
#include "scan/merge_state.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"

bool merge_takes(const struct merge *merge, size_t number) {
    return merge->files[number].is_whole && merge->files[number].repeats == number;
}

uint64_t merge_bytes(const struct scan *scan) {
    uint64_t bytes = 0;
    for (size_t i = 0; i < scan->merge->count; i++) {
        bytes += merge_takes(scan->merge, i) ? scan->merge->files[i].size : 0;
    }
    return bytes;
}

// The number of a file that is new; SIZE_MAX when memory ran out.
static size_t add_file(struct merge *merge, const struct input *input, const struct stat *status) {
    const struct events_file file = {.path = input->path,
                                     .is_named = input->is_named,
                                     .id = file_id_of(status),
                                     .size = (uint64_t)status->st_size};
    return array_add(&merge->files, &merge->count, &merge->capacity, &file, sizeof file)
               ? merge->count - 1
               : SIZE_MAX;
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
    if (fd >= 0 && (fstat(fd, &status) != 0 || !file_id_same(file_id_of(&status), file->id) ||
                    (uint64_t)status.st_size != file->size)) {
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
        if (!merge_takes(merge, number)) {
            continue;
        }
        merge->next = scan->pass == PASS_SETTINGS ? merge->count : merge->next;
        int fd = open_again(file);
        if (fd >= 0) {
            make_job(merge, number, fd, job);
            return true;
        }
        merge_add_problem(scan, file,
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
