// SPDX-License-Identifier: GPL-3.0-or-later
// Makes a private copy of a chunk fit for libevtx, and puts right what libevtx makes of it.
#include "evtx/mend.h"

#include <string.h>

#include "base/bytes.h"
#include "base/utf16.h"
#include "base/utf8.h"

enum {
    PLACEHOLDER = 0xfdd0,
    SINGLE_FIRST = PLACEHOLDER + 1,
    SINGLE_LAST = 0xfdef,
    BYTE_ORDER_MARK = 0xfeff,
    NUMBER_FIRST = 0x3400, // of a run of characters longer than MEND_STRINGS_MAX
    REPLACEMENT = 0xfffd,
};

void mend_start(struct mend *mend, const uint8_t *chunk) {
    mend->chunk = chunk;
    layout_cache_clear(&mend->cache, NULL);
    mend->body_count = 0;
}

void mend_start_copy(struct mend *mend, uint8_t *copy) {
    mend->copy = copy;
    mend->string_count = 0;
    mend->single_count = 0;
}

// Strings

// Whether libevtx or an XML parser would make something else of the unit. A parser turns a carriage
// return into a line feed; libevtx takes U+FEFF at the start of a text for a byte order mark, and
// crashes where nothing follows it.
static bool needs_care(uint16_t unit) {
    return utf16_is_surrogate(unit) || !utf16_is_xml_character(unit) || unit == '\r' ||
           unit == BYTE_ORDER_MARK || (unit >= PLACEHOLDER && unit <= SINGLE_LAST);
}

static uint16_t unit_at(const uint8_t *chunk, const struct mend_string *string, size_t index) {
    return bytes_u16(chunk + string->offset + 2 * index);
}

static void mend_single(struct mend *mend, const struct mend_string *string) {
    uint16_t unit = REPLACEMENT;
    if (mend->single_count < MEND_SINGLES_MAX) {
        unit = (uint16_t)(SINGLE_FIRST + mend->single_count);
        mend->singles[mend->single_count++] = *string;
    }
    bytes_put_u16(mend->copy + string->offset, unit);
}

// The string without its terminator.
static struct mend_string content_of(const struct mend *mend, const struct layout_string *value) {
    size_t units = utf16_units(mend->chunk + value->offset, value->size);
    return (struct mend_string){value->offset, (uint32_t)units};
}

static bool string_needs_care(const struct mend *mend, const struct mend_string *string) {
    for (size_t i = 0; i < string->units; i++) {
        if (needs_care(unit_at(mend->chunk, string, i))) {
            return true;
        }
    }
    return false;
}

static void mend_string(struct mend *mend, const struct mend_string *string) {
    if (string->units == 1) {
        mend_single(mend, string);
        return;
    }
    if (mend->string_count == MEND_STRINGS_MAX) {
        return;
    }
    for (size_t i = 0; i < string->units; i++) {
        bytes_put_u16(mend->copy + string->offset + 2 * i, PLACEHOLDER);
    }
    bytes_put_u16(mend->copy + string->offset + 2, (uint16_t)(NUMBER_FIRST + mend->string_count));
    mend->strings[mend->string_count++] = *string;
}

// A body's own text

static struct mend_string whole_of(const struct layout_string *text) {
    return (struct mend_string){text->offset, text->size / 2};
}

static bool texts_need_care(struct mend *mend, const struct layout_body *body) {
    size_t count = layout_body_texts(mend->chunk, body, mend->texts, MEND_TEXTS_MAX);
    for (size_t i = 0; i < count; i++) {
        struct mend_string string = whole_of(&mend->texts[i]);
        if (string_needs_care(mend, &string)) {
            return true;
        }
    }
    return false;
}

// The same for all records of a template, so that it is found out once.
static bool body_needs_change(struct mend *mend, const struct layout_body *body) {
    for (size_t i = 0; i < mend->body_count; i++) {
        if (mend->bodies[i].offset == body->offset) {
            return mend->bodies[i].needs_change;
        }
    }
    bool needs_change = texts_need_care(mend, body);
    if (mend->body_count < LAYOUT_TEMPLATES_MAX) {
        mend->bodies[mend->body_count++] = (struct mend_body){body->offset, needs_change};
    }
    return needs_change;
}

static void mend_body(struct mend *mend, const struct layout_body *body) {
    size_t count = layout_body_texts(mend->chunk, body, mend->texts, MEND_TEXTS_MAX);
    for (size_t i = 0; i < count; i++) {
        struct mend_string string = whole_of(&mend->texts[i]);
        if (string_needs_care(mend, &string)) {
            mend_string(mend, &string);
        }
    }
}

