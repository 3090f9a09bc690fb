// SPDX-License-Identifier: GPL-3.0-or-later
// Fuzz target: the reader of case files, and the EVTX writer that it feeds. The input is a case
// file.
//
// The reader ends the program where a case is wrong. Here its die() and read_file() are others (the
// linker's --wrap): a wrong case jumps back, and what it had allocated is freed.
#include "../tests/case.h"

#include <setjmp.h>
#include <stdio.h>

#include <sanitizer/allocator_interface.h>

#include "../tests/xmem.h"
#include "fuzz.h"

enum { BLOCKS_MAX = 1 << 20 };

// What has been allocated since the input was begun.
struct blocks {
    bool is_open;
    size_t count;
    void *list[BLOCKS_MAX];
};

struct target {
    jmp_buf wrong;
    const uint8_t *data;
    size_t size;
    struct blocks blocks;
};

static struct target *the_target(void) {
    static struct target target;
    return &target;
}

static void on_malloc(const volatile void *block, size_t size) {
    struct blocks *blocks = &the_target()->blocks;
    (void)size;
    if (blocks->is_open && blocks->count < BLOCKS_MAX) {
        blocks->list[blocks->count++] = (void *)block;
    }
}

static void on_free(const volatile void *block) {
    struct blocks *blocks = &the_target()->blocks;
    for (size_t i = blocks->is_open ? blocks->count : 0; i > 0; i--) {
        if (blocks->list[i - 1] == block) {
            blocks->list[i - 1] = blocks->list[--blocks->count];
            return;
        }
    }
}

// The names are the linker's choice.
// NOLINTBEGIN(bugprone-reserved-identifier,readability-non-const-parameter)
_Noreturn void __wrap_die(const char *format, ...);
char *__wrap_read_file(const char *path, size_t *size);

void __wrap_die(const char *format, ...) {
    (void)format;
    longjmp(the_target()->wrong, 1);
}

char *__wrap_read_file(const char *path, size_t *size) {
    const struct target *target = the_target();
    (void)path;
    (void)size;
    return xstrndup((const char *)target->data, target->size);
}
// NOLINTEND(bugprone-reserved-identifier,readability-non-const-parameter)

static void free_blocks(struct blocks *blocks) {
    blocks->is_open = false;
    for (size_t i = 0; i < blocks->count; i++) {
        free(blocks->list[i]);
    }
    blocks->count = 0;
}

// Whether the case may ask for millions of events, which take long and tell nothing.
static bool has_filler(const uint8_t *data, size_t size) {
    return memmem(data, size, "filler", 6) != NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct target *target = the_target();
    static bool is_hooked;
    if (!is_hooked) {
        is_hooked = __sanitizer_install_malloc_and_free_hooks(on_malloc, on_free) != 0;
        must(is_hooked);
    }
    if (has_filler(data, size)) {
        return -1;
    }
    target->data = data;
    target->size = size;
    target->blocks.is_open = true;
    if (setjmp(target->wrong) == 0) {
        struct test_case *test = case_read("input.case");
        case_free(test);
        target->blocks.is_open = false;
        must(target->blocks.count == 0);
    } else {
        free_blocks(&target->blocks);
    }
    return 0;
}
