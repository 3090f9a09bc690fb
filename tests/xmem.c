// SPDX-License-Identifier: GPL-3.0-or-later
#include "xmem.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

void die(const char *format, ...) {
    va_list args;
    va_start(args, format);
    // NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): it loses sight of va_start().
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    exit(99);
}

void *xrealloc(void *old, size_t size) {
    void *block = realloc(old, size ? size : 1);
    if (!block) {
        die("out of memory");
    }
    return block;
}

void *xmalloc(size_t size) {
    return xrealloc(NULL, size);
}

void *xcalloc(size_t count, size_t size) {
    void *block = calloc(count ? count : 1, size ? size : 1);
    if (!block) {
        die("out of memory");
    }
    return block;
}

char *xstrndup(const char *text, size_t length) {
    char *copy = strndup(text, length);
    if (!copy) {
        die("out of memory");
    }
    return copy;
}

char *xstrdup(const char *text) {
    return xstrndup(text, strlen(text));
}

char *xformat(const char *format, ...) {
    va_list args;
    va_list again;
    va_start(args, format);
    va_copy(again, args);
    // NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): it loses sight of va_start().
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (length < 0) {
        die("cannot format a text");
    }
    char *text = xmalloc((size_t)length + 1);
    vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}

void xreplace(char **text, char *other) {
    free(*text);
    *text = other;
}

void *xgrow(void *array, size_t count, size_t size) {
    // Room doubles whenever the count reaches a power of two, so no capacity need be kept.
    if (count & (count - 1)) {
        return array;
    }
    size_t room = count ? 2 * count : 1;
    if (room > SIZE_MAX / size) {
        die("out of memory");
    }
    return xrealloc(array, room * size);
}

char *read_file(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    if (!file) {
        die("%s: %s", path, strerror(errno));
    }
    char *bytes = NULL;
    size_t used = 0;
    size_t room = 0;
    do {
        if (room - used < 2) {
            room = room ? 2 * room : 4096;
            bytes = xrealloc(bytes, room);
        }
        used += fread(bytes + used, 1, room - used - 1, file);
    } while (!feof(file) && !ferror(file));
    if (ferror(file)) {
        die("%s: %s", path, strerror(errno));
    }
    fclose(file);
    bytes[used] = '\0';
    if (size) {
        *size = used;
    }
    return bytes;
}

void write_file(const char *path, const void *bytes, size_t size) {
    FILE *file = fopen(path, "wb");
    if (!file) {
        die("%s: %s", path, strerror(errno));
    }
    size_t written = size ? fwrite(bytes, 1, size, file) : 0;
    if (fclose(file) != 0 || written != size) {
        die("%s: %s", path, strerror(errno));
    }
}

void make_parents(const char *path) {
    char *copy = xstrdup(path);
    for (char *slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(copy, 0777) != 0 && errno != EEXIST) {
            die("%s: %s", copy, strerror(errno));
        }
        *slash = '/';
    }
    free(copy);
}
