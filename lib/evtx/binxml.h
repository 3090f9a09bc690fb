// SPDX-License-Identifier: GPL-3.0-or-later
// Binary XML: its tokens and value types, and a place in it that reading moves forward.
//
// Source: libyal's documentation of the Windows Event Log binary XML, and the logs themselves. All
// offsets count from the first byte of the chunk.
#ifndef EVTXSEQ_BINXML_H
#define EVTXSEQ_BINXML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

// Tokens; MORE marks one that is followed by attributes, or by more text.
enum {
    TOKEN_END_OF_FRAGMENT = 0x00,
    TOKEN_OPEN_ELEMENT = 0x01,
    TOKEN_CLOSE_START_TAG = 0x02,
    TOKEN_CLOSE_EMPTY_TAG = 0x03,
    TOKEN_END_ELEMENT = 0x04,
    TOKEN_TEXT = 0x05,
    TOKEN_ATTRIBUTE = 0x06,
    TOKEN_TEMPLATE_INSTANCE = 0x0c,
    TOKEN_SUBSTITUTION = 0x0d,
    TOKEN_OPTIONAL_SUBSTITUTION = 0x0e,
    TOKEN_FRAGMENT = 0x0f,
    TOKEN_MORE = 0x40,
};

// Value types.
enum {
    TYPE_NULL = 0x00,
    TYPE_STRING = 0x01, // UTF-16LE, often with a NUL after it
    TYPE_ANSI_STRING = 0x02,
    TYPE_I8 = 0x03,
    TYPE_U8 = 0x04,
    TYPE_I16 = 0x05,
    TYPE_U16 = 0x06,
    TYPE_I32 = 0x07,
    TYPE_U32 = 0x08,
    TYPE_I64 = 0x09,
    TYPE_U64 = 0x0a,
    TYPE_FLOAT = 0x0b,
    TYPE_DOUBLE = 0x0c,
    TYPE_BOOLEAN = 0x0d,
    TYPE_GUID = 0x0f,
    TYPE_FILETIME = 0x11,
    TYPE_SID = 0x13,
    TYPE_HEX32 = 0x14,
    TYPE_HEX64 = 0x15,
    TYPE_BINARY_XML = 0x21,
    TYPE_ARRAY = 0x80,
};

// Of a template definition: the offset of the next (u32), GUID, the size of its data (u32).
enum { DEFINITION_HEADER_SIZE = 24 };

// ok turns false where `end` is in the way, and reading goes no further.
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

static inline bool token_is_substitution(uint8_t token) {
    return token == TOKEN_SUBSTITUTION || token == TOKEN_OPTIONAL_SUBSTITUTION;
}

#endif
