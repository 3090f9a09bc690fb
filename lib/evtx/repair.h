// SPDX-License-Identifier: GPL-3.0-or-later
// Makes a private copy of a chunk fit for libevtx, and puts right what libevtx makes of it.
//
// libevtx decodes UTF-16 wrongly where there are surrogates, ends a string at a NUL, and copies
// characters that XML does not allow, and into attributes markup; a record in slack space may refer
// to a template definition that has been overwritten. So before decoding, a string that needs care
// is replaced in the copy by a placeholder of the same length, and a broken reference by one to
// another definition of the same template; after decoding, the placeholders in the XML are replaced
// by the strings.
//
// A placeholder of two or more units is U+FDD0, a unit that numbers it, and U+FDD0 for the rest; of
// one unit, one of U+FDD1 to U+FDEF. These are characters to XML, but no text uses them: Unicode
// keeps them for internal use. A string that holds one all the same gets a placeholder too, so
// nothing in a log can pass for one.
#ifndef EVTXSEQ_REPAIR_H
#define EVTXSEQ_REPAIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "evtx/chunk.h"
#include "evtx/layout.h"

enum {
    // Strings of two units at least, and their descriptors of four bytes: a chunk has no more.
    REPAIR_STRINGS_MAX = CHUNK_SIZE / 8,
    REPAIR_SINGLES_MAX = 0xfdef - 0xfdd0,
    REPAIR_RUNS_MAX = 64,    // remembered in a chunk; more are looked at again each time
    REPAIR_TEXTS_MAX = 1024, // pieces of a run's own text that are looked at
};

// A string that a placeholder stands for, in the original chunk.
struct repair_string {
    uint32_t offset;
    uint32_t units; // UTF-16 code units, a terminating NUL left out
    bool is_in_attribute;
};

// A run whose own text has been looked at.
struct repair_run {
    uint32_t offset;
    bool needs_change;
};

struct repair {
    const uint8_t *chunk; // the original
    uint8_t *copy;
    struct definitions *definitions;
    struct layout layout;
    size_t run_count;
    struct repair_run runs[REPAIR_RUNS_MAX];
    struct piece texts[REPAIR_TEXTS_MAX]; // of the run at hand
    size_t string_count;
    struct repair_string strings[REPAIR_STRINGS_MAX];
    size_t single_count;
    struct repair_string singles[REPAIR_SINGLES_MAX];
};

// Takes up a chunk of CHUNK_SIZE bytes, and starts the definitions with it; both must outlive their
// use here.
void repair_start(struct repair *repair, struct definitions *definitions, const uint8_t *chunk);

// Takes up a fresh copy of it, to which the changes from here on are made.
void repair_start_copy(struct repair *repair, uint8_t *copy);

enum repair_result {
    REPAIR_DONE,
    // What libevtx would make of the record would not be its text, because ...
    REPAIR_TEMPLATE_GONE,  // a template definition that it needs is gone from the chunk
    REPAIR_TEMPLATE_LATER, // one stands after it; libevtx 20240504 takes the values from there too
    REPAIR_TEXT_JOINED,    // text of it is put together from several values
    REPAIR_MARKUP,         // libevtx would copy markup in a text of it
    REPAIR_IMPOSSIBLE,     // it counts more values than a chunk can hold; libevtx must not see it
};

// Looks at a record and says whether the copy must be changed for it. A change for one record may
// harm another where a broken or hostile log lets them overlap, so a record that needs one should
// be alone in its copy.
enum repair_result repair_examine(struct repair *repair, const struct record *record,
                                  bool *needs_change);

// Makes the changes for the record that was last looked at.
void repair_apply(struct repair *repair);

// Adds the XML that libevtx made of a repaired record, `size` bytes of UTF-8, with the strings put
// back. What is not a character, or none that XML allows, becomes U+FFFD.
void repair_restore(const struct repair *repair, const char *xml, size_t size, struct buffer *out);

#endif
