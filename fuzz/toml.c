// SPDX-License-Identifier: GPL-3.0-or-later
// Fuzz target: the TOML reader. What it reads is a tree that can be written as JSON, whose strings
// have places in the text; what it refuses has a place there, and words.
#include "rules/toml.h"

#include "fuzz.h"

// Whether the string of that value maps to places of the text, one after the other.
static void check_string(const struct source_text *source, size_t offset, const char *text) {
    struct source_map map = {0};
    must(toml_map_string(source, offset, &map));
    struct source_place end = source_advance(source->start, source->text, source->size);
    struct source_place before = source->start;
    for (size_t at = 0; at < 64 && text[at] != '\0'; at++) {
        if (((unsigned char)text[at] & 0xc0) == 0x80) {
            continue; // not the start of a character
        }
        struct source_place place = source_map_place(&map, text, at);
        must(place.line >= before.line && place.line <= end.line);
        must(place.line > before.line || place.column >= before.column);
        before = place;
    }
    source_map_free(&map);
}

static void check_places(const struct toml *toml, const struct source_text *source) {
    const char *key = NULL;
    json_t *value = NULL;
    json_object_foreach(toml->root, key, value) {
        size_t offset = toml_place(toml, toml->root, key);
        must(offset < source->size);
        if (json_is_string(value)) {
            check_string(source, offset, json_string_value(value));
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct source_text source = {
        .path = "x", .text = (const char *)data, .size = size, .start = {.line = 1, .column = 1}};
    struct toml toml;
    struct source_error error;
    if (toml_read(&toml, &source, &error)) {
        char *text = json_dumps(toml.root, 0);
        must(text != NULL);
        check_places(&toml, &source);
        free(text);
        toml_free(&toml);
    } else {
        struct buffer text = {0};
        must(error.message != NULL && error.place.line > 0 && error.place.column > 0);
        source_error_add(&text, &error);
        must(!text.failed);
        buffer_free(&text);
        source_error_free(&error);
    }
    return 0;
}
