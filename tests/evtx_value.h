// SPDX-License-Identifier: GPL-3.0-or-later
// Typed values of events: their bytes in a log, and the text Windows would show for them.
#ifndef EVTXSEQ_TESTS_EVTX_VALUE_H
#define EVTXSEQ_TESTS_EVTX_VALUE_H

#include "evtx_binxml.h"

// Room for the text of any value that is not text itself.
struct value_buffer {
    uint16_t units[160];
};

// The value as text, in the buffer or, where the value is text, where it was. Absent: a null value.
struct evtx_text value_text(const struct evtx_value *value, struct value_buffer *buffer);

// Writes the value's bytes. With `terminated`, a NUL follows text.
void bx_put_value(struct chunk *chunk, const struct evtx_value *value, bool terminated);

#endif
