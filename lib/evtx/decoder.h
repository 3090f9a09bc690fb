// SPDX-License-Identifier: GPL-3.0-or-later
// Decodes chosen records of a chunk to event XML, with libevtx.
//
// libevtx opens whole files, refuses one for a single bad chunk header, loses what follows a broken
// record and drops a record that fills its chunk to the brim. So it is given a file made for it in
// memory: a file header and one chunk, a private copy with a header of our own and a chain of
// records that leads over just the chosen ones.
#ifndef EVTXSEQ_DECODER_H
#define EVTXSEQ_DECODER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "evtx/chunk.h"

struct decoder;

// Bytes of XML that are made of one record, and of those of a chunk in all, where they make more
// than DECODER_XML_LIGHT. What Sysmon writes makes a few hundred KiB at most, of one record or of a
// whole chunk; a template that shows a value a thousand times makes 50 MiB, which take seconds.
enum {
    DECODER_XML_LIGHT = 8 << 10,
    DECODER_XML_MAX = 1 << 20,
    DECODER_CHUNK_XML_MAX = 2 << 20,
};

// Work that is done on the XML of a chunk: its bytes, and DECODER_TAG_WORK for each tag. After that
// no more is made of it: many small records of a template that was made for it take no longer than
// three full chunks. No chunk of 21 public logs takes half of it.
enum { DECODER_TAG_WORK = 16, DECODER_CHUNK_WORK_MAX = 384 << 10 };

// Records of one chunk that libevtx may give up on, which takes it longer than to decode one.
enum { DECODER_FAILURES_MAX = 64 };

enum decoder_result {
    DECODER_OK,
    DECODER_TEMPLATE_GONE, // see enum repair_result
    DECODER_TEXT_JOINED,
    DECODER_TOO_LARGE, // its XML has more than DECODER_XML_MAX bytes
    DECODER_TOO_MUCH,  // the records of its chunk up to this have DECODER_CHUNK_XML_MAX together,
                       // or those before it took DECODER_CHUNK_WORK_MAX
    DECODER_NO_MEMORY, // for its XML
    DECODER_TOO_MANY,  // libevtx gave up on DECODER_FAILURES_MAX records of the chunk before this
    DECODER_FAILED,    // libevtx gave up on the record
};

struct decoded {
    enum decoder_result result;
    const char *xml; // UTF-8, valid until the next call; NULL unless DECODER_OK
    size_t size;     // bytes, without a terminator
};

// NULL when memory ran out.
struct decoder *decoder_new(void);
void decoder_free(struct decoder *decoder);

// Takes up a chunk and the records of it that are wanted, in the order of their offsets. `records`
// must stay while the decoder is asked for them.
void decoder_start(struct decoder *decoder, const uint8_t *chunk,
                   const struct record *const *records, size_t count);

// The next of the records, in order, one a call. False when there are no more.
bool decoder_next(struct decoder *decoder, struct decoded *decoded);

// Whether libevtx has given up on a record since the decoder was made, which may have left its mark
// on the process.
bool decoder_has_failed(const struct decoder *decoder);

#endif
