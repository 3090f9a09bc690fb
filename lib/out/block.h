// SPDX-License-Identifier: GPL-3.0-or-later
// Lines of text with a margin, that processes and what is told of them stand in.
//
//       process     C:\Windows\System32\cscript.exe (pid 4100)
//       | command   cscript.exe x.vbs
//     * library     C:\Windows\System32\wbem\wmiutils.dll
#ifndef EVTXSEQ_BLOCK_H
#define EVTXSEQ_BLOCK_H

#include <stddef.h>

#include "out/wrap.h"

enum { BLOCK_STEP_MAX = 48 };

// What is being written, and where in the tree.
struct block {
    struct wrap wrap;
    char mark;   // before the next label: `*` for what was found, else a space
    char bar;    // what joins an item to the next: in front of its details
    size_t step; // columns that it stands further in, for descendants: none, or 3 and more
};

// A line with a label of at most 11 characters, or with one of a detail below, of 9; text is added
// with block_add(), and it is ended with wrap_end().
void block_begin(struct block *block, const char *label);
void block_begin_detail(struct block *block, const char *label);
void block_add(struct block *block, const char *text);

// Whole lines. One of a detail whose value is NULL is left out.
void block_line(struct block *block, const char *label, enum wrap_colour colour, const char *value);
void block_detail(struct block *block, const char *label, enum wrap_colour colour,
                  const char *value);

// A detail that is said, not logged.
void block_note(struct block *block, const char *note);

// An image and its process ID, as far as they are known.
void block_process(struct block *block, const char *label, enum wrap_colour colour,
                   const char *image, const char *pid);

// "SHA1=...,MD5=...", as Sysmon has them: a detail each, with the algorithm in the margin.
void block_hashes(struct block *block, const char *hashes);

#endif
