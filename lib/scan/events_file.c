// SPDX-License-Identifier: GPL-3.0-or-later
#include "scan/events_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <zstd.h>

#include "base/bytes.h"
#include "base/file.h"
#include "base/hash.h"

enum {
    BLOCK_HEAD_SIZE = 4 * 4,
    STORED_MAX = EVENTS_CONTENT_MAX + EVENTS_CONTENT_MAX / 64, // zstd adds less than that
    // A level at which packing takes a small part of what it takes to find the events.
    LEVEL = 3,
    WINDOW_LOG_MAX = 22, // content is not larger than that
};

// Stands for the sizes of what messages are made of, and the order of bytes in it.
static uint32_t layout_of_messages(void) {
    const uint32_t parts[] = {
        0x01020304,
        sizeof(struct event),
        sizeof(struct event_item),
        DATA_COUNT,
        sizeof(struct message_event),
        sizeof(struct rule_hit),
        REASON_COUNT,
        sizeof(struct coverage_row),
        sizeof(struct message_input),
        PROBLEM_KINDS,
        sizeof(struct message_told),
        sizeof(struct message_archive),
        sizeof(struct message_totals),
        sizeof(struct message_problem),
        sizeof(struct message_share),
    };
    uint64_t hash = hash_add(HASH_START, parts, sizeof parts);
    return (uint32_t)(hash ^ hash >> 32);
}

// Writing

struct events_packer {
    ZSTD_CCtx *context;
};

struct events_packer *events_packer_new(void) {
    struct events_packer *packer = calloc(1, sizeof *packer);
    if (packer == NULL) {
        return NULL;
    }
    packer->context = ZSTD_createCCtx();
    if (packer->context == NULL ||
        ZSTD_isError(ZSTD_CCtx_setParameter(packer->context, ZSTD_c_compressionLevel, LEVEL)) ||
        ZSTD_isError(ZSTD_CCtx_setParameter(packer->context, ZSTD_c_checksumFlag, 1))) {
        events_packer_free(packer);
        return NULL;
    }
    return packer;
}

void events_packer_free(struct events_packer *packer) {
    if (packer != NULL) {
        (void)ZSTD_freeCCtx(packer->context);
        free(packer);
    }
}

static void put_block_head(uint8_t *head, enum events_kind kind, uint32_t input, size_t stored,
                           size_t size) {
    bytes_put_u32(head, (uint32_t)kind);
    bytes_put_u32(head + 4, input);
    bytes_put_u32(head + 8, (uint32_t)stored);
    bytes_put_u32(head + 12, (uint32_t)size);
}

bool events_pack(struct events_packer *packer, enum events_kind kind, uint32_t input,
                 const void *content, size_t size, struct buffer *out) {
    size_t most = ZSTD_compressBound(size);
    char *to = size > EVENTS_CONTENT_MAX ? NULL : buffer_reserve(out, BLOCK_HEAD_SIZE + most);
    if (to == NULL) {
        return false;
    }
    size_t stored = ZSTD_compress2(packer->context, to + BLOCK_HEAD_SIZE, most, content, size);
    if (ZSTD_isError(stored)) {
        return false;
    }
    put_block_head((uint8_t *)to, kind, input, stored, size);
    out->size += BLOCK_HEAD_SIZE + stored;
    return true;
}

void events_set_input(uint8_t *block, uint32_t input) {
    bytes_put_u32(block + 4, input);
}

void events_write(struct events_writer *writer, const void *bytes, size_t size) {
    if (writer->error == 0 && fwrite(bytes, 1, size, writer->stream) != size) {
        writer->error = errno == 0 ? EIO : errno;
    }
    sha256_update(&writer->context, size, bytes);
    writer->size += size;
}

void events_write_head(struct events_writer *writer, FILE *stream,
                       const uint8_t settings[SHA256_SIZE]) {
    uint8_t head[EVENTS_HEAD_SIZE];
    *writer = (struct events_writer){.stream = stream};
    sha256_init(&writer->context);
    memcpy(head, EVENTS_SIGNATURE, EVENTS_SIGNATURE_SIZE);
    bytes_put_u32(head + 8, EVENTS_VERSION);
    bytes_put_u32(head + 12, layout_of_messages());
    memcpy(head + 16, settings, SHA256_SIZE);
    events_write(writer, head, sizeof head);
}

void events_write_end(struct events_writer *writer) {
    uint8_t end[BLOCK_HEAD_SIZE];
    uint8_t digest[SHA256_SIZE];
    put_block_head(end, EVENTS_END, 0, 0, 0);
    events_write(writer, end, sizeof end);
    sha256_digest(&writer->context, sizeof digest, digest);
    events_write(writer, digest, sizeof digest);
}

// Reading

void events_reader_free(struct events_reader *reader) {
    (void)ZSTD_freeDCtx(reader->unpacker);
    buffer_free(&reader->stored);
    buffer_free(&reader->content);
    *reader = (struct events_reader){0};
}

static enum events_result fail(enum message_reason *reason, enum message_reason why) {
    *reason = why;
    return EVENTS_WRONG;
}

