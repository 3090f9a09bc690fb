// SPDX-License-Identifier: GPL-3.0-or-later
// UTF-8: characters, and text that claims to be it.
#ifndef EVTXSEQ_UTF8_H
#define EVTXSEQ_UTF8_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

enum { UTF8_SIZE_MAX = 4 };

// Reads the character at the start of `size` > 0 bytes. Returns how many bytes it takes, or 0 when
// no valid one starts there (overlong forms and surrogates are not valid).
size_t utf8_read(const char *text, size_t size, uint32_t *character);

// Writes a character up to U+10FFFF. Returns how many bytes it takes.
size_t utf8_write(uint32_t character, char text[UTF8_SIZE_MAX]);

// Adds `size` bytes of text as they are, but bytes that are not UTF-8 as \xHH: the result is UTF-8.
void utf8_add(struct buffer *buffer, const char *text, size_t size);

#endif
