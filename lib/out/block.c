// SPDX-License-Identifier: GPL-3.0-or-later
#include "out/block.h"

#include <string.h>

enum { LABEL_WIDTH = 11, DETAIL_WIDTH = 9 };

// What a line begins with. Put together by hand: printf() would take most of the time of all text.
struct prefix {
    char text[WRAP_PREFIX_SIZE];
    size_t size;
};

// Adds as much of the text as there is room for, and blanks up to the column.
static void add(struct prefix *prefix, const char *text, size_t size, size_t column) {
    const size_t most = sizeof prefix->text - 1;
    size = size < most - prefix->size ? size : most - prefix->size;
    memcpy(prefix->text + prefix->size, text, size);
    prefix->size += size;
    column = column < most ? column : most;
    if (prefix->size < column) {
        memset(prefix->text + prefix->size, ' ', column - prefix->size);
        prefix->size = column;
    }
    prefix->text[prefix->size] = '\0';
}

// Begins a line, which goes on in others below this column of its label, if lines are broken.
static void begin(struct block *block, const char *first, size_t column) {
    struct prefix next;
    next.size = 0;
    if (block->wrap.width > 0) {
        add(&next, "", 0, 2);
        add(&next, &block->bar, 1, column + block->step);
    }
    wrap_begin(&block->wrap, first, next.size == 0 ? "" : next.text);
}

void block_begin(struct block *block, const char *label) {
    static const char branch[] = "`- ";
    const size_t branch_size = block->step > 0 ? sizeof branch - 1 : 0;
    const size_t column = 2 + LABEL_WIDTH + 1;
    struct prefix first;
    first.size = 0;
    add(&first, &block->mark, 1, 2);
    add(&first, label, strlen(label), column - 1);
    add(&first, " ", 1, first.size + 1 + block->step - branch_size);
    add(&first, branch, branch_size, 0);
    begin(block, first.text, column);
    block->mark = ' ';
}

void block_begin_detail(struct block *block, const char *label) {
    const size_t column = 4 + DETAIL_WIDTH + 1;
    struct prefix first;
    first.size = 0;
    add(&first, "", 0, 2);
    add(&first, &block->bar, 1, 4);
    add(&first, label, strlen(label), column - 1);
    add(&first, " ", 1, first.size + 1 + block->step);
    begin(block, first.text, column);
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
        struct buffer *text = wrap_compose(&block->wrap);
        buffer_add_text(text, "(pid ");
        buffer_add_text(text, pid);
        buffer_add_byte(text, ')');
        wrap_add_unbroken(&block->wrap);
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
