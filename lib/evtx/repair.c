// SPDX-License-Identifier: GPL-3.0-or-later
#include "evtx/repair.h"

#include <string.h>

#include "base/bytes.h"
#include "base/utf16.h"
#include "base/utf8.h"

enum {
    PLACEHOLDER = 0xfdd0,
    SINGLE_FIRST = PLACEHOLDER + 1,
    SINGLE_LAST = 0xfdef,
    BYTE_ORDER_MARK = 0xfeff,
    NUMBER_FIRST = 0x3400, // of a run of characters longer than REPAIR_STRINGS_MAX
    REPLACEMENT = 0xfffd,
};

void repair_start(struct repair *repair, struct definitions *definitions, const uint8_t *chunk) {
    definitions_start(definitions, chunk);
    repair->chunk = chunk;
    repair->definitions = definitions;
    repair->run_count = 0;
}

void repair_start_copy(struct repair *repair, uint8_t *copy) {
    repair->copy = copy;
    repair->string_count = 0;
    repair->single_count = 0;
}

// Strings

// Whether libevtx or an XML parser would make something else of the unit. A parser turns a carriage
// return into a line feed; libevtx takes U+FEFF at the start of a text for a byte order mark, and
// crashes where nothing follows it.
static bool needs_care(uint16_t unit) {
    return utf16_is_surrogate(unit) || !utf16_is_xml_character(unit) || unit == '\r' ||
           unit == BYTE_ORDER_MARK || (unit >= PLACEHOLDER && unit <= SINGLE_LAST);
}

static uint16_t unit_at(const uint8_t *chunk, const struct repair_string *string, size_t index) {
    return bytes_u16(chunk + string->offset + 2 * index);
}

static void hide_single(struct repair *repair, const struct repair_string *string) {
    uint16_t unit = REPLACEMENT;
    if (repair->single_count < REPAIR_SINGLES_MAX) {
        unit = (uint16_t)(SINGLE_FIRST + repair->single_count);
        repair->singles[repair->single_count++] = *string;
    }
    bytes_put_u16(repair->copy + string->offset, unit);
}

// Whether a parser would make something else of the unit in an attribute, whose text libevtx copies
// as it is.
static bool needs_care_in_attribute(uint16_t unit) {
    return unit == '<' || unit == '&' || unit == '"' || unit == '\t' || unit == '\n';
}

// The string without its terminator.
static struct repair_string content_of(const struct repair *repair,
                                       const struct layout_string *value) {
    size_t units = utf16_units(repair->chunk + value->offset, value->size);
    return (struct repair_string){value->offset, (uint32_t)units, value->is_in_attribute};
}

static bool string_needs_care(const struct repair *repair, const struct repair_string *string) {
    for (size_t i = 0; i < string->units; i++) {
        uint16_t unit = unit_at(repair->chunk, string, i);
        if (needs_care(unit) || (string->is_in_attribute && needs_care_in_attribute(unit))) {
            return true;
        }
    }
    // A line feed alone is nothing to libevtx.
    return string->units == 1 && unit_at(repair->chunk, string, 0) == '\n';
}

static void hide_string(struct repair *repair, const struct repair_string *string) {
    if (string->units == 1) {
        hide_single(repair, string);
        return;
    }
    if (repair->string_count == REPAIR_STRINGS_MAX) {
        return;
    }
    for (size_t i = 0; i < string->units; i++) {
        bytes_put_u16(repair->copy + string->offset + 2 * i, PLACEHOLDER);
    }
    bytes_put_u16(repair->copy + string->offset + 2,
                  (uint16_t)(NUMBER_FIRST + repair->string_count));
    repair->strings[repair->string_count++] = *string;
}

// The text of a run's own

static struct repair_string whole_of(const struct piece *text) {
    return (struct repair_string){text->offset, text->size / 2, text->is_in_attribute};
}

static bool texts_need_care(struct repair *repair, const struct run *run) {
    size_t count = definition_texts(repair->chunk, run, repair->texts, REPAIR_TEXTS_MAX);
    for (size_t i = 0; i < count; i++) {
        struct repair_string string = whole_of(&repair->texts[i]);
        if (string_needs_care(repair, &string)) {
            return true;
        }
    }
    return false;
}

// The same for all records of a template, so that it is found out once.
static bool run_needs_change(struct repair *repair, const struct run *run) {
    for (size_t i = 0; i < repair->run_count; i++) {
        if (repair->runs[i].offset == run->offset) {
            return repair->runs[i].needs_change;
        }
    }
    bool needs_change = texts_need_care(repair, run);
    if (repair->run_count < REPAIR_RUNS_MAX) {
        repair->runs[repair->run_count++] = (struct repair_run){run->offset, needs_change};
    }
    return needs_change;
}

