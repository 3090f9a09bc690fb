// SPDX-License-Identifier: GPL-3.0-or-later
#include "scan/listing.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <nettle/sha2.h>

#include "base/array.h"
#include "base/bytes.h"
#include "base/file.h"
#include "evtx/log_header.h"

// The header of a log and that of its first chunk, which has a checksum of what is in the chunk:
// two machines often have logs of one path and size.
enum { START_SIZE = LOG_HEADER_SIZE + 512 };

struct entry {
    struct input input; // that was open, or will be
    uint64_t size;
    struct file_id id;
    uint8_t start[SHA256_SIZE]; // of its first bytes
};

struct listing {
    struct entry *list;
    size_t count;
    size_t capacity;
    struct stretch share; // what is read of the row
    uint32_t shares;
    uint64_t total;
    size_t next;
    uint64_t place; // of that one in the row
};

static void hash_start(int fd, uint8_t digest[SHA256_SIZE]) {
    uint8_t start[START_SIZE];
    sha256_of(start, fd < 0 ? 0 : file_read(fd, 0, start, sizeof start), digest);
}

static bool add(struct listing *listing, const struct input *input) {
    struct entry entry = {.input = *input};
    if (input->fd >= 0 && !input->is_stream) {
        off_t size = lseek(input->fd, 0, SEEK_END);
        entry.size = size < 0 ? 0 : (uint64_t)size;
        hash_start(input->fd, entry.start);
        entry.id = file_id_of_fd(input->fd);
    }
    entry.input.fd = -1;
    return array_add(&listing->list, &listing->count, &listing->capacity, &entry, sizeof entry);
}

// A path may be given twice, and be in a directory besides.
static int compare(const void *left, const void *right) {
    const struct entry *a = left;
    const struct entry *b = right;
    int result = strcmp(a->input.path, b->input.path);
    result = result != 0 ? result : (int)a->input.kind - (int)b->input.kind;
    return result != 0 ? result : (int)a->input.is_named - (int)b->input.is_named;
}

static bool list_all(struct listing *listing, struct inputs *inputs) {
    struct input input;
    bool ok = true;
    while (ok && inputs_next(inputs, &input)) {
        ok = add(listing, &input);
        if (input.fd >= 0) {
            (void)close(input.fd);
        }
    }
    return ok && !inputs_failed(inputs);
}

// Of sizes that are no real ones the sum may not fit; then shares are unequal, no more.
static uint64_t add_sizes(uint64_t sum, uint64_t size) {
    return sum > UINT64_MAX - size ? UINT64_MAX : sum + size;
}

struct listing *listing_new(struct inputs *inputs, struct share share) {
    struct listing *listing = calloc(1, sizeof *listing);
    if (listing == NULL || !list_all(listing, inputs)) {
        listing_free(listing);
        return NULL;
    }
    array_sort(listing->list, listing->count, sizeof *listing->list, compare);
    for (size_t i = 0; i < listing->count; i++) {
        listing->total = add_sizes(listing->total, listing->list[i].size);
    }
    listing->share = share_stretch(share, listing->total);
    listing->shares = share.count;
    return listing;
}

void listing_free(struct listing *listing) {
    if (listing != NULL) {
        free(listing->list);
        free(listing);
    }
}

// What is in its place again, open. It may have gone meanwhile.
static struct input reopened(const struct entry *entry) {
    struct input input = entry->input;
    if (input.kind == INPUT_OPEN || input.kind == INPUT_ARCHIVE) {
        input.fd = inputs_open_again(input.path);
        if (input.fd < 0) {
            input.kind = INPUT_UNREADABLE;
            input.system_error = errno;
        }
    }
    return input;
}

bool listing_next(struct listing *listing, struct listed *listed) {
    while (listing->next < listing->count) {
        const struct entry *entry = &listing->list[listing->next++];
        uint64_t place = listing->place;
        listing->place = add_sizes(place, entry->size);
        *listed = (struct listed){
            .number = (uint32_t)(listing->next - 1),
            .is_begun = stretch_holds(listing->share, place),
            .own = stretch_within(listing->share, place, entry->size),
        };
        if (listed->is_begun || listed->own.begin < listed->own.end) {
            listed->input = reopened(entry);
            return true;
        }
    }
    return false;
}

uint64_t listing_bytes(const struct listing *listing) {
    struct stretch own = stretch_within(listing->share, 0, listing->total);
    return own.end - own.begin;
}

bool listing_has_file(const struct listing *listing, struct file_id id) {
    for (size_t i = 0; i < listing->count; i++) {
        if (file_id_same(listing->list[i].id, id)) {
            return true;
        }
    }
    return false;
}

static void hash_number(struct sha256_ctx *context, uint64_t number) {
    uint8_t bytes[sizeof number];
    bytes_put_u64(bytes, number);
    sha256_update(context, sizeof bytes, bytes);
}

void listing_hash(const struct listing *listing, uint8_t digest[SHA256_SIZE]) {
    struct sha256_ctx context;
    sha256_init(&context);
    hash_number(&context, listing->shares);
    for (size_t i = 0; i < listing->count; i++) {
        const struct entry *entry = &listing->list[i];
        sha256_update(&context, strlen(entry->input.path) + 1, (const uint8_t *)entry->input.path);
        hash_number(&context, (uint64_t)entry->input.kind);
        hash_number(&context, entry->size);
        sha256_update(&context, sizeof entry->start, entry->start);
    }
    sha256_digest(&context, SHA256_SIZE, digest);
}
