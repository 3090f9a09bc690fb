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

// Bytes of XML that are made of one record. A record that shows each value once has 200 KiB at most
// (65,000 bytes of characters that XML escapes), and its template's text; one whose template shows
// a value a thousand times would make 50 MiB, which take seconds.
enum { DECODER_XML_MAX = 256 << 10 };

// Work that is done on the XML of a chunk: its bytes, and what else takes libevtx as long as so
// many bytes do: a tag, an attribute, a file that it opens, and a record that it sees there; a
// record for which the chunk must be changed has a file for itself. Where the limit may be passed,
// no more XML is made: many small records of a template that was made for it take no longer than
// three chunks of ordinary events do. Of 21 public logs, those of Sysmon come to half of it, a full
// one of the Security log to 531,000.
enum {
    DECODER_TAG_WORK = 32,
    DECODER_ATTRIBUTE_WORK = 48,
    DECODER_IMAGE_WORK = 1024,
    DECODER_RECORD_WORK = 16,
    DECODER_CHUNK_WORK_MAX = 640 << 10,
};

// Records of one chunk that libevtx may give up on, which takes it longer than to decode one.
enum { DECODER_FAILURES_MAX = 64 };

enum decoder_result {
    DECODER_OK,
    DECODER_TEMPLATE_GONE, // see enum repair_result
    DECODER_TEXT_JOINED,
    DECODER_TOO_LARGE, // its XML has more than DECODER_XML_MAX bytes
    DECODER_TOO_MUCH,  // those of its chunk up to this may take DECODER_CHUNK_WORK_MAX
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

// Takes up a chunk, which must stay. The limits above are those of all its records from here on.
void decoder_start(struct decoder *decoder, const uint8_t *chunk);

// Takes up the records of the chunk that are wanted next, in the order of their offsets. `records`
// must stay while the decoder is asked for them.
void decoder_choose(struct decoder *decoder, const struct record *const *records, size_t count);

// The next of the records, in order, one a call. False when there are no more.
bool decoder_next(struct decoder *decoder, struct decoded *decoded);

// Whether libevtx has given up on a record since the decoder was made, which may have left its mark
// on the process.
bool decoder_has_failed(const struct decoder *decoder);

#endif
