// SPDX-License-Identifier: GPL-3.0-or-later
// Lines of text with a margin.
#include "out/block.h"

#include <stdio.h>
#include <string.h>

enum { LABEL_WIDTH = 11, DETAIL_WIDTH = 9, PREFIX_SIZE = WRAP_PREFIX_SIZE };

void block_begin(struct block *block, const char *label) {
    char first[PREFIX_SIZE];
    char next[PREFIX_SIZE];
    int step = (int)block->step;
    (void)snprintf(first, sizeof first, "%c %-*s %*s", block->mark, LABEL_WIDTH, label, step,
                   step > 0 ? "`- " : "");
    (void)snprintf(next, sizeof next, "  %-*c %*s", LABEL_WIDTH, block->bar, step, "");
    wrap_begin(&block->wrap, first, next);
    block->mark = ' ';
}

void block_begin_detail(struct block *block, const char *label) {
    char first[PREFIX_SIZE];
    char next[PREFIX_SIZE];
    int step = (int)block->step;
    (void)snprintf(first, sizeof first, "  %c %-*s %*s", block->bar, DETAIL_WIDTH, label, step, "");
    (void)snprintf(next, sizeof next, "  %c %-*s %*s", block->bar, DETAIL_WIDTH, "", step, "");
    wrap_begin(&block->wrap, first, next);
}

void block_add(struct block *block, const char *text) {
    wrap_add(&block->wrap, COLOUR_NONE, text);
}

void block_line(struct block *block, const char *label, enum wrap_colour colour,
                const char *value) {
    block_begin(block, label);
    wrap_add(&block->wrap, colour, value);
    wrap_end(&block->wrap);
}

void block_detail(struct block *block, const char *label, enum wrap_colour colour,
                  const char *value) {
    if (value != NULL) {
        block_begin_detail(block, label);
        wrap_add(&block->wrap, colour, value);
        wrap_end(&block->wrap);
    }
}

void block_note(struct block *block, const char *note) {
    block_detail(block, "", COLOUR_DOUBT, note);
}

void block_process(struct block *block, const char *label, enum wrap_colour colour,
                   const char *image, const char *pid) {
    block_begin(block, label);
    wrap_add(&block->wrap, colour, image == NULL ? "?" : image);
    if (pid != NULL) {
        struct buffer text = {0};
        buffer_printf(&text, "(pid %s)", pid);
        buffer_add_byte(&text, '\0');
        block->wrap.out->failed = block->wrap.out->failed || text.failed;
        wrap_add_unbroken(&block->wrap, COLOUR_NONE, text.failed ? "" : text.data);
        buffer_free(&text);
    }
    wrap_end(&block->wrap);
}

// A SHA256 just fits 80 columns.
void block_hashes(struct block *block, const char *hashes) {
    char label[DETAIL_WIDTH + 1];
    char hash[256];
    while (hashes != NULL && *hashes != '\0') {
        size_t size = strcspn(hashes, ",");
        size_t name = strcspn(hashes, "=,");
        if (name == size || name >= sizeof label || size - name > sizeof hash ||
            strspn(hashes, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != name) {
            block_detail(block, "hashes", COLOUR_NONE, hashes);
            return;
        }
        (void)snprintf(label, sizeof label, "%.*s", (int)name, hashes);
        (void)snprintf(hash, sizeof hash, "%.*s", (int)(size - name - 1), hashes + name + 1);
        block_detail(block, label, COLOUR_NONE, hash);
        hashes += size + (hashes[size] == ',');
    }
}
