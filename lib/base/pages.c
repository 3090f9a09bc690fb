// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/pages.h"

#include <sys/mman.h>

void *pages_new(size_t size) {
    void *pages = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return pages == MAP_FAILED ? NULL : pages;
}

void pages_free(void *pages, size_t size) {
    if (pages != NULL) {
        (void)munmap(pages, size);
    }
}
