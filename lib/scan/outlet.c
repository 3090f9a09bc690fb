// SPDX-License-Identifier: GPL-3.0-or-later
#include "scan/outlet.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
    LENT_MAX = 128 << 10, // bytes at a time
    LENT_MIN = 16 << 10,  // fewer are quicker copied, and would take a page of the pipe for each
    COPIED_MIN = 1 << 20, // pages for a log of no more would cost more than they save
    // A page is filled again when at least as much has been lent after it as the pipe has room for,
    // so that it has been read. Of the rest, one part may be left out at the end of the pages, and
    // the other is being filled.
    PAGES_SIZE = OUTLET_PIPE_SIZE + 2 * LENT_MAX,
};

void outlet_open(struct outlet *outlet, int fd, size_t pipe_size) {
    *outlet = (struct outlet){.fd = fd, .may_lend = pipe_size <= OUTLET_PIPE_SIZE};
}

static void take_pages(struct outlet *outlet) {
    void *pages =
        mmap(NULL, PAGES_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    outlet->pages = pages == MAP_FAILED ? NULL : pages;
    outlet->may_lend = outlet->pages != NULL;
}

static void drop_pages(struct outlet *outlet) {
    if (outlet->pages != NULL) {
        (void)munmap(outlet->pages, PAGES_SIZE); // those in the pipe stay there until they are read
        outlet->pages = NULL;
        outlet->may_lend = false;
    }
}

void outlet_close(struct outlet *outlet) {
    drop_pages(outlet);
    (void)close(outlet->fd);
}

static bool send_copy(const struct outlet *outlet, const uint8_t *data, size_t size) {
    size_t sent = 0;
    while (sent < size) {
        ssize_t count = write(outlet->fd, data + sent, size - sent);
        if (count < 0 && errno != EINTR) {
            return false;
        }
        sent += count < 0 ? 0 : (size_t)count;
    }
    return true;
}

// Takes pages for the bytes and fills them.
static struct iovec fill_pages(struct outlet *outlet, const uint8_t *data, size_t size) {
    size_t page = (size_t)getpagesize();
    struct iovec filled = {.iov_base = outlet->pages + outlet->next, .iov_len = size};
    memcpy(filled.iov_base, data, size);
    outlet->next += (size + page - 1) / page * page;
    if (outlet->next > PAGES_SIZE - LENT_MAX) {
        outlet->next = 0;
    }
    return filled;
}

// A system that has pipes need not have this.
static bool lend(struct outlet *outlet, const uint8_t *data, size_t size) {
    struct iovec rest = fill_pages(outlet, data, size);
    while (rest.iov_len > 0) {
        ssize_t count = vmsplice(outlet->fd, &rest, 1, 0);
        if (count < 0 && errno != EINTR) {
            drop_pages(outlet);
            return send_copy(outlet, data + size - rest.iov_len, rest.iov_len);
        }
        size_t sent = count < 0 ? 0 : (size_t)count;
        rest = (struct iovec){.iov_base = (uint8_t *)rest.iov_base + sent,
                              .iov_len = rest.iov_len - sent};
    }
    return true;
}

static bool send_part(struct outlet *outlet, const uint8_t *data, size_t size) {
    if (outlet->may_lend && outlet->copied >= COPIED_MIN && outlet->pages == NULL) {
        take_pages(outlet);
    }
    if (outlet->pages != NULL && size >= LENT_MIN) {
        return lend(outlet, data, size);
    }
    outlet->copied += outlet->pages == NULL ? size : 0;
    return send_copy(outlet, data, size);
}

bool outlet_send(struct outlet *outlet, const uint8_t *data, size_t size) {
    size_t sent = 0;
    while (sent < size) {
        size_t part = size - sent < LENT_MAX ? size - sent : LENT_MAX;
        if (!send_part(outlet, data + sent, part)) {
            return false;
        }
        sent += part;
    }
    return true;
}
