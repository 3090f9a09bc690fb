// SPDX-License-Identifier: GPL-3.0-or-later
// Sizes for people.
#ifndef EVTXSEQ_SIZE_H
#define EVTXSEQ_SIZE_H

enum { SIZE_TEXT_SIZE = 16 };

// "512 B", "11.2 MiB", "640 GiB": three digits or four. `bytes` is not negative.
void size_format(double bytes, char text[SIZE_TEXT_SIZE]);

#endif
