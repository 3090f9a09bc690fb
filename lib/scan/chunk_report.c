// SPDX-License-Identifier: GPL-3.0-or-later
#include "scan/chunk_report.h"

#include "base/bytes.h"
#include "evtx/checksum.h"
#include "scan/message.h"

static void report_damage(const struct chunk *chunk, struct buffer *out) {
    static const enum message_reason reasons[] = {
        [CHUNK_NO_SIGNATURE] = REASON_NO_SIGNATURE,
        [CHUNK_BAD_HEADER] = REASON_BAD_HEADER,
        [CHUNK_BAD_RECORDS] = REASON_BAD_RECORDS,
    };
    if (chunk->state != CHUNK_INTACT && chunk->state != CHUNK_EMPTY) {
        message_add_problem(out, PROBLEM_CHUNK, reasons[chunk->state],
                            chunk->offset + chunk->damage_offset, 0);
    }
}

// Says where a chunk is not what its checksums say. Who reports it knows which chunk of the log was
// written last, and so may have outdated ones. What is carved is not a log: there a chunk is
// damaged, as others are.
static void check_sums(const struct chunk *chunk, const struct reader_chunk *read, bool is_carved,
                       struct buffer *out) {
    bool is_chunk = chunk->state != CHUNK_EMPTY &&
                    (chunk->state != CHUNK_NO_SIGNATURE || chunk->record_count > 0);
    if (!is_chunk || (is_carved && chunk->state != CHUNK_INTACT)) {
        return;
    }
    enum checksum_result result = checksum_of_chunk(chunk->data);
    if (result != CHECKSUM_FITS) {
        bool is_serious = !is_carved && !read->is_earlier;
        message_add_problem(out, is_serious ? PROBLEM_CHECKSUM : PROBLEM_CHUNK,
                            result == CHECKSUM_HEADER_DIFFERS ? REASON_HEADER_SUM
                                                              : REASON_RECORDS_SUM,
                            chunk->offset, 0);
    }
}

// Which chunk was written last is told by the records themselves, for of that one the header may be
// outdated.
static void note_newest(const struct chunk *chunk, struct scan_tally *tally) {
    for (size_t i = 0; i < chunk->record_count; i++) {
        uint64_t number = bytes_u64(chunk->data + chunk->records[i].offset + 8);
        if (!chunk->records[i].damaged && number > tally->newest) {
            tally->newest = number;
            tally->newest_chunk = chunk->offset;
        }
    }
}

void chunk_report_problems(const struct chunk *chunk, const struct reader_chunk *read,
                           bool checks_sums, bool is_carved, struct buffer *out) {
    if (read->is_guess && checksum_of_chunk(chunk->data) == CHECKSUM_RECORDS_DIFFER) {
        return;
    }
    report_damage(chunk, out);
    if (checks_sums) {
        check_sums(chunk, read, is_carved, out);
    }
}

static void count_records(struct chunk *chunk, bool is_earlier, struct scan_tally *tally) {
    for (size_t i = 0; i < chunk->record_count; i++) {
        struct record *record = &chunk->records[i];
        record->recovered = record->recovered || is_earlier;
        tally->recovered += record->recovered;
        tally->records += !record->recovered;
    }
}

void chunk_report_tally(struct chunk *chunk, bool is_earlier, struct scan_tally *tally) {
    if (!is_earlier) {
        note_newest(chunk, tally);
    }
    count_records(chunk, is_earlier, tally);
}
