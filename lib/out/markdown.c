// SPDX-License-Identifier: GPL-3.0-or-later
// Markdown, as far as rule files use it, made plain text for a terminal: block by block.
#include "out/markdown.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/visible.h"
#include "out/markdown_inline.h"
#include "out/wrap.h"

enum {
    DEPTH_MAX = 8,   // of lists; deeper items count as items of the last
    MARK_SIZE = 12,  // of an item, with the space after it
    INDENT_MAX = 24, // of lists as they are shown
    CODE_INDENT = 4, // of code as it is written
    TAB_WIDTH = 4,
};

enum block { NOTHING, HEADING, PARAGRAPH, ITEM, CODE };

// An item of a list that goes on: columns of its mark and its text as written, and how much further
// right than its mark its text is shown.
struct item {
    size_t mark, text, shown;
};

struct line {
    const char *data; // without indentation and spaces at the end
    size_t size;
    size_t indent;  // columns
    bool has_break; // at least two spaces at the end
};

struct renderer {
    struct buffer *out;
    const struct markdown_page *page;
    enum block last; // shown
    size_t blanks;   // empty lines that came since
    bool is_quote;
    struct item items[DEPTH_MAX];
    size_t depth;
    enum block open;    // PARAGRAPH or ITEM: what is being read; else NOTHING
    struct buffer text; // its text; a line end is a hard break
    bool has_break;     // one is due before more text
    char mark[MARK_SIZE + 1];
    char fence; // within a fence of code: its character, else NUL
    size_t fence_size, fence_indent;
    struct buffer scratch;
};

// ---- what is shown

static const char *base_prefix(const struct renderer *renderer) {
    return renderer->last == NOTHING ? renderer->page->first : renderer->page->next;
}

// Adds the empty lines before a block: none within a list and after a heading.
static void begin_block(struct renderer *renderer, enum block block) {
    enum block last = renderer->last;
    size_t lines = 1;
    if (last == NOTHING || (last == HEADING && block != HEADING) ||
        (last == ITEM && block == ITEM) ||
        (last == PARAGRAPH && block == ITEM && renderer->blanks == 0)) {
        lines = 0;
    } else if (last == CODE && block == CODE) {
        lines = renderer->blanks;
    }
    for (size_t i = 0; i < lines; i++) {
        buffer_add_byte(renderer->out, '\n');
    }
    renderer->last = block;
    renderer->blanks = 0;
}

// How far the text of the first `depth` items is moved in.
static size_t list_indent(const struct renderer *renderer, size_t depth) {
    size_t sum = 0;
    for (size_t i = 0; i < depth; i++) {
        sum += renderer->items[i].shown;
    }
    return sum < INDENT_MAX ? sum : INDENT_MAX;
}

static void make_prefix(const struct renderer *renderer, const char *base, size_t indent,
                        const char *mark, char prefix[WRAP_PREFIX_SIZE]) {
    (void)snprintf(prefix, WRAP_PREFIX_SIZE, "%s%s%*s%s", base, renderer->is_quote ? "> " : "",
                   (int)indent, "", mark);
}

// Adds a paragraph's text, each of its lines wrapped.
static void add_wrapped(struct renderer *renderer, const char *text, size_t size, const char *first,
                        const char *next) {
    struct wrap wrap = {.out = renderer->out, .width = renderer->page->width};
    struct buffer *plain = &renderer->scratch;
    buffer_clear(plain);
    markdown_inline_add(plain, text, size);
    for (size_t i = 0; i < plain->size; i++) {
        plain->data[i] = plain->data[i] == '\t' ? ' ' : plain->data[i];
    }
    buffer_add_byte(plain, '\0');
    renderer->out->failed = renderer->out->failed || plain->failed;
    for (char *line = plain->failed ? NULL : plain->data; line != NULL;) {
        char *end = strchr(line, '\n');
        if (end != NULL) {
            *end++ = '\0';
        }
        wrap_begin(&wrap, line == plain->data ? first : next, next);
        wrap_add(&wrap, COLOUR_NONE, line);
        wrap_end(&wrap);
        line = end;
    }
    wrap_free(&wrap);
}

