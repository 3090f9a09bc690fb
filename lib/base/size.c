// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/size.h"

#include <stddef.h>
#include <stdio.h>

void size_format(double bytes, char text[SIZE_TEXT_SIZE]) {
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    size_t unit = 0;
    while (bytes >= 1000 && unit + 1 < sizeof units / sizeof *units) {
        bytes /= 1024;
        unit++;
    }
    (void)snprintf(text, SIZE_TEXT_SIZE, unit == 0 || bytes >= 100 ? "%.0f %s" : "%.1f %s", bytes,
                   units[unit]);
}
