// SPDX-License-Identifier: GPL-3.0-or-later
// The style and the script of the HTML report, which are files of their own (page.css, page.js):
// tools/embed_page.sh makes the source of these functions.
#ifndef EVTXSEQ_PAGE_H
#define EVTXSEQ_PAGE_H

#include <stddef.h>

// A text, and its SHA-256 as a Content-Security-Policy has it: "sha256-...".
struct page_part {
    const char *text;
    size_t size;
    const char *hash;
};

struct page_part page_style(void);
struct page_part page_script(void);

#endif
