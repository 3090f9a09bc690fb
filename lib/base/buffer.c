// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/buffer.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/ascii.h"

void buffer_free(struct buffer *buffer) {
    free(buffer->data);
    *buffer = (struct buffer){0};
}

void buffer_clear(struct buffer *buffer) {
    buffer->size = 0;
    buffer->failed = false;
    buffer->error = 0;
}

bool buffer_pour(struct buffer *buffer) {
    if (!buffer->failed && buffer->stream != NULL && buffer->size > 0) {
        buffer->failed = fwrite(buffer->data, 1, buffer->size, buffer->stream) < buffer->size;
        buffer->error = buffer->failed ? errno : 0;
        buffer->size = 0;
    }
    return !buffer->failed;
}

char *buffer_grow(struct buffer *buffer, size_t more) {
    if (buffer->failed || more > SIZE_MAX / 2 - buffer->size) {
        buffer->failed = true;
        return NULL;
    }
    size_t needed = buffer->size + more;
    if (needed > buffer->capacity || buffer->data == NULL) {
        size_t capacity = needed < 128 ? 256 : needed * 2;
        char *data = realloc(buffer->data, capacity);
        if (data == NULL) {
            buffer->failed = true;
            return NULL;
        }
        buffer->data = data;
        buffer->capacity = capacity;
    }
    return buffer->data + buffer->size;
}

void buffer_add_number(struct buffer *buffer, uint64_t number) {
    char digits[20];
    size_t count = 0;
    for (uint64_t rest = number; count == 0 || rest > 0; rest /= 10) {
        count++;
    }
    ascii_write_digits(digits, count, number, 10);
    buffer_add(buffer, digits, count);
}

// What is printed has room at once but for few.
enum { PRINTED_SIZE = 64 };

void buffer_vprintf(struct buffer *buffer, const char *format, va_list arguments) {
    va_list again;
    size_t room = PRINTED_SIZE;
    char *to = buffer_reserve(buffer, room);
    if (to == NULL) {
        return;
    }
    va_copy(again, arguments);
    int length = vsnprintf(to, room, format, arguments);
    if (length >= (int)room) {
        room = (size_t)length + 1;
        to = buffer_reserve(buffer, room);
        length = to == NULL ? 0 : vsnprintf(to, room, format, again);
    }
    va_end(again);
    buffer->failed = buffer->failed || length < 0;
    buffer->size += length < 0 ? 0 : (size_t)length;
}

void buffer_printf(struct buffer *buffer, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    buffer_vprintf(buffer, format, arguments);
    va_end(arguments);
}
