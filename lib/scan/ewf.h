// SPDX-License-Identifier: GPL-3.0-or-later
// One file of a forensic image in the Expert Witness Compression Format (E01, S01, L01), read by
// libewf. To be called in a process of its own, in a sandbox: see openers.h.
//
// libewf is given one file of an image at a time, with an image's header of its own in front: what
// is wrong with one file, or that it is missing, costs no other, and the memory that libewf takes
// for each chunk it has read is given back with each stretch of the image.
//
// These are the only names of this part that can be linked with. libewf brings other versions of
// the libraries that libevtx is made of under the same names, so it is linked into the object of
// this part and hidden there: see the Makefile.
#ifndef EVTXSEQ_EWF_H
#define EVTXSEQ_EWF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    EWF_CHUNK_MAX = 32 << 20, // bytes; tools offer 16 MiB at most
};

// What the sections of a file say of it. Numbers, not bool, as they come from another process.
struct ewf_facts {
    uint64_t chunks; // in it
    uint64_t media;  // bytes of the whole image, 0 when that is not known
    uint64_t end;    // up to this offset its sections follow each other, and chunks have tables
    uint32_t chunk_size;
    uint8_t is_whole; // the last of these is the file's end
    uint8_t is_last;  // and the image's
};

// Reads the headers of its sections. What is not known of the image is 0.
void ewf_survey(int fd, uint64_t size, struct ewf_facts *facts);

struct ewf;

// Opens a file of an image. `head` is another file of it, which says what this one may not say, or
// -1. NULL when libewf does not take it, or memory ran out.
struct ewf *ewf_open(int fd, uint64_t size, int head, uint64_t head_size);
void ewf_close(struct ewf *ewf);

// Reads bytes of one chunk; `offset` counts from the first chunk of the file. False when the chunk
// is damaged.
bool ewf_read(struct ewf *ewf, uint64_t offset, uint8_t *to, size_t size);

#endif
