// SPDX-License-Identifier: GPL-3.0-or-later
// The whole of an input through the library, for the fuzz targets that start there.
#ifndef EVTXSEQ_FUZZ_SCAN_INPUT_H
#define EVTXSEQ_FUZZ_SCAN_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Scans the input in this process, as a log or carved, once as a file and once as a stream, and
// sees to it that both say the same and nothing but messages.
void scan_input(const uint8_t *data, size_t size, bool is_carved);

#endif
