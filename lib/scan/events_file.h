// SPDX-License-Identifier: GPL-3.0-or-later
// Events files: what workers have told of some of the inputs of a run, recorded, so that a run on
// another machine can take it up as if its own workers told it.
//
// A file is a head, blocks, and an end. Numbers are little-endian.
//
//   head   8 bytes   EVENTS_SIGNATURE
//          u32       EVENTS_VERSION
//          u32       layout_of_messages() of the program that wrote it
//          32 bytes  SHA-256 of the settings
//   block  u32       its kind, enum events_kind
//          u32       the number of the input in the file; 0 where a block is of none
//          u32       bytes stored
//          u32       bytes of content, at most EVENTS_CONTENT_MAX
//          stored    a zstd frame of the content, with its checksum
//   end    a block of EVENTS_END without content
//          32 bytes  SHA-256 of all that comes before; nothing follows
//
// First come the blocks with the settings, then those with the names that go with them, then those
// with the facts, then the events of each input, in the order of the inputs, of each from its start
// to its end. The same inputs make the same bytes. Facts and events are messages (message.h) as
// processes send them, so that only a program of the same layout can read them; what a file says is
// checked as what a worker says is.
#ifndef EVTXSEQ_EVENTS_FILE_H
#define EVTXSEQ_EVENTS_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <nettle/sha2.h>

#include "base/buffer.h"
#include "base/sha256.h"
#include "scan/message.h"

#define EVENTS_SIGNATURE                                                                           \
    "\x89"                                                                                         \
    "EVTXS\r\n"

enum {
    EVENTS_VERSION = 1,
    EVENTS_SIGNATURE_SIZE = 8,
    EVENTS_HEAD_SIZE = EVENTS_SIGNATURE_SIZE + 2 * 4 + SHA256_SIZE,
    EVENTS_CONTENT_MAX = 4 << 20,
    // Whoever fills a block ends it at this size; one message may be more.
    EVENTS_CONTENT_FULL = 1 << 20,
};

enum events_kind {
    EVENTS_SETTINGS, // text: what rules and options the events are of, see settings.h
    EVENTS_NAMES,    // what the rules are called in the files that they come from
    EVENTS_FACTS,    // messages: what there is to say of inputs but for their events
    EVENTS_INPUT,    // messages: events of an input
    EVENTS_END,
    EVENTS_KINDS
};

// Writing

struct events_packer;

// NULL when memory ran out.
struct events_packer *events_packer_new(void);
void events_packer_free(struct events_packer *packer);

// Adds a block to `out`. False when memory ran out.
bool events_pack(struct events_packer *packer, enum events_kind kind, uint32_t input,
                 const void *content, size_t size, struct buffer *out);

// Says of a packed block which input it is of.
void events_set_input(uint8_t *block, uint32_t input);

struct events_writer {
    FILE *stream;
    struct sha256_ctx context;
    uint64_t size; // bytes written
    int error;     // of the first write that failed; 0 for none
};

// Writes the head. `settings` is the hash of them.
void events_write_head(struct events_writer *writer, FILE *stream,
                       const uint8_t settings[SHA256_SIZE]);
// Writes packed blocks, or a part of one.
void events_write(struct events_writer *writer, const void *bytes, size_t size);
void events_write_end(struct events_writer *writer);

// Reading

struct events_block {
    enum events_kind kind;
    uint32_t input;
    const char *content; // valid until the next block; NULL until it is unpacked
    size_t size;
};

struct events_reader {
    uint8_t settings[SHA256_SIZE]; // what the head says
    uint8_t digest[SHA256_SIZE];   // of the whole file, once its end has been read
    uint64_t at;                   // the offset of what comes next
    uint32_t input;                // of the last block
    enum events_kind kind;         // of the last block
    int system_error;              // of REASON_READ
    bool is_checking;              // the hash of the file as well
    struct sha256_ctx context;
    struct buffer stored;
    struct buffer content;
    void *unpacker;
};

enum events_result {
    EVENTS_BLOCK,
    EVENTS_OVER,  // the end has been read, and the file is whole
    EVENTS_WRONG, // *reason says why
};

// All zero at first; freed with events_reader_free(). Reads the head of a file that can seek.
enum events_result events_read_head(struct events_reader *reader, int fd,
                                    enum message_reason *reason);

// Reads the next block, as it is stored.
enum events_result events_read(struct events_reader *reader, int fd, struct events_block *block,
                               enum message_reason *reason);

// Unpacks the block that was read last. False with *reason set when that fails.
bool events_unpack(struct events_reader *reader, struct events_block *block,
                   enum message_reason *reason);

void events_reader_free(struct events_reader *reader);

#endif
