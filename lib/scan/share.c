// SPDX-License-Identifier: GPL-3.0-or-later
#include "scan/share.h"

#include "evtx/log_header.h"
#include "scan/reader.h"

// `total` * `number` / `count`, which may not fit in between.
static uint64_t fraction(uint64_t total, uint64_t number, uint64_t count) {
    return total / count * number + total % count * number / count;
}

struct stretch share_stretch(struct share share, uint64_t total) {
    bool is_last = share.number >= share.count;
    return (struct stretch){
        .begin = share.count == 0 ? 0 : fraction(total, share.number - 1, share.count),
        .end = is_last ? UINT64_MAX : fraction(total, share.number, share.count),
    };
}

bool stretch_holds(struct stretch stretch, uint64_t place) {
    return stretch.begin <= place && (place < stretch.end || stretch.end == UINT64_MAX);
}

static uint64_t offset_of(uint64_t row, uint64_t place, uint64_t size) {
    if (row <= place) {
        return 0;
    }
    return row - place < size ? row - place : size;
}

struct stretch stretch_within(struct stretch stretch, uint64_t place, uint64_t size) {
    return (struct stretch){
        .begin = offset_of(stretch.begin, place, size),
        .end = stretch.end == UINT64_MAX ? size : offset_of(stretch.end, place, size),
    };
}

uint64_t share_part_at(uint64_t offset, bool is_carved) {
    uint64_t first = is_carved ? 0 : LOG_HEADER_SIZE;
    if (offset == 0) {
        return 0;
    }
    uint64_t parts = offset <= first ? 1 : (offset - first - 1) / SCAN_PART_SIZE + 1;
    return parts > (UINT64_MAX - first) / SCAN_PART_SIZE ? UINT64_MAX
                                                         : first + parts * SCAN_PART_SIZE;
}
