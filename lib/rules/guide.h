// SPDX-License-Identifier: GPL-3.0-or-later
// What a rule's guide is: text for the person who has to act on a finding, as data.
#ifndef EVTXSEQ_GUIDE_H
#define EVTXSEQ_GUIDE_H

#include <stddef.h>

enum guide_part_kind {
    GUIDE_TEXT,     // a paragraph, one line however long
    GUIDE_ITEM,     // one of several, the same
    GUIDE_STEP,     // one of several to be done in this order, the same
    GUIDE_VERBATIM, // lines to be shown as they are
};

struct guide_part {
    enum guide_part_kind kind;
    const char *text;
};

struct guide_section {
    const char *heading;
    const struct guide_part *parts;
    size_t part_count;
};

enum { GUIDE_SECTIONS_MAX = 6 };

struct guide {
    const char *summary;                                      // a sentence
    const struct guide_section *sections[GUIDE_SECTIONS_MAX]; // the first section_count
    size_t section_count;
};

#endif