static void add_heading(struct renderer *renderer, const char *text, size_t size) {
    const char *base = base_prefix(renderer);
    char prefix[WRAP_PREFIX_SIZE];
    bool is_blank = base[strspn(base, " ")] == '\0' && strlen(base) >= 2;
    make_prefix(renderer, is_blank ? base + 2 : base, 0, "", prefix);
    begin_block(renderer, HEADING);
    add_wrapped(renderer, text, size, prefix, prefix);
}

// What is fit for a terminal, and tabs.
static void add_verbatim_line(struct buffer *out, const char *prefix, const char *text,
                              size_t size) {
    buffer_add_text(out, size == 0 ? "" : prefix);
    for (size_t at = 0; at < size;) {
        const char *tab = memchr(text + at, '\t', size - at);
        size_t length = tab == NULL ? size - at : (size_t)(tab - text) - at;
        visible_add(out, text + at, length);
        buffer_add_text(out, tab == NULL ? "" : "\t");
        at += length + (tab != NULL);
    }
    buffer_add_byte(out, '\n');
}

static void add_code(struct renderer *renderer, const char *text, size_t size) {
    char prefix[WRAP_PREFIX_SIZE];
    make_prefix(renderer, base_prefix(renderer), list_indent(renderer, renderer->depth) + 2, "",
                prefix);
    begin_block(renderer, CODE);
    add_verbatim_line(renderer->out, prefix, text, size);
}

// Shows the paragraph or item that was being read.
static void close_text(struct renderer *renderer) {
    char first[WRAP_PREFIX_SIZE];
    char next[WRAP_PREFIX_SIZE];
    if (renderer->open == NOTHING) {
        return;
    }
    bool is_item = renderer->open == ITEM;
    make_prefix(renderer, base_prefix(renderer), list_indent(renderer, renderer->depth - is_item),
                is_item ? renderer->mark : "", first);
    make_prefix(renderer, renderer->page->next, list_indent(renderer, renderer->depth), "", next);
    begin_block(renderer, renderer->open);
    add_wrapped(renderer, renderer->text.data, renderer->text.size, first, next);
    renderer->open = NOTHING;
}

// ---- lines

// Takes spaces and tabs off the start of a line, up to a number of columns. Returns how many.
static size_t take_indent(const char **text, size_t *size, size_t most) {
    size_t column = 0;
    while (*size > 0 && column < most && (**text == ' ' || **text == '\t')) {
        column += **text == '\t' ? TAB_WIDTH - column % TAB_WIDTH : 1;
        (*text)++;
        (*size)--;
    }
    return column;
}

static struct line make_line(const char *text, size_t size) {
    struct line line = {.data = text, .size = size};
    line.indent = take_indent(&line.data, &line.size, SIZE_MAX);
    size_t spaces = 0;
    while (line.size > 0 && strchr(" \t", line.data[line.size - 1]) != NULL) {
        line.size--;
        spaces++;
    }
    line.has_break = spaces >= 2;
    return line;
}

static size_t run_of(const struct line *line, char c) {
    size_t run = 0;
    while (run < line->size && line->data[run] == c) {
        run++;
    }
    return run;
}

static bool is_space_at(const struct line *line, size_t at) {
    return at >= line->size || line->data[at] == ' ' || line->data[at] == '\t';
}

// Leaves the lists that a line with this indentation is not in.
static void leave_items(struct renderer *renderer, size_t indent) {
    while (renderer->depth > 0 && indent <= renderer->items[renderer->depth - 1].mark) {
        renderer->depth--;
    }
}

// ---- blocks: each says whether the line is one of its kind