static void hide_in_run(struct repair *repair, const struct run *run) {
    size_t count = definition_texts(repair->chunk, run, repair->texts, REPAIR_TEXTS_MAX);
    for (size_t i = 0; i < count; i++) {
        struct repair_string string = whole_of(&repair->texts[i]);
        if (string_needs_care(repair, &string)) {
            hide_string(repair, &string);
        }
    }
}

enum repair_result repair_examine(struct repair *repair, const struct record *record,
                                  bool *needs_change) {
    struct layout *layout = &repair->layout;
    layout_read(layout, repair->definitions, repair->chunk, record);
    *needs_change = false;
    if (layout->has_impossible_count) {
        return REPAIR_IMPOSSIBLE;
    }
    if (layout->has_markup) {
        return REPAIR_MARKUP;
    }
    for (size_t i = 0; i < layout->link_count; i++) {
        if (layout->links[i].place.is_gone) {
            return REPAIR_TEMPLATE_GONE;
        }
        *needs_change = *needs_change || layout->links[i].place.is_replaced;
    }
    if (layout->has_later_definition) {
        return REPAIR_TEMPLATE_LATER;
    }
    if (layout->is_joined) {
        return REPAIR_TEXT_JOINED;
    }
    for (size_t i = 0; i < layout->run_count; i++) {
        *needs_change = *needs_change || run_needs_change(repair, &layout->runs[i]);
    }
    for (size_t i = 0; i < layout->string_count && !*needs_change; i++) {
        struct repair_string string = content_of(repair, &layout->strings[i]);
        *needs_change = string_needs_care(repair, &string);
    }
    return REPAIR_DONE;
}

void repair_apply(struct repair *repair) {
    const struct layout *layout = &repair->layout;
    for (size_t i = 0; i < layout->link_count; i++) {
        bytes_put_u32(repair->copy + layout->links[i].offset, layout->links[i].place.offset);
    }
    for (size_t i = 0; i < layout->run_count; i++) {
        hide_in_run(repair, &layout->runs[i]);
    }
    for (size_t i = 0; i < layout->string_count; i++) {
        struct repair_string string = content_of(repair, &layout->strings[i]);
        if (string_needs_care(repair, &string)) {
            hide_string(repair, &string);
        }
    }
}

// Restoring

static void add_character(struct buffer *out, uint32_t character) {
    char bytes[UTF8_SIZE_MAX];
    buffer_add(out, bytes, utf8_write(character, bytes));
}

// Adds the string as XML, in a form that is the same in text and in attributes.
static void add_string(struct buffer *out, const uint8_t *chunk,
                       const struct repair_string *string) {
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
static const struct repair_string *find_string(const struct repair *repair, const char *text,
                                               size_t size, size_t *taken) {
    uint32_t character = 0;
    size_t at = utf8_read(text, size, &character);
    if (character >= SINGLE_FIRST && character - SINGLE_FIRST < repair->single_count) {
        *taken = at;
        return &repair->singles[character - SINGLE_FIRST];
    }
    size_t length = at < size ? utf8_read(text + at, size - at, &character) : 0;
    if (length == 0 || character < NUMBER_FIRST ||
        character - NUMBER_FIRST >= repair->string_count) {
        return NULL;
    }
    const struct repair_string *string = &repair->strings[character - NUMBER_FIRST];
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
static size_t add_suspect(const struct repair *repair, const char *text, size_t size,
                          struct buffer *out) {
    uint32_t character = REPLACEMENT;
    size_t taken = utf8_read(text, size, &character);
    if (taken == 0) {
        add_character(out, REPLACEMENT);
        return 1;
    }
    if (character >= PLACEHOLDER && character <= SINGLE_LAST) {
        const struct repair_string *string = find_string(repair, text, size, &taken);
        if (string != NULL) {
            add_string(out, repair->chunk, string);
            return taken;
        }
    }
    add_character(out, utf16_is_xml_character(character) ? character : REPLACEMENT);
    return taken;
}

void repair_restore(const struct repair *repair, const char *xml, size_t size, struct buffer *out) {
    size_t at = 0;
    while (at < size) {
        size_t end = at;
        while (end < size && !is_suspect((unsigned char)xml[end])) {
            end++;
        }
        buffer_add(out, xml + at, end - at);
        at = end;
        if (at < size) {
            at += add_suspect(repair, xml + at, size - at, out);
        }
    }
}
