// SPDX-License-Identifier: GPL-3.0-or-later
#include "scan/hashes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "scan/inputs.h"
#include "scan/pool.h"

struct entry {
    struct hash_input input;
    bool is_known;
    uint8_t digest[SHA256_SIZE];
};

struct hashes {
    struct pool *pool;
    struct entry *entries; // owned
    size_t count;
    size_t capacity;
    size_t next; // entry to be given to a worker
};

struct hashes *hashes_new(size_t jobs) {
    static const struct scanner_options options = {0};
    const struct scanner_task task = {.is_hashing = true};
    struct hashes *hashes = calloc(1, sizeof *hashes);
    if (hashes == NULL) {
        return NULL;
    }
    hashes->pool = pool_new(&task, &options, jobs);
    if (hashes->pool == NULL) {
        int error = errno;
        free(hashes);
        errno = error;
        return NULL;
    }
    return hashes;
}

void hashes_free(struct hashes *hashes) {
    if (hashes != NULL) {
        pool_free(hashes->pool);
        free(hashes->entries);
        free(hashes);
    }
}

bool hashes_add(struct hashes *hashes, const struct hash_input *input, struct input_hash *hash) {
    const struct entry entry = {.input = *input};
    hash->number = hashes->count;
    hash->is_added =
        array_add(&hashes->entries, &hashes->count, &hashes->capacity, &entry, sizeof entry);
    return hash->is_added;
}

// The input, if it still is what it was. Another may have taken its name.
static int open_same(const struct hash_input *input) {
    int fd = inputs_open_again(input->path);
    if (fd >= 0 && !file_id_same(file_id_of_fd(fd), input->id)) {
        (void)close(fd);
        fd = -1;
    }
    return fd;
}

static void give_next(struct hashes *hashes) {
    size_t number = hashes->next++;
    const struct hash_input *input = &hashes->entries[number].input;
    struct pool_job job = {.fd = open_same(input), .input = number};
    job.segment = (struct scan_segment){.end = input->size, .input_end = input->size};
    if (job.fd >= 0) {
        pool_give(hashes->pool, &job);
    }
}

bool hashes_step(struct hashes *hashes, int timeout) {
    struct pool_report report;
    while (hashes->next < hashes->count && pool_has_room(hashes->pool)) {
        give_next(hashes);
    }
    if (!pool_is_busy(hashes->pool)) {
        return false;
    }
    if (pool_take(hashes->pool, -1, timeout, &report) && report.kind == POOL_MESSAGE &&
        report.message.kind == MESSAGE_HASH) {
        struct entry *entry = &hashes->entries[report.input];
        memcpy(entry->digest, report.message.hash, sizeof entry->digest);
        entry->is_known = true;
    }
    return true;
}

bool hashes_get(const struct hashes *hashes, const struct input_hash *hash,
                uint8_t digest[SHA256_SIZE]) {
    const struct entry *entry = hash->is_added ? &hashes->entries[hash->number] : NULL;
    bool is_made = entry != NULL && entry->is_known;
    if (is_made || hash->is_told) {
        memcpy(digest, is_made ? entry->digest : hash->told, SHA256_SIZE);
    }
    return is_made || hash->is_told;
}
