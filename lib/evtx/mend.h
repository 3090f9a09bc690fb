// SPDX-License-Identifier: GPL-3.0-or-later
// Makes a private copy of a chunk fit for libevtx, and puts right what libevtx makes of it.
//
// libevtx decodes UTF-16 wrongly where there are surrogates, ends a string at a NUL, and copies
// characters that XML does not allow; a record in slack space may refer to a template definition
// that has been overwritten. So before decoding, a string that needs care is replaced in the copy
// by a placeholder of the same length, and a broken reference by one to another definition of the
// same template; after decoding, the placeholders in the XML are replaced by the strings.
//
// A placeholder of two or more units is U+FDD0, a unit that numbers it, and U+FDD0 for the rest; of
// one unit, one of U+FDD1 to U+FDEF. These are characters to XML, but no text uses them: Unicode
// keeps them for internal use. A string that holds one all the same gets a placeholder too, so
// nothing in a log can pass for one.
#ifndef EVTXSEQ_MEND_H
#define EVTXSEQ_MEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "evtx/chunk.h"
#include "evtx/layout.h"

enum {
    // Strings of two units at least, and their descriptors of four bytes: a chunk has no more.
    MEND_STRINGS_MAX = CHUNK_SIZE / 8,
    MEND_SINGLES_MAX = 0xfdef - 0xfdd0,
    MEND_TEXTS_MAX = 1024, // pieces of a body's own text that are looked at
};

// A string that a placeholder stands for, in the original chunk.
struct mend_string {
    uint32_t offset;
    uint32_t units; // UTF-16 code units, a terminating NUL left out
};

// A body whose own text has been looked at.
struct mend_body {
    uint32_t offset;
    bool needs_change;
};

struct mend {
    const uint8_t *chunk; // the original
    uint8_t *copy;
    struct layout_cache cache;
    struct layout layout;
    size_t body_count;
    struct mend_body bodies[LAYOUT_TEMPLATES_MAX];
    struct layout_string texts[MEND_TEXTS_MAX]; // of the body at hand
    size_t string_count;
    struct mend_string strings[MEND_STRINGS_MAX];
    size_t single_count;
    struct mend_string singles[MEND_SINGLES_MAX];
};

// Takes up a chunk of CHUNK_SIZE bytes, which must outlive its use here.
void mend_start(struct mend *mend, const uint8_t *chunk);

// Takes up a fresh copy of it, to which the changes from here on are made.
void mend_start_copy(struct mend *mend, uint8_t *copy);

enum mend_result {
    MEND_DONE,
    // What libevtx would make of the record would not be its text, because ...
    MEND_TEMPLATE_GONE, // a template definition that it needs is gone from the chunk
    MEND_TEXT_JOINED,   // text of it is put together from several values
    MEND_IMPOSSIBLE,    // it counts more values than a chunk can hold; libevtx must not see it
};

// Looks at a record and says whether the copy must be changed for it. A change for one record may
// harm another where a broken or hostile log lets them overlap, so a record that needs one should
// be alone in its copy.
enum mend_result mend_examine(struct mend *mend, const struct record *record, bool *needs_change);

// Makes the changes for the record that was last looked at.
void mend_apply(struct mend *mend);

// Adds the XML that libevtx made of a mended record, `size` bytes of UTF-8, with the strings put
// back. What is no character, or none that XML allows, becomes U+FFFD.
void mend_restore(const struct mend *mend, const char *xml, size_t size, struct buffer *out);

#endif
