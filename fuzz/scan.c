// SPDX-License-Identifier: GPL-3.0-or-later
// Fuzz target: a whole log. The input is the log.
#include "fuzz.h"
#include "scan_input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    scan_input(data, size, false);
    return 0;
}
