// SPDX-License-Identifier: GPL-3.0-or-later
// Reading binary XML forward, byte by byte, never beyond an end; and its tokens. For the files that
// know its layout.
#ifndef EVTXSEQ_CURSOR_H
#define EVTXSEQ_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

// Binary XML tokens; MORE marks one that is followed by attributes, or by more text.
enum {
    TOKEN_END_OF_FRAGMENT = 0x00,
    TOKEN_OPEN_ELEMENT = 0x01,
    TOKEN_CLOSE_START_TAG = 0x02,
    TOKEN_CLOSE_EMPTY_TAG = 0x03,
    TOKEN_END_ELEMENT = 0x04,
    TOKEN_TEXT = 0x05,
    TOKEN_ATTRIBUTE = 0x06,
    TOKEN_TEMPLATE_INSTANCE = 0x0c,
    TOKEN_HOLE = 0x0d,
    TOKEN_OPTIONAL_HOLE = 0x0e,
    TOKEN_FRAGMENT = 0x0f,
    TOKEN_MORE = 0x40,
};

// Value types beside those of layout_body.h. All others that Windows knows hold no text, or hold it
// only as UTF-16LE.
enum {
    TYPE_ANSI_STRING = 0x02,
    TYPE_BINARY_XML = 0x21,
    TYPE_ARRAY = 0x80,
};

// A place in the chunk that reading moves forward; ok turns false where `end` is in the way, and
// reading goes no further.
struct cursor {
    const uint8_t *chunk;
    size_t at;
    size_t end;
    bool ok;
};

static inline const uint8_t *cursor_take(struct cursor *cursor, size_t size) {
    static const uint8_t nothing[16] = {0};
    if (!cursor->ok || size > cursor->end - cursor->at) {
        cursor->ok = false;
        return nothing; // enough for every number below
    }
    const uint8_t *bytes = cursor->chunk + cursor->at;
    cursor->at += size;
    return bytes;
}

static inline uint8_t cursor_u8(struct cursor *cursor) {
    return *cursor_take(cursor, 1);
}

static inline uint16_t cursor_u16(struct cursor *cursor) {
    return bytes_u16(cursor_take(cursor, 2));
}

static inline uint32_t cursor_u32(struct cursor *cursor) {
    return bytes_u32(cursor_take(cursor, 4));
}

static inline bool cursor_fragment_header(struct cursor *cursor) {
    const uint8_t *bytes = cursor_take(cursor, 4);
    return cursor->ok && bytes[0] == TOKEN_FRAGMENT;
}

#endif