static bool take_fence(struct renderer *renderer, const struct line *line) {
    char mark = line->size > 0 ? line->data[0] : '\0';
    size_t size = run_of(line, mark);
    if ((mark != '`' && mark != '~') || size < 3 ||
        (mark == '`' && memchr(line->data + size, '`', line->size - size) != NULL)) {
        return false;
    }
    close_text(renderer);
    leave_items(renderer, line->indent);
    renderer->fence = mark;
    renderer->fence_size = size;
    renderer->fence_indent = line->indent;
    renderer->blanks = 1;
    return true;
}

// A line within a fence, as it is written or as what ends the fence.
static void take_fenced(struct renderer *renderer, const char *text, size_t size) {
    struct line line = make_line(text, size);
    size_t run = run_of(&line, renderer->fence);
    if (run >= renderer->fence_size && run == line.size) {
        renderer->fence = '\0';
    } else if (line.size == 0) {
        renderer->blanks++;
    } else {
        (void)take_indent(&text, &size, renderer->fence_indent);
        add_code(renderer, text, size);
    }
}

static bool take_heading(struct renderer *renderer, const struct line *line) {
    size_t level = run_of(line, '#');
    if (level == 0 || level > 6 || !is_space_at(line, level) || line->indent >= CODE_INDENT) {
        return false;
    }
    struct line title = make_line(line->data + level, line->size - level);
    size_t size = title.size;
    while (size > 0 && title.data[size - 1] == '#') {
        size--;
    }
    close_text(renderer);
    renderer->depth = 0;
    bool is_closed = size == 0 || title.data[size - 1] == ' ';
    struct line bare = make_line(title.data, is_closed ? size : title.size);
    add_heading(renderer, bare.data, bare.size);
    return true;
}

// A row of a table, or a line across the page.
static bool take_row(struct renderer *renderer, const struct line *line) {
    bool is_across = line->size >= 3 && strchr("-*_=", line->data[0]) != NULL &&
                     run_of(line, line->data[0]) == line->size;
    if (line->data[0] != '|' && !is_across) {
        return false;
    }
    close_text(renderer);
    leave_items(renderer, line->indent);
    add_code(renderer, line->data, line->size);
    return true;
}

// The size of the mark that the line begins with, `-` or `1.`; 0 without one.
static size_t mark_size(const struct line *line) {
    size_t size = strspn(line->data, "0123456789");
    if (size == 0) {
        size = strchr("-*+", line->data[0]) != NULL ? 1 : 0;
    } else if (size <= 9 && size < line->size && strchr(".)", line->data[size]) != NULL) {
        size++;
    } else {
        return 0;
    }
    return is_space_at(line, size) ? size : 0;
}

static void open_text(struct renderer *renderer, enum block block, const struct line *line) {
    buffer_clear(&renderer->text);
    buffer_add(&renderer->text, line->data, line->size);
    renderer->open = block;
    renderer->has_break = line->has_break;
}

static bool take_item(struct renderer *renderer, const struct line *line) {
    size_t size = mark_size(line);
    const struct item *last = renderer->depth == 0 ? NULL : &renderer->items[renderer->depth - 1];
    bool is_sibling = last != NULL && line->indent <= last->mark + 1;
    bool is_bullet = size == 1;
    bool is_first = is_bullet || (size == 2 && line->data[0] == '1');
    bool is_number_alone = !is_bullet && size == line->size;
    // Such as a line of a paragraph may happen to begin with.
    bool is_likely = (is_sibling || is_first) && !is_number_alone;
    if (size == 0 || (renderer->open != NOTHING && !is_likely)) {
        return false;
    }
    close_text(renderer);
    leave_items(renderer, line->indent > 0 ? line->indent - 1 : 0);
    renderer->depth -= renderer->depth == DEPTH_MAX;
    struct line text = make_line(line->data + size, line->size - size);
    text.has_break = line->has_break;
    (void)snprintf(renderer->mark, sizeof renderer->mark, "%.*s ", (int)size,
                   size == 1 ? "*" : line->data);
    bool is_code = text.indent > CODE_INDENT || text.size == 0;
    renderer->items[renderer->depth++] =
        (struct item){.mark = line->indent,
                      .text = line->indent + size + (is_code ? 1 : text.indent),
                      .shown = strlen(renderer->mark)};
    open_text(renderer, ITEM, &text);
    return true;
}

