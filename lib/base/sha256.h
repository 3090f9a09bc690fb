// SPDX-License-Identifier: GPL-3.0-or-later
// SHA-256, as people compare it.
#ifndef EVTXSEQ_SHA256_H
#define EVTXSEQ_SHA256_H

#include <stddef.h>
#include <stdint.h>

enum { SHA256_SIZE = 32, SHA256_TEXT_SIZE = 2 * SHA256_SIZE + 1 };

void sha256_of(const void *data, size_t size, uint8_t digest[SHA256_SIZE]);

// In small hexadecimal digits, and a NUL.
void sha256_format(const uint8_t digest[SHA256_SIZE], char text[SHA256_TEXT_SIZE]);

// Of `size` bytes, in the same form.
void sha256_text_of(const void *data, size_t size, char text[SHA256_TEXT_SIZE]);

#endif
