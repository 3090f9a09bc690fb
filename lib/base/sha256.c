// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/sha256.h"

#include <nettle/sha2.h>

_Static_assert((int)SHA256_SIZE == (int)SHA256_DIGEST_SIZE, "digests differ");

void sha256_of(const void *data, size_t size, uint8_t digest[SHA256_SIZE]) {
    struct sha256_ctx context;
    sha256_init(&context);
    sha256_update(&context, size, data);
    sha256_digest(&context, SHA256_SIZE, digest);
}

void sha256_format(const uint8_t digest[SHA256_SIZE], char text[SHA256_TEXT_SIZE]) {
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < SHA256_SIZE; i++) {
        text[2 * i] = digits[digest[i] >> 4];
        text[2 * i + 1] = digits[digest[i] & 15];
    }
    text[SHA256_TEXT_SIZE - 1] = '\0';
}

void sha256_text_of(const void *data, size_t size, char text[SHA256_TEXT_SIZE]) {
    uint8_t digest[SHA256_SIZE];
    sha256_of(data, size, digest);
    sha256_format(digest, text);
}
