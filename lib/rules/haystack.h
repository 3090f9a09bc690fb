// SPDX-License-Identifier: GPL-3.0-or-later
// Bytes of a record that cannot be decoded, in which texts of rules are looked for.
#ifndef EVTXSEQ_HAYSTACK_H
#define EVTXSEQ_HAYSTACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/event.h"

// Bytes of a log.
struct raw {
    const uint8_t *data;
    size_t size;
};

enum { HAYSTACK_GRAM_BITS = 18 };

struct haystack {
    const struct raw *raw;
    size_t count;
    // A bit for each gram that stands there, by its hash: rules have thousands of texts, of which
    // most are seen not to stand there by that alone.
    uint64_t grams[(1 << HAYSTACK_GRAM_BITS) / 64];
};

// Takes up `count` runs of bytes, which must stay.
void haystack_fill(struct haystack *haystack, const struct raw *raw, size_t count);

// Whether the text, ASCII of GRAM_SIZE characters at least, stands in a run of bytes, as UTF-16 or
// as it is, in any case.
bool haystack_has(const struct haystack *haystack, struct text text);

#endif
