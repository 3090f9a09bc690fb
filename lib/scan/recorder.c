// SPDX-License-Identifier: GPL-3.0-or-later
#include "scan/recorder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/array.h"
#include "base/file.h"
#include "base/order.h"

// A packed block.
struct block {
    size_t input;
    uint64_t begin; // of its job
    uint64_t at;    // in the file
    uint32_t size;
    uint32_t number; // that the input has in the events file
};

// A job that is under way.
struct job {
    size_t input;
    uint64_t begin;
    struct buffer content; // not yet packed
};

struct recorder {
    int fd;
    uint64_t size; // of the file
    uint64_t events;
    struct events_packer *packer;
    struct buffer packed;
    struct job *jobs; // owned
    size_t job_count;
    size_t job_capacity;
    struct block *blocks; // in the order of the file; owned
    size_t block_count;
    size_t block_capacity;
};

// A file without a name, or one that loses its name at once where the file system has no such.
static int open_unnamed(const char *directory) {
    char path[4096];
    int fd = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT)) {
        return fd;
    }
    if (snprintf(path, sizeof path, "%s/evtxseq.XXXXXX", directory) >= (int)sizeof path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0) {
        (void)unlink(path);
    }
    return fd;
}

struct recorder *recorder_new(const char *directory) {
    struct recorder *recorder = calloc(1, sizeof *recorder);
    if (recorder == NULL) {
        return NULL;
    }
    recorder->fd = open_unnamed(directory);
    recorder->packer = recorder->fd < 0 ? NULL : events_packer_new();
    if (recorder->packer == NULL) {
        int error = errno;
        recorder_free(recorder);
        errno = error;
        return NULL;
    }
    return recorder;
}

void recorder_free(struct recorder *recorder) {
    if (recorder == NULL) {
        return;
    }
    if (recorder->fd >= 0) {
        (void)close(recorder->fd);
    }
    for (size_t i = 0; i < recorder->job_count; i++) {
        buffer_free(&recorder->jobs[i].content);
    }
    events_packer_free(recorder->packer);
    buffer_free(&recorder->packed);
    free(recorder->jobs);
    free(recorder->blocks);
    free(recorder);
}

uint64_t recorder_event_count(const struct recorder *recorder) {
    return recorder->events;
}

static bool write_all(int fd, const char *bytes, size_t size, uint64_t at) {
    size_t done = 0;
    while (done < size) {
        ssize_t count = pwrite(fd, bytes + done, size - done, (off_t)(at + done));
        if (count < 0 && errno != EINTR) {
            return false;
        }
        done += count < 0 ? 0 : (size_t)count;
    }
    return true;
}

static bool add_block(struct recorder *recorder, const struct job *job, size_t size) {
    const struct block block = {
        .input = job->input, .begin = job->begin, .at = recorder->size, .size = (uint32_t)size};
    return array_add(&recorder->blocks, &recorder->block_count, &recorder->block_capacity, &block,
                     sizeof block);
}

// Packs what the job has come to so far.
static bool pack(struct recorder *recorder, struct job *job) {
    struct buffer *packed = &recorder->packed;
    buffer_clear(packed);
    if (!events_pack(recorder->packer, EVENTS_INPUT, 0, job->content.data, job->content.size,
                     packed) ||
        !add_block(recorder, job, packed->size)) {
        errno = ENOMEM;
        return false;
    }
    buffer_clear(&job->content);
    if (!write_all(recorder->fd, packed->data, packed->size, recorder->size)) {
        return false;
    }
    recorder->size += packed->size;
    return true;
}

static struct job *find_job(struct recorder *recorder, size_t input, uint64_t begin) {
    for (size_t i = 0; i < recorder->job_count; i++) {
        struct job *job = &recorder->jobs[i];
        if (job->input == input && job->begin == begin) {
            return job;
        }
    }
    return NULL;
}

// The job, which is taken up if it is new. NULL when memory ran out.
static struct job *take_up(struct recorder *recorder, size_t input, uint64_t begin) {
    const struct job added = {.input = input, .begin = begin};
    struct job *job = find_job(recorder, input, begin);
    if (job == NULL && array_add(&recorder->jobs, &recorder->job_count, &recorder->job_capacity,
                                 &added, sizeof added)) {
        job = &recorder->jobs[recorder->job_count - 1];
    }
    return job;
}

bool recorder_add(struct recorder *recorder, size_t input, uint64_t begin,
                  const struct message *message) {
    struct job *job = take_up(recorder, input, begin);
    if (job == NULL) {
        return false;
    }
    message_add_again(&job->content, message);
    recorder->events += message->kind == MESSAGE_EVENT;
    if (job->content.failed) {
        errno = ENOMEM;
        return false;
    }
    return job->content.size < EVENTS_CONTENT_FULL || pack(recorder, job);
}

bool recorder_end_job(struct recorder *recorder, size_t input, uint64_t begin) {
    struct job *job = find_job(recorder, input, begin);
    if (job == NULL) {
        return true;
    }
    bool ok = job->content.size == 0 || pack(recorder, job);
    buffer_free(&job->content);
    *job = recorder->jobs[--recorder->job_count];
    return ok;
}

// Writing

static int compare_blocks(const void *left, const void *right) {
    const struct block *a = left;
    const struct block *b = right;
    int result = order_numbers(a->number, b->number);
    result = result != 0 ? result : order_numbers(a->begin, b->begin);
    return result != 0 ? result : order_numbers(a->at, b->at); // those of one job are in order
}

static bool write_block(struct recorder *recorder, const struct block *block,
                        struct events_writer *writer) {
    buffer_clear(&recorder->packed);
    char *bytes = buffer_reserve(&recorder->packed, block->size);
    if (bytes == NULL) {
        errno = ENOMEM;
        return false;
    }
    if (file_read(recorder->fd, block->at, bytes, block->size) != block->size) {
        errno = errno == 0 ? EIO : errno;
        return false;
    }
    events_set_input((uint8_t *)bytes, block->number);
    events_write(writer, bytes, block->size);
    return true;
}

bool recorder_write(struct recorder *recorder, const uint32_t *numbers,
                    struct events_writer *writer) {
    for (size_t i = 0; i < recorder->block_count; i++) {
        recorder->blocks[i].number = numbers[recorder->blocks[i].input];
    }
    array_sort(recorder->blocks, recorder->block_count, sizeof *recorder->blocks, compare_blocks);
    for (size_t i = 0; i < recorder->block_count; i++) {
        if (!write_block(recorder, &recorder->blocks[i], writer)) {
            return false;
        }
    }
    return true;
}
