// SPDX-License-Identifier: GPL-3.0-or-later
// The text of a typed value, as libevtx writes it into an event's XML.
//
// Source of the types and their sizes: libyal's documentation of the Windows Event Log binary XML;
// of the text: libevtx, which the tests compare with.
#ifndef EVTXSEQ_VALUE_H
#define EVTXSEQ_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/guid.h"
#include "evtx/binxml.h"

struct value {
    uint8_t type;
    bool is_literal; // text of a definition, which has no NUL at its end
    uint32_t size;   // bytes
    const uint8_t *bytes;
};

// Whether values of this type and size are known. The others are libevtx's.
static inline bool value_is_known(const struct value *value) {
    // By type; those that are not here have none, or may have several.
    static const uint8_t sizes[] = {
        [TYPE_I8] = 1,  [TYPE_U8] = 1,  [TYPE_I16] = 2,   [TYPE_U16] = 2,
        [TYPE_I32] = 4, [TYPE_U32] = 4, [TYPE_HEX32] = 4, [TYPE_BOOLEAN] = 4,
        [TYPE_I64] = 8, [TYPE_U64] = 8, [TYPE_HEX64] = 8, [TYPE_GUID] = GUID_SIZE,
    };
    if (value->type >= sizeof sizes) {
        return false;
    }
    return sizes[value->type] != 0      ? value->size == sizes[value->type]
           : value->type == TYPE_STRING ? value->size % 2 == 0
                                        : value->type == TYPE_NULL;
}

// Adds the text of a known value, as UTF-8: what is not a character, or none that XML allows,
// becomes U+FFFD.
void value_add_text(struct buffer *out, const struct value *value);

#endif