// Reads `size` bytes of what comes next. False with *reason set when they are not there.
static bool read_next(struct events_reader *reader, int fd, void *to, size_t size,
                      enum message_reason *reason) {
    if (file_read(fd, reader->at, to, size) != size) {
        reader->system_error = errno;
        *reason = errno == 0 ? REASON_ENDS_EARLY : REASON_READ;
        return false;
    }
    reader->at += size;
    return true;
}

static void take_in(struct events_reader *reader, const void *bytes, size_t size) {
    if (reader->is_checking) {
        sha256_update(&reader->context, size, bytes);
    }
}

enum events_result events_read_head(struct events_reader *reader, int fd,
                                    enum message_reason *reason) {
    uint8_t head[EVENTS_HEAD_SIZE];
    reader->at = 0;
    reader->input = 0;
    reader->kind = EVENTS_SETTINGS;
    sha256_init(&reader->context);
    if (reader->unpacker == NULL) {
        reader->unpacker = ZSTD_createDCtx();
    }
    if (reader->unpacker == NULL || ZSTD_isError(ZSTD_DCtx_setParameter(
                                        reader->unpacker, ZSTD_d_windowLogMax, WINDOW_LOG_MAX))) {
        return fail(reason, REASON_NO_MEMORY);
    }
    if (!read_next(reader, fd, head, EVENTS_SIGNATURE_SIZE, reason)) {
        return fail(reason, *reason == REASON_READ ? REASON_READ : REASON_NO_EVENTS_FILE);
    }
    if (memcmp(head, EVENTS_SIGNATURE, EVENTS_SIGNATURE_SIZE) != 0) {
        return fail(reason, REASON_NO_EVENTS_FILE);
    }
    if (!read_next(reader, fd, head + EVENTS_SIGNATURE_SIZE, sizeof head - EVENTS_SIGNATURE_SIZE,
                   reason)) {
        return EVENTS_WRONG;
    }
    if (bytes_u32(head + 8) != EVENTS_VERSION || bytes_u32(head + 12) != layout_of_messages()) {
        return fail(reason, REASON_OTHER_VERSION);
    }
    memcpy(reader->settings, head + 16, SHA256_SIZE);
    take_in(reader, head, sizeof head);
    return EVENTS_BLOCK;
}

static enum events_result read_end(struct events_reader *reader, int fd,
                                   enum message_reason *reason) {
    uint8_t told[SHA256_SIZE];
    char more = 0;
    if (!read_next(reader, fd, told, sizeof told, reason)) {
        return EVENTS_WRONG;
    }
    sha256_digest(&reader->context, SHA256_SIZE, reader->digest);
    if (pread(fd, &more, sizeof more, (off_t)reader->at) != 0 ||
        (reader->is_checking && memcmp(told, reader->digest, SHA256_SIZE) != 0)) {
        return fail(reason, REASON_DAMAGED);
    }
    return EVENTS_OVER;
}

enum events_result events_read(struct events_reader *reader, int fd, struct events_block *block,
                               enum message_reason *reason) {
    uint8_t head[BLOCK_HEAD_SIZE];
    if (!read_next(reader, fd, head, sizeof head, reason)) {
        return EVENTS_WRONG;
    }
    take_in(reader, head, sizeof head);
    uint32_t kind = bytes_u32(head);
    uint32_t stored = bytes_u32(head + 8);
    *block = (struct events_block){
        .kind = (enum events_kind)kind, .input = bytes_u32(head + 4), .size = bytes_u32(head + 12)};
    if (kind >= EVENTS_KINDS || kind < (uint32_t)reader->kind || stored > STORED_MAX ||
        block->size > EVENTS_CONTENT_MAX || (kind == EVENTS_END && stored + block->size > 0) ||
        (kind == EVENTS_INPUT && block->input < reader->input)) {
        return fail(reason, REASON_DAMAGED);
    }
    reader->kind = block->kind;
    reader->input = block->input;
    if (kind == EVENTS_END) {
        return read_end(reader, fd, reason);
    }
    buffer_clear(&reader->stored);
    char *to = buffer_reserve(&reader->stored, stored + 1U);
    if (to == NULL) {
        return fail(reason, REASON_NO_MEMORY);
    }
    if (!read_next(reader, fd, to, stored, reason)) {
        return EVENTS_WRONG;
    }
    reader->stored.size = stored;
    take_in(reader, to, stored);
    return EVENTS_BLOCK;
}

bool events_unpack(struct events_reader *reader, struct events_block *block,
                   enum message_reason *reason) {
    buffer_clear(&reader->content);
    char *to = buffer_reserve(&reader->content, block->size + 1);
    if (to == NULL) {
        *reason = REASON_NO_MEMORY;
        return false;
    }
    size_t size = ZSTD_decompressDCtx(reader->unpacker, to, block->size, reader->stored.data,
                                      reader->stored.size);
    if (ZSTD_isError(size) || size != block->size) {
        *reason = REASON_DAMAGED;
        return false;
    }
    block->content = to;
    return true;
}
