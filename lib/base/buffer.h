// SPDX-License-Identifier: GPL-3.0-or-later
// A growing run of bytes. Running out of memory is remembered, not returned by every call: check
// `failed` once, after the last addition and before the bytes are used.
#ifndef EVTXSEQ_BUFFER_H
#define EVTXSEQ_BUFFER_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct buffer {
    char *data; // owned; `size` bytes, never NUL-terminated by itself
    size_t size;
    size_t capacity;
    bool failed;  // an addition did not fit into memory; later additions do nothing
    FILE *stream; // that buffer_pour() writes to; or NULL
    int error;    // errno of a write to it that failed; 0 where memory ran out
};

// An empty buffer is all zero; there is nothing to initialise. Releases the memory and leaves the
// buffer empty.
void buffer_free(struct buffer *buffer);

// Makes the buffer empty again and keeps its memory.
void buffer_clear(struct buffer *buffer);

// Makes room for `more` bytes after `size` and returns where they go, or NULL when memory ran out.
char *buffer_reserve(struct buffer *buffer, size_t more);

// Writes what there is to the stream and empties the buffer, so that a long text need not be in
// memory as a whole; without a stream it does nothing. A write that fails counts as an addition
// that did. False when the buffer has failed.
bool buffer_pour(struct buffer *buffer);

void buffer_add(struct buffer *buffer, const void *data, size_t size);
void buffer_add_text(struct buffer *buffer, const char *text);
void buffer_add_byte(struct buffer *buffer, char byte);
void buffer_printf(struct buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void buffer_vprintf(struct buffer *buffer, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));

#endif