enum mend_result mend_examine(struct mend *mend, const struct record *record, bool *needs_change) {
    struct layout *layout = &mend->layout;
    layout_read_content(&mend->cache, mend->chunk, record, layout);
    *needs_change = false;
    if (layout->has_impossible_count) {
        return MEND_IMPOSSIBLE;
    }
    for (size_t i = 0; i < layout->link_count; i++) {
        if (layout->links[i].is_gone) {
            return MEND_TEMPLATE_GONE;
        }
        *needs_change = *needs_change || layout->links[i].is_replaced;
    }
    for (size_t i = 0; i < layout->body_count; i++) {
        if (layout->bodies[i].is_joined) {
            return MEND_TEXT_JOINED;
        }
        *needs_change = *needs_change || body_needs_change(mend, &layout->bodies[i]);
    }
    for (size_t i = 0; i < layout->string_count && !*needs_change; i++) {
        struct mend_string string = content_of(mend, &layout->strings[i]);
        *needs_change = string_needs_care(mend, &string);
    }
    return MEND_DONE;
}

void mend_apply(struct mend *mend) {
    const struct layout *layout = &mend->layout;
    for (size_t i = 0; i < layout->link_count; i++) {
        bytes_put_u32(mend->copy + layout->links[i].offset, layout->links[i].definition);
    }
    for (size_t i = 0; i < layout->body_count; i++) {
        mend_body(mend, &layout->bodies[i]);
    }
    for (size_t i = 0; i < layout->string_count; i++) {
        struct mend_string string = content_of(mend, &layout->strings[i]);
        if (string_needs_care(mend, &string)) {
            mend_string(mend, &string);
        }
    }
}

// Restoring

static void add_character(struct buffer *out, uint32_t character) {
    char bytes[UTF8_SIZE_MAX];
    buffer_add(out, bytes, utf8_write(character, bytes));
}

// Adds the string as XML, in a form that is the same in text and in attributes.
static void add_string(struct buffer *out, const uint8_t *chunk, const struct mend_string *string) {
    size_t index = 0;
    while (index < string->units) {
        uint32_t character = utf16_read(chunk + string->offset, string->units, &index);
        if (character < ' ' || (character < 0x80 && strchr("&<>\"'", (int)character) != NULL)) {
            buffer_printf(out, "&#%u;", (unsigned)character);
        } else {
            add_character(out, character);
        }
    }
}

// The string that a placeholder at the start of the text stands for, and the placeholder's size.
// NULL where there is none.
static const struct mend_string *find_string(const struct mend *mend, const char *text, size_t size,
                                             size_t *taken) {
    uint32_t character = 0;
    size_t at = utf8_read(text, size, &character);
    if (character >= SINGLE_FIRST && character - SINGLE_FIRST < mend->single_count) {
        *taken = at;
        return &mend->singles[character - SINGLE_FIRST];
    }
    size_t length = at < size ? utf8_read(text + at, size - at, &character) : 0;
    if (length == 0 || character < NUMBER_FIRST || character - NUMBER_FIRST >= mend->string_count) {
        return NULL;
    }
    const struct mend_string *string = &mend->strings[character - NUMBER_FIRST];
    at += length;
    for (size_t i = 2; i < string->units; i++) {
        length = at < size ? utf8_read(text + at, size - at, &character) : 0;
        if (length == 0 || character != PLACEHOLDER) {
            return NULL;
        }
        at += length;
    }
    *taken = at;
    return string;
}

// Whether the byte may start something that is not to be copied as it is: a control character,
// U+FDD0 and its like (EF B7 ..), U+FFFE and U+FFFF (EF BF ..).
static bool is_suspect(unsigned char byte) {
    return byte < ' ' || byte == 0xef;
}

// Adds what is suspect at the start of the text, put right; returns how many bytes that was.
static size_t add_suspect(const struct mend *mend, const char *text, size_t size,
                          struct buffer *out) {
    uint32_t character = REPLACEMENT;
    size_t taken = utf8_read(text, size, &character);
    if (taken == 0) {
        add_character(out, REPLACEMENT);
        return 1;
    }
    if (character >= PLACEHOLDER && character <= SINGLE_LAST) {
        const struct mend_string *string = find_string(mend, text, size, &taken);
        if (string != NULL) {
            add_string(out, mend->chunk, string);
            return taken;
        }
    }
    add_character(out, utf16_is_xml_character(character) ? character : REPLACEMENT);
    return taken;
}

void mend_restore(const struct mend *mend, const char *xml, size_t size, struct buffer *out) {
    size_t at = 0;
    while (at < size) {
        size_t end = at;
        while (end < size && !is_suspect((unsigned char)xml[end])) {
            end++;
        }
        buffer_add(out, xml + at, end - at);
        at = end;
        if (at < size) {
            at += add_suspect(mend, xml + at, size - at, out);
        }
    }
}
