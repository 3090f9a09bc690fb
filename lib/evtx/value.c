// SPDX-License-Identifier: GPL-3.0-or-later
#include "evtx/value.h"

#include <endian.h>
#include <string.h>

#include "base/bytes.h"
#include "base/utf16.h"
#include "base/utf8.h"

enum { BLOCK = 16, QUAD = 4 };

// Whether four units are printable ASCII: none has one of the upper bits, and none falls below zero
// less a blank. One that does borrows of the next, but then it is known anyway. 0 if they are.
static uint64_t unprintable(uint64_t units) {
    const uint64_t upper = UINT64_C(0xff80ff80ff80ff80);
    const uint64_t blanks = UINT64_C(0x0020002000200020);
    const uint64_t signs = UINT64_C(0x8000800080008000);
    return (units & upper) | ((units - blanks) & signs);
}

// Writes so many units, if all of them are printable ASCII. The compiler makes a few wide
// instructions of it, as long as it loops over arrays of its own.
static bool write_block(const uint8_t *text, char *to) {
    uint16_t units[BLOCK];
    char block[BLOCK];
    uint64_t others = 0;
    memcpy(units, text, sizeof units);
    for (size_t i = 0; i < BLOCK; i++) {
        block[i] = (char)le16toh(units[i]);
    }
    memcpy(to, block, BLOCK);
    for (size_t i = 0; i < BLOCK; i += QUAD) {
        others |= unprintable(bytes_u64(text + 2 * i));
    }
    return others == 0;
}

static bool write_quad(const uint8_t *text, char *to) {
    uint64_t units = bytes_u64(text);
    uint64_t pairs = (units | units >> 8) & UINT64_C(0x0000ffff0000ffff);
    bytes_put_u32((uint8_t *)to, (uint32_t)(pairs | pairs >> 16));
    return unprintable(units) == 0;
}

// Writes the units before the first that is not printable ASCII, as far as they are four or more;
// returns how many. The last four begin within those before, so that none is left over.
static size_t write_printable(const uint8_t *text, size_t units, char *to) {
    size_t i = 0;
    while (units - i >= BLOCK && write_block(text + 2 * i, to + i)) {
        i += BLOCK;
    }
    while (units - i >= QUAD && write_quad(text + 2 * i, to + i)) {
        i += QUAD;
    }
    bool is_rest = i >= QUAD && i < units && units - i < QUAD;
    size_t last = is_rest ? units - QUAD : 0;
    return is_rest && write_quad(text + 2 * last, to + last) ? units : i;
}

static void add_string(struct buffer *out, const uint8_t *text, size_t units) {
    // As many bytes as it has at most: a unit takes three, a pair of surrogates four.
    char *to = buffer_reserve(out, 3 * units + UTF8_SIZE_MAX);
    if (to == NULL) {
        return;
    }
    const char *begin = to;
    size_t i = write_printable(text, units, to);
    to += i;
    while (i < units) {
        uint16_t unit = bytes_u16(text + 2 * i);
        if (unit >= ' ' && unit < 0x80) {
            *to++ = (char)unit;
            i++;
        } else {
            to += utf8_write(utf16_read(text, units, &i), to);
        }
    }
    out->size += (size_t)(to - begin);
}

static void add_guid(struct buffer *out, const uint8_t *bytes) {
    char *to = buffer_reserve(out, GUID_TEXT_SIZE);
    if (to != NULL) {
        guid_format(bytes, to);
        out->size += GUID_TEXT_SIZE - 1;
    }
}

static void add_signed(struct buffer *out, int64_t number) {
    if (number < 0) {
        buffer_add_byte(out, '-');
    }
    buffer_add_number(out, number < 0 ? 0 - (uint64_t)number : (uint64_t)number);
}

static void add_hex(struct buffer *out, uint64_t number, unsigned digits) {
    char *to = buffer_reserve(out, 2 + digits);
    if (to == NULL) {
        return;
    }
    *to++ = '0';
    *to++ = 'x';
    for (unsigned shift = 4 * digits; shift > 0; shift -= 4) {
        *to++ = "0123456789abcdef"[number >> (shift - 4) & 15];
    }
    out->size += 2 + digits;
}

void value_add_text(struct buffer *out, const struct value *value) {
    const uint8_t *bytes = value->bytes;
    switch (value->type) {
    case TYPE_STRING:
        add_string(out, bytes,
                   value->is_literal ? value->size / 2 : utf16_units(bytes, value->size));
        break;
    case TYPE_I8:
        add_signed(out, (int8_t)*bytes);
        break;
    case TYPE_U8:
        buffer_add_number(out, *bytes);
        break;
    case TYPE_I16:
        add_signed(out, (int16_t)bytes_u16(bytes));
        break;
    case TYPE_U16:
        buffer_add_number(out, bytes_u16(bytes));
        break;
    case TYPE_I32:
        add_signed(out, (int32_t)bytes_u32(bytes));
        break;
    case TYPE_U32:
        buffer_add_number(out, bytes_u32(bytes));
        break;
    case TYPE_I64:
        add_signed(out, (int64_t)bytes_u64(bytes));
        break;
    case TYPE_U64:
        buffer_add_number(out, bytes_u64(bytes));
        break;
    case TYPE_HEX32:
        add_hex(out, bytes_u32(bytes), 8);
        break;
    case TYPE_HEX64:
        add_hex(out, bytes_u64(bytes), 16);
        break;
    case TYPE_BOOLEAN:
        buffer_add_text(out, bytes_u32(bytes) == 0 ? "false" : "true");
        break;
    case TYPE_GUID:
        add_guid(out, bytes);
        break;
    default: // TYPE_NULL: no text
        break;
    }
}
