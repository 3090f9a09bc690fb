// SPDX-License-Identifier: GPL-3.0-or-later
#include "scan/processors.h"

#include <sched.h>

size_t processors_available(size_t most) {
    cpu_set_t set;
    int count = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    return count < 1 ? 1 : (size_t)count > most ? most : (size_t)count;
}
