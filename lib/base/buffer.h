// SPDX-License-Identifier: GPL-3.0-or-later
// A growing run of bytes. Running out of memory is remembered, not returned by every call: check
// `failed` once, after the last addition and before the bytes are used.
#ifndef EVTXSEQ_BUFFER_H
#define EVTXSEQ_BUFFER_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct buffer {
    char *data; // owned; `size` bytes, never NUL-terminated by itself
    size_t size;
    size_t capacity;
    FILE *stream; // that buffer_pour() writes to; or NULL
    int error;    // errno of a write to it that failed; 0 where memory ran out
    bool failed;  // an addition did not fit into memory; later additions do nothing
};

// An empty buffer is all zero; there is nothing to initialise. Releases the memory and leaves the
// buffer empty.
void buffer_free(struct buffer *buffer);

// Makes the buffer empty again and keeps its memory.
void buffer_clear(struct buffer *buffer);

// Writes what there is to the stream and empties the buffer, so that a long text need not be in
// memory as a whole; without a stream it does nothing. A write that fails counts as an addition
// that did. False when the buffer has failed.
bool buffer_pour(struct buffer *buffer);

// Gets memory for `more` bytes after `size`, and is asked where there is none left for them.
char *buffer_grow(struct buffer *buffer, size_t more);

// Makes room for `more` bytes after `size` and returns where they go, or NULL when memory ran out.
// This and what follows is inline: nearly all that is written is written in small pieces.
static inline char *buffer_reserve(struct buffer *buffer, size_t more) {
    bool has_room = !buffer->failed && more < buffer->capacity - buffer->size;
    return has_room ? buffer->data + buffer->size : buffer_grow(buffer, more);
}

static inline void buffer_add(struct buffer *buffer, const void *data, size_t size) {
    char *to = buffer_reserve(buffer, size);
    if (to != NULL && size > 0) {
        memcpy(to, data, size);
        buffer->size += size;
    }
}

static inline void buffer_add_text(struct buffer *buffer, const char *text) {
    buffer_add(buffer, text, strlen(text));
}

static inline void buffer_add_byte(struct buffer *buffer, char byte) {
    char *to = buffer_reserve(buffer, 1);
    if (to != NULL) {
        *to = byte;
        buffer->size++;
    }
}

// A number in decimal digits.
void buffer_add_number(struct buffer *buffer, uint64_t number);

void buffer_printf(struct buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void buffer_vprintf(struct buffer *buffer, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));

#endif
