// SPDX-License-Identifier: GPL-3.0-or-later
// Which bytes are whose when a run is shared out among several: what --part=K/N stands for.
//
// The inputs count as one row of bytes, in the order of their paths. It is cut into N equal
// stretches, and a share reads the parts of logs (see SCAN_PART_SIZE) that begin in its own, so
// that all shares together read the same parts as one run does.
#ifndef EVTXSEQ_SHARE_H
#define EVTXSEQ_SHARE_H

#include <stdbool.h>
#include <stdint.h>

enum { SHARE_COUNT_MAX = 1000000 };

struct share {
    uint32_t number; // from 1 to `count`
    uint32_t count;  // 0: the run is not shared out
};

// The bytes from `begin` to just before `end`.
struct stretch {
    uint64_t begin;
    uint64_t end;
};

// Those of `total` bytes that are the share's. The last one's have no end, so that an empty input
// at the end of the row has its place, too.
struct stretch share_stretch(struct share share, uint64_t total);

// Whether what begins at this byte of the row is its.
bool stretch_holds(struct stretch stretch, uint64_t place);

// Of an input of `size` bytes that begins at byte `place` of the row: which of them are the
// stretch's, as offsets in the input.
struct stretch stretch_within(struct stretch stretch, uint64_t place, uint64_t size);

// The first offset of an input, from `offset` on, where a part may begin. UINT64_MAX where there is
// none.
uint64_t share_part_at(uint64_t offset, bool is_carved);

#endif
