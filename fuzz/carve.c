// SPDX-License-Identifier: GPL-3.0-or-later
// Fuzz target: carving. The input is any bytes, a log among them.
#include "fuzz.h"
#include "scan_input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    scan_input(data, size, true);
    return 0;
}
