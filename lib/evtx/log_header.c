// SPDX-License-Identifier: GPL-3.0-or-later
#include "evtx/log_header.h"

#include <string.h>

#include "base/bytes.h"
#include "evtx/checksum.h"

enum { HEADER_SIZE_IN_USE = 128, FLAG_OPEN = 1 };

void log_header_read(const uint8_t *data, size_t size, struct log_header *header) {
    *header = (struct log_header){0};
    header->has_signature = size >= 8 && memcmp(data, "ElfFile", 8) == 0;
    if (size < HEADER_SIZE_IN_USE || !header->has_signature) {
        return;
    }
    header->is_damaged = bytes_u32(data + 32) != HEADER_SIZE_IN_USE ||
                         bytes_u16(data + 40) != LOG_HEADER_SIZE || bytes_u16(data + 38) != 3 ||
                         !checksum_fits_log_header(data);
    header->is_closed = (bytes_u32(data + 120) & FLAG_OPEN) == 0;
}
