// SPDX-License-Identifier: GPL-3.0-or-later
// How many processors there are to work with.
#ifndef EVTXSEQ_PROCESSORS_H
#define EVTXSEQ_PROCESSORS_H

#include <stddef.h>

// Those this process may run on, which can be fewer than the machine has: from 1 to `most`.
size_t processors_available(size_t most);

#endif
