// SPDX-License-Identifier: GPL-3.0-or-later
#include "scan/vouched.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

struct entry {
    char *content; // NULL for none
    size_t size;   // bytes
    uint64_t hash;
    size_t count; // of workers that have vouched, at most VOUCHERS_NEEDED
    uint64_t workers[VOUCHERS_NEEDED];
};

struct vouched {
    struct entry entries[VOUCHED_MAX];
    size_t next; // where to look for room first
};

struct vouched *vouched_new(void) {
    return calloc(1, sizeof(struct vouched));
}

void vouched_free(struct vouched *vouched) {
    if (vouched != NULL) {
        for (size_t i = 0; i < VOUCHED_MAX; i++) {
            free(vouched->entries[i].content);
        }
        free(vouched);
    }
}

static struct entry *find(struct vouched *vouched, const char *content, size_t size,
                          uint64_t hash) {
    for (size_t i = 0; i < VOUCHED_MAX; i++) {
        struct entry *entry = &vouched->entries[i];
        if (entry->hash == hash && entry->size == size &&
            memcmp(entry->content, content, size) == 0) {
            return entry;
        }
    }
    return NULL;
}

// In place of one that is not yet believed. NULL when there is no room, or no memory.
static struct entry *put(struct vouched *vouched, const char *content, size_t size, uint64_t hash) {
    for (size_t tries = 0; tries < VOUCHED_MAX; tries++) {
        struct entry *entry = &vouched->entries[vouched->next++ % VOUCHED_MAX];
        if (entry->count == VOUCHERS_NEEDED) {
            continue;
        }
        free(entry->content);
        *entry = (struct entry){.content = malloc(size)};
        if (entry->content == NULL) {
            return NULL;
        }
        memcpy(entry->content, content, size);
        entry->size = size;
        entry->hash = hash;
        return entry;
    }
    return NULL;
}

static bool has_vouched(const struct entry *entry, uint64_t worker) {
    for (size_t i = 0; i < entry->count; i++) {
        if (entry->workers[i] == worker) {
            return true;
        }
    }
    return false;
}

bool vouched_add(struct vouched *vouched, const char *content, size_t size, uint64_t worker) {
    uint64_t hash = hash_words(0, content, size);
    struct entry *entry = find(vouched, content, size, hash);
    entry = entry == NULL ? put(vouched, content, size, hash) : entry;
    if (entry == NULL || entry->count == VOUCHERS_NEEDED || has_vouched(entry, worker)) {
        return false;
    }
    entry->workers[entry->count++] = worker;
    return entry->count == VOUCHERS_NEEDED;
}
