// SPDX-License-Identifier: GPL-3.0-or-later
// UTF-16LE as it lies in a log, and what XML makes of its characters. Not iconv(): it loads its
// conversions from files, and the sandbox kills a worker that opens one.
#ifndef EVTXSEQ_UTF16_H
#define EVTXSEQ_UTF16_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline bool utf16_is_surrogate(uint16_t unit) {
    return unit >= 0xd800 && unit <= 0xdfff;
}

static inline bool utf16_is_xml_character(uint32_t character) {
    return character >= ' ' ? character != 0xfffe && character != 0xffff
                            : character == '\t' || character == '\n' || character == '\r';
}

// How many of `size` bytes of a value's text are units of its own: Sysmon ends its strings with a
// NUL, exported logs do without.
size_t utf16_units(const uint8_t *text, size_t size);

// Reads the character at unit *index, which is below `units`, and moves past it. An unpaired
// surrogate and what XML does not allow are read as U+FFFD.
uint32_t utf16_read(const uint8_t *text, size_t units, size_t *index);

#endif
