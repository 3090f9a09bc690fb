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

struct hashes;

// With this many workers. NULL with errno set when memory or processes ran out.
struct hashes *hashes_new(size_t jobs);
void hashes_free(struct hashes *hashes);

// An input that can be opened again and seek.
struct hash_input {
    const char *path; // must outlive the hashes
    uint64_t size;
    uint64_t device; // with `file` what it is
    uint64_t file;
};

// Adds an input; *number is by what it is known from here on. False when memory ran out.
bool hashes_add(struct hashes *hashes, const struct hash_input *input, size_t *number);

// Goes on, at most for about `timeout` milliseconds. False when there is nothing more to do.
bool hashes_step(struct hashes *hashes, int timeout);

// False when the input has none: it could not be read, or was no longer what it had been.
bool hashes_get(const struct hashes *hashes, size_t number, uint8_t digest[SHA256_SIZE]);

#endif
