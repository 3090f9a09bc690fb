// SPDX-License-Identifier: GPL-3.0-or-later
// The SHA-256 of inputs, in worker processes of their own, beside those that scan.
//
// Hashing takes as long as scanning, or longer, and an input's hash has to be made in one go, so it
// is done by others than scan; the kernel shares the processors out among all. And a process that
// decodes a log may have been taken over by it: these decode nothing, so their word can be taken.
#ifndef EVTXSEQ_HASHES_H
#define EVTXSEQ_HASHES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/sha256.h"
#include "scan/file_id.h"

struct hashes;

// With this many workers. NULL with errno set when memory or processes ran out.
struct hashes *hashes_new(size_t jobs);
void hashes_free(struct hashes *hashes);

// An input that can be opened again and seek.
struct hash_input {
    const char *path; // must outlive the hashes
    uint64_t size;
    struct file_id id;
};

// What an input's hash is known by. All zero: it has none.
struct input_hash {
    bool is_added; // to the hashes, as the one of this number
    size_t number;
    bool is_told; // by an events file
    uint8_t told[SHA256_SIZE];
};

// Adds an input. False when memory ran out.
bool hashes_add(struct hashes *hashes, const struct hash_input *input, struct input_hash *hash);

// Goes on, at most for about `timeout` milliseconds. False when there is nothing more to do.
bool hashes_step(struct hashes *hashes, int timeout);

// False when the input has none: it could not be read, or was no longer what it had been.
bool hashes_get(const struct hashes *hashes, const struct input_hash *hash,
                uint8_t digest[SHA256_SIZE]);

#endif