// A line of a paragraph, or of code that is moved in.
static void take_text(struct renderer *renderer, const struct line *line, const char *text,
                      size_t size) {
    if (renderer->open != NOTHING) {
        const char *joint = renderer->has_break ? "\n" : " ";
        buffer_add_text(&renderer->text, renderer->text.size == 0 ? "" : joint);
        buffer_add(&renderer->text, line->data, line->size);
        renderer->has_break = line->has_break;
        return;
    }
    leave_items(renderer, line->indent);
    size_t start = renderer->depth == 0 ? 0 : renderer->items[renderer->depth - 1].text;
    if (line->indent < start + CODE_INDENT) {
        open_text(renderer, PARAGRAPH, line);
    } else {
        (void)take_indent(&text, &size, start + CODE_INDENT);
        add_code(renderer, text, size);
    }
}

static void take_empty(struct renderer *renderer) {
    close_text(renderer);
    renderer->blanks++;
}

// Takes the mark of a quote off a line, and begins or ends one where that changes.
static void take_quote(struct renderer *renderer, const char **text, size_t *size) {
    struct line line = make_line(*text, *size);
    bool is_quote = line.size > 0 && line.data[0] == '>';
    bool is_changed = is_quote != renderer->is_quote && line.size > 0 && renderer->fence == '\0';
    if (is_changed) {
        close_text(renderer);
        renderer->depth = 0;
        renderer->is_quote = is_quote;
    }
    if (is_quote && renderer->is_quote) {
        *size -= (size_t)(line.data + 1 - *text);
        *text = line.data + 1;
        (void)take_indent(text, size, 1);
    }
}

static void take_line(struct renderer *renderer, const char *text, size_t size) {
    take_quote(renderer, &text, &size);
    struct line line = make_line(text, size);
    if (renderer->fence != '\0') {
        take_fenced(renderer, text, size);
    } else if (line.size == 0) {
        take_empty(renderer);
    } else if (!take_fence(renderer, &line) && !take_heading(renderer, &line) &&
               !take_row(renderer, &line) && !take_item(renderer, &line)) {
        take_text(renderer, &line, text, size);
    }
}

// The line at *text, without its end. False when none is left.
static bool next_line(const char **text, const char **line, size_t *size) {
    if (**text == '\0') {
        return false;
    }
    *line = *text;
    *size = strcspn(*text, "\n");
    *text += *size + ((*text)[*size] == '\n');
    *size -= *size > 0 && (*line)[*size - 1] == '\r';
    return true;
}

// The indentation that all lines have.
static size_t common_indent(const char *text) {
    const char *data = NULL;
    size_t size = 0;
    size_t least = SIZE_MAX;
    while (next_line(&text, &data, &size)) {
        struct line line = make_line(data, size);
        least = line.size > 0 && line.indent < least ? line.indent : least;
    }
    return least;
}

void markdown_add(struct buffer *out, const struct markdown_page *page, const char *text) {
    struct renderer renderer = {.out = out, .page = page};
    const char *line = NULL;
    size_t size = 0;
    size_t indent = common_indent(text);
    while (next_line(&text, &line, &size)) {
        (void)take_indent(&line, &size, indent);
        take_line(&renderer, line, size);
    }
    close_text(&renderer);
    out->failed = out->failed || renderer.text.failed;
    buffer_free(&renderer.text);
    buffer_free(&renderer.scratch);
}

void markdown_add_verbatim(struct buffer *out, const char *prefix, const char *text) {
    const char *line = NULL;
    size_t size = 0;
    while (next_line(&text, &line, &size)) {
        add_verbatim_line(out, prefix, line, size);
    }
}
