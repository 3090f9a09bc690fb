// SPDX-License-Identifier: GPL-3.0-or-later
#include "out/block.h"

#include <string.h>

// Columns: of a label, of one of a detail with the bar before it, and of the text after either.
enum { LABEL = 2, DETAIL_LABEL = 4, BAR = 2, TEXT = 14 };

_Static_assert(TEXT + BLOCK_STEP_MAX < WRAP_PREFIX_SIZE, "a margin is too wide");

// What a line begins with. Put together by hand: printf() would take most of the time of all text.
struct margin {
    char text[WRAP_PREFIX_SIZE];
};

static struct margin blanks(size_t size) {
    struct margin margin;
    memset(margin.text, ' ', sizeof margin.text);
    margin.text[size] = '\0';
    return margin;
}

// Begins a line, which goes on in others below the column of its text, if lines are broken.
static void begin(struct block *block, const struct margin *first) {
    struct margin next = blanks(TEXT + block->step);
    next.text[BAR] = block->bar;
    wrap_begin(&block->wrap, first->text, next.text);
}

void block_begin(struct block *block, const char *label) {
    static const char branch[] = "`- ";
    const size_t branch_size = sizeof branch - 1;
    struct margin first = blanks(TEXT + block->step);
    first.text[0] = block->mark;
    memcpy(first.text + LABEL, label, strlen(label));
    if (block->step > 0) {
        memcpy(first.text + TEXT + block->step - branch_size, branch, branch_size);
    }
    begin(block, &first);
    block->mark = ' ';
}

void block_begin_detail(struct block *block, const char *label) {
    struct margin first = blanks(TEXT + block->step);
    first.text[BAR] = block->bar;
    memcpy(first.text + DETAIL_LABEL, label, strlen(label));
    begin(block, &first);
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

static bool is_algorithm(const char *name, size_t size) {
    bool is = true;
    for (size_t i = 0; is && i < size; i++) {
        is = (name[i] >= 'A' && name[i] <= 'Z') || (name[i] >= '0' && name[i] <= '9');
    }
    return is;
}

// A SHA256 just fits 80 columns.
void block_hashes(struct block *block, const char *hashes) {
    char label[TEXT - DETAIL_LABEL];
    char hash[256];
    while (hashes != NULL && *hashes != '\0') {
        size_t size = strcspn(hashes, ",");
        size_t name = strcspn(hashes, "=,");
        if (name == size || name >= sizeof label || size - name > sizeof hash ||
            !is_algorithm(hashes, name)) {
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
