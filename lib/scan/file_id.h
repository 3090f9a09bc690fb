// SPDX-License-Identifier: GPL-3.0-or-later
// What a file is, whatever its path.
#ifndef EVTXSEQ_FILE_ID_H
#define EVTXSEQ_FILE_ID_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

// All zero where it is not known: the same as no other.
struct file_id {
    uint64_t device;
    uint64_t number; // on it
};

static inline struct file_id file_id_of(const struct stat *status) {
    return (struct file_id){status->st_dev, status->st_ino};
}

static inline struct file_id file_id_of_fd(int fd) {
    struct stat status;
    return fstat(fd, &status) == 0 ? file_id_of(&status) : (struct file_id){0};
}

static inline bool file_id_same(struct file_id a, struct file_id b) {
    return a.number != 0 && a.number == b.number && a.device == b.device;
}

#endif
