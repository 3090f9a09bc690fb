// SPDX-License-Identifier: GPL-3.0-or-later
#include "complain.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "evtxseq.h"

void complain(const char *format, ...) {
    char *text = NULL;
    va_list arguments;
    va_start(arguments, format);
    int size = vasprintf(&text, format, arguments);
    va_end(arguments);
    (void)fputs("evtxseq: ", stderr);
    (void)evtxseq_write_visible(size < 0 ? "out of memory" : text, stderr);
    (void)fputs("\n", stderr);
    if (size >= 0) {
        free(text);
    }
}
