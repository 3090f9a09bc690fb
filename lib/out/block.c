// SPDX-License-Identifier: GPL-3.0-or-later
// Lines of text with a margin.
#include "out/block.h"

#include <string.h>

enum { LABEL_WIDTH = 11, DETAIL_WIDTH = 9 };

// What a line begins with. Put together by hand: printf() would take most of the time of all text.
struct prefix {
    char text[WRAP_PREFIX_SIZE];
    size_t size;
};

// Adds as much of the text as there is room for, and blanks up to the width.
static void add(struct prefix *prefix, const char *text, size_t width) {
    size_t room = sizeof prefix->text - 1 - prefix->size;
    size_t size = strnlen(text, room);
    width = width < size ? size : width < room ? width : room;
    memcpy(prefix->text + prefix->size, text, size);
    memset(prefix->text + prefix->size + size, ' ', width - size);
    prefix->size += width;
    prefix->text[prefix->size] = '\0';
}

void block_begin(struct block *block, const char *label) {
    static const char branch[] = "`- ";
    const size_t branch_size = sizeof branch - 1;
    struct prefix first = {.size = 0};
    struct prefix next = {.size = 0};
    add(&first, (const char[]){block->mark, ' ', '\0'}, 2);
    add(&first, label, LABEL_WIDTH);
    add(&first, " ", 1);
    if (block->step > 0) {
        add(&first, "", block->step - branch_size);
        add(&first, branch, branch_size);
    }
    add(&next, (const char[]){' ', ' ', block->bar, '\0'}, 2 + LABEL_WIDTH + 1 + block->step);
    wrap_begin(&block->wrap, first.text, next.text);
    block->mark = ' ';
}

void block_begin_detail(struct block *block, const char *label) {
    const char bar[] = {' ', ' ', block->bar, ' ', '\0'};
    struct prefix first = {.size = 0};
    struct prefix next = {.size = 0};
    add(&first, bar, 4);
    add(&first, label, DETAIL_WIDTH);
    add(&first, "", 1 + block->step);
    add(&next, bar, 4 + DETAIL_WIDTH + 1 + block->step);
    wrap_begin(&block->wrap, first.text, next.text);
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
        buffer_add_text(&text, "(pid ");
        buffer_add_text(&text, pid);
        buffer_add(&text, ")", sizeof ")");
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
        memcpy(label, hashes, name);
        label[name] = '\0';
        memcpy(hash, hashes + name + 1, size - name - 1);
        hash[size - name - 1] = '\0';
        block_detail(block, label, COLOUR_NONE, hash);
        hashes += size + (hashes[size] == ',');
    }
}
