// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/utf8.h"

#include <stdbool.h>

// How many bytes a character takes whose first byte is this, none of ASCII; 0 where none starts so.
static size_t length_of(unsigned char first) {
    if (first >= 0xc2 && first < 0xe0) {
        return 2;
    }
    if (first >= 0xe0 && first < 0xf0) {
        return 3;
    }
    return first >= 0xf0 && first < 0xf5 ? 4 : 0;
}

static bool is_allowed(uint32_t character, size_t length) {
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    return character >= smallest[length] && character <= 0x10ffff &&
           (character < 0xd800 || character > 0xdfff);
}

size_t utf8_read(const char *text, size_t size, uint32_t *character) {
    unsigned char first = (unsigned char)text[0];
    if (first < 0x80) { // at once: nearly all are
        *character = first;
        return 1;
    }
    size_t length = length_of(first);
    if (length == 0 || length > size) {
        return 0;
    }
    uint32_t value = first & (0x7fU >> length);
    for (size_t i = 1; i < length; i++) {
        unsigned char byte = (unsigned char)text[i];
        if ((byte & 0xc0) != 0x80) {
            return 0;
        }
        value = value << 6 | (byte & 0x3f);
    }
    if (!is_allowed(value, length)) {
        return 0;
    }
    *character = value;
    return length;
}

size_t utf8_write(uint32_t character, char text[UTF8_SIZE_MAX]) {
    if (character < 0x80) {
        text[0] = (char)character;
        return 1;
    }
    size_t length = character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
    for (size_t i = length - 1; i > 0; i--) {
        text[i] = (char)(0x80 | (character & 0x3f));
        character >>= 6;
    }
    text[0] = (char)((0xf00U >> length & 0xff) | character);
    return length;
}

void utf8_add(struct buffer *buffer, const char *text, size_t size) {
    size_t valid = 0; // bytes at `text` that are
    while (valid < size) {
        uint32_t character = 0;
        size_t length = utf8_read(text + valid, size - valid, &character);
        if (length > 0) {
            valid += length;
            continue;
        }
        buffer_add(buffer, text, valid);
        buffer_printf(buffer, "\\x%02X", (unsigned char)text[valid]);
        text += valid + 1;
        size -= valid + 1;
        valid = 0;
    }
    buffer_add(buffer, text, valid);
}
