// SPDX-License-Identifier: GPL-3.0-or-later
// Memory and files for test code: every failure ends the program with a message.
#ifndef EVTXSEQ_TESTS_XMEM_H
#define EVTXSEQ_TESTS_XMEM_H

#include <stddef.h>

// Prints the message on standard error and exits with status 99.
_Noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));

// Like the functions they are named after, but never return NULL. The caller frees.
void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
void *xrealloc(void *old, size_t size);
char *xstrdup(const char *text);
char *xstrndup(const char *text, size_t length);

// The formatted text, in memory the caller frees.
char *xformat(const char *format, ...) __attribute__((format(printf, 1, 2)));

// Frees the text and puts another, of which it takes ownership, in its place.
void xreplace(char **text, char *other);

// Grows an array of `size`-byte elements so that index `count` exists; returns the new array.
void *xgrow(void *array, size_t count, size_t size);

// The whole file, with a NUL after it that *size does not count. The caller frees.
char *read_file(const char *path, size_t *size);

// Creates or replaces the file.
void write_file(const char *path, const void *bytes, size_t size);

// Creates the directories that lead to `path`, its last component excepted.
void make_parents(const char *path);

#endif
