// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/visible.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/ascii.h"
#include "base/utf8.h"

struct range {
    uint32_t first, last;
};

// Characters that are not shown but change what is. Source: Unicode's general categories Cc, Cf, Zl
// and Zp, and the variation selectors.
static const struct range hidden[] = {
    {0x0000, 0x001f},   {0x007f, 0x009f},   {0x00ad, 0x00ad},   {0x0600, 0x0605},
    {0x061c, 0x061c},   {0x06dd, 0x06dd},   {0x070f, 0x070f},   {0x0890, 0x0891},
    {0x08e2, 0x08e2},   {0x180e, 0x180e},   {0x200b, 0x200f},   {0x2028, 0x202e},
    {0x2060, 0x206f},   {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},   {0xfff9, 0xfffb},
    {0x110bd, 0x110bd}, {0x110cd, 0x110cd}, {0x13430, 0x1343f}, {0x1bca0, 0x1bca3},
    {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
};

static bool is_hidden(uint32_t character) {
    for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++) {
        if (character >= hidden[i].first && character <= hidden[i].last) {
            return true;
        }
    }
    return false;
}

void visible_add(struct buffer *buffer, const char *text, size_t size) {
    while (size > 0) {
        uint32_t character = 0;
        size_t plain = ascii_visible(text, size);
        size_t length = plain > 0 ? plain : utf8_read(text, size, &character);
        if (length == 0) {
            buffer_printf(buffer, "\\x%02X", (unsigned char)*text);
            length = 1;
        } else if (plain > 0 || !is_hidden(character)) {
            buffer_add(buffer, text, length);
        } else if (character < 0x80) {
            buffer_printf(buffer, "\\x%02X", (unsigned)character);
        } else {
            buffer_printf(buffer, "\\u{%04" PRIX32 "}", character);
        }
        text += length;
        size -= length;
    }
}
