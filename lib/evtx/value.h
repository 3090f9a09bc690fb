// SPDX-License-Identifier: GPL-3.0-or-later
// The text of a typed value, as libevtx writes it into an event's XML.
//
// Source of the types and their sizes: libyal's documentation of the Windows Event Log binary XML;
// of the text: libevtx, which the tests compare with.
#ifndef EVTXSEQ_VALUE_H
#define EVTXSEQ_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

struct value {
    uint8_t type;
    bool is_literal; // text of a definition, which has no NUL at its end
    uint32_t size;   // bytes
    const uint8_t *bytes;
};

// Whether values of this type and size are known. The others are libevtx's.
bool value_is_known(const struct value *value);

// Adds the text of a known value, as UTF-8: what is not a character, or none that XML allows,
// becomes U+FFFD.
void value_add_text(struct buffer *out, const struct value *value);

#endif
