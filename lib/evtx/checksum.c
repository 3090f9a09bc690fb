// SPDX-License-Identifier: GPL-3.0-or-later
#include "evtx/checksum.h"

#include <libdeflate.h>

#include "base/bytes.h"
#include "evtx/chunk.h"

enum {
    COVERED = 120, // bytes of a header
    FLAGS_AT = COVERED,
    HEADER_SUM_AT = 124,
    TABLES_AT = 128, // of a chunk: its tables of strings and templates
    FREE_SPACE_AT = 48,
    RECORDS_SUM_AT = 52,
    FLAG_NO_CHECKSUMS = 4,
};

static bool has_flag(const uint8_t *header) {
    return (bytes_u32(header + FLAGS_AT) & FLAG_NO_CHECKSUMS) != 0;
}

bool checksum_fits_log_header(const uint8_t *data) {
    uint32_t sum = bytes_u32(data + HEADER_SUM_AT);
    return (sum == 0 && has_flag(data)) || libdeflate_crc32(0, data, COVERED) == sum;
}

static bool fits_header(const uint8_t *data) {
    uint32_t sum = libdeflate_crc32(0, data, COVERED);
    sum = libdeflate_crc32(sum, data + TABLES_AT, CHUNK_HEADER_SIZE - TABLES_AT);
    return sum == bytes_u32(data + HEADER_SUM_AT);
}

static bool fits_records(const uint8_t *data) {
    uint32_t end = bytes_u32(data + FREE_SPACE_AT);
    return end >= CHUNK_HEADER_SIZE && end <= CHUNK_SIZE &&
           libdeflate_crc32(0, data + CHUNK_HEADER_SIZE, end - CHUNK_HEADER_SIZE) ==
               bytes_u32(data + RECORDS_SUM_AT);
}

enum checksum_result checksum_of_chunk(const uint8_t *data) {
    if (has_flag(data) && bytes_u32(data + HEADER_SUM_AT) == 0 &&
        bytes_u32(data + RECORDS_SUM_AT) == 0) {
        return CHECKSUM_FITS;
    }
    if (!fits_records(data)) {
        return CHECKSUM_RECORDS_DIFFER;
    }
    return fits_header(data) ? CHECKSUM_FITS : CHECKSUM_HEADER_DIFFERS;
}
