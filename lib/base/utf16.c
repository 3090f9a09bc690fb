// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/utf16.h"

#include "base/bytes.h"

enum { REPLACEMENT = 0xfffd };

size_t utf16_units(const uint8_t *text, size_t size) {
    size_t units = size / 2;
    return units > 0 && bytes_u16(text + 2 * (units - 1)) == 0 ? units - 1 : units;
}

uint32_t utf16_read(const uint8_t *text, size_t units, size_t *index) {
    uint32_t unit = bytes_u16(text + 2 * (*index)++);
    if (unit >= 0xd800 && unit <= 0xdbff && *index < units) {
        uint32_t low = bytes_u16(text + 2 * *index);
        if (low >= 0xdc00 && low <= 0xdfff) {
            (*index)++;
            return 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
        }
    }
    return utf16_is_surrogate((uint16_t)unit) || !utf16_is_xml_character(unit) ? REPLACEMENT : unit;
}
