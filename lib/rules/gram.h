// SPDX-License-Identifier: GPL-3.0-or-later
// Grams: pieces of text of four bytes, by which texts are looked for in other texts. Case folded.
#ifndef EVTXSEQ_GRAM_H
#define EVTXSEQ_GRAM_H

#include <stdint.h>
#include <string.h>

#include "base/ascii.h"

enum { GRAM_SIZE = 4 };

// The gram that a folded text has here.
static inline uint32_t gram_of_folded(const char *text) {
    uint32_t gram = 0;
    memcpy(&gram, text, GRAM_SIZE);
    return gram;
}

// The same of any text.
static inline uint32_t gram_of(const char *text) {
    char folded[GRAM_SIZE];
    for (int i = 0; i < GRAM_SIZE; i++) {
        folded[i] = ascii_fold(text[i]);
    }
    return gram_of_folded(folded);
}

#endif
