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

// Work that is done on the XML of a chunk: its bytes, and what else takes libevtx and the reader of
// XML as long as so many bytes do, as measured: a record, a tag, an attribute, a number with a
// fraction, a file that libevtx opens, and a record that it sees there; a record for which the
// chunk must be changed has a file for itself. Where the limit may be passed, no more XML is made:
// a chunk that was made for it takes no longer than two of ordinary events of which all are decoded
// (460,000 each).
enum {
    DECODER_XML_WORK = 768,
    DECODER_TAG_WORK = 64,
    DECODER_ATTRIBUTE_WORK = 128,
    DECODER_FLOAT_WORK = 256,
    DECODER_IMAGE_WORK = 2048,
    DECODER_RECORD_WORK = 32,
};

// The limit where most records are judged in place. The public logs of Sysmon come to 657,000 with
// all of their records decoded.
enum { DECODER_WORK_MAX = 896 << 10 };

// The limit where libevtx decodes every record, also those of other channels: a full chunk of the
// Security log comes to 1,094,000.
enum { DECODER_ALL_WORK_MAX = 1280 << 10 };

// Records of one chunk that libevtx may give up on, which takes it longer than to decode one.
enum { DECODER_FAILURES_MAX = 64 };

enum decoder_result {
    DECODER_OK,
    DECODER_TEMPLATE_GONE, // see enum repair_result
    DECODER_TEXT_JOINED,
    DECODER_TOO_LARGE, // its XML has more than DECODER_XML_MAX bytes
    DECODER_TOO_MUCH,  // those of its chunk up to this may take more work than the limit
    DECODER_NO_MEMORY, // for its XML
    DECODER_TOO_MANY,  // libevtx gave up on DECODER_FAILURES_MAX records of the chunk before this
    DECODER_FAILED,    // libevtx gave up on the record
};

struct decoded {
    enum decoder_result result;
    const char *xml; // UTF-8, valid until the next call; NULL unless DECODER_OK
    size_t size;     // bytes, without a terminator
};

// `work_max` is the limit on the work on a chunk. NULL when memory ran out.
struct decoder *decoder_new(size_t work_max);
void decoder_free(struct decoder *decoder);

// Takes up a chunk, which must stay. The limits above are those of all its records, and with
// `goes_on` of those of the chunks before it, too: of those that it overlaps.
void decoder_start(struct decoder *decoder, const uint8_t *chunk, bool goes_on);

// Takes up the records of the chunk that are wanted next, in the order of their offsets. `records`
// must stay while the decoder is asked for them.
void decoder_choose(struct decoder *decoder, const struct record *const *records, size_t count);

// The next of the records, in order, one a call. False when there are no more.
bool decoder_next(struct decoder *decoder, struct decoded *decoded);

// Whether libevtx has given up on a record since the decoder was made, which may have left its mark
// on the process.
bool decoder_has_failed(const struct decoder *decoder);

#endif
