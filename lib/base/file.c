// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/file.h"

#include <errno.h>
#include <unistd.h>

size_t file_read(int fd, uint64_t offset, void *to, size_t size) {
    size_t have = 0;
    while (have < size) {
        ssize_t count = pread(fd, (char *)to + have, size - have, (off_t)(offset + have));
        if (count == 0) {
            errno = 0;
        }
        if (count == 0 || (count < 0 && errno != EINTR)) {
            break;
        }
        have += count < 0 ? 0 : (size_t)count;
    }
    return have;
}
