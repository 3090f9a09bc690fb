// SPDX-License-Identifier: GPL-3.0-or-later
// Tests of decoding: what a record decodes to must not depend on which others are asked for.
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "evtx/chunk.h"
#include "evtx/decoder.h"
#include "suites.h"
#include "xmem.h"

#define SAMPLE "testdata/sample.evtx"

enum { LOG_HEADER = 4096, RECORD = 22, ENLARGED_BY = 40 };

struct decoders {
    struct decoder *several;
    struct decoder *alone;
};

// Decodes the record alone and together with the two after it.
static void expect_same(const struct decoders *decoders, const struct chunk *chunk, size_t number) {
    const struct record *records[] = {&chunk->records[number], &chunk->records[number + 1],
                                      &chunk->records[number + 2]};
    struct decoded together;
    struct decoded alone;
    decoder_start(decoders->several, chunk->data, false);
    decoder_choose(decoders->several, records, 3);
    decoder_start(decoders->alone, chunk->data, false);
    decoder_choose(decoders->alone, records, 1);
    ck_assert(decoder_next(decoders->several, &together));
    ck_assert(decoder_next(decoders->alone, &alone));
    ck_assert_int_eq(together.result, alone.result);
    ck_assert_uint_eq(together.size, alone.size);
    ck_assert(alone.size == 0 || memcmp(together.xml, alone.xml, alone.size) == 0);
}

// Whether it may be the descriptor of a string value: its size, type 1, 0.
static bool is_descriptor(const uint8_t *at) {
    return at[0] % 2 == 0 && at[1] < 2 && at[2] == 1 && at[3] == 0;
}

// Values that reach beyond their record, into one whose size is damaged and has to be put right.
START_TEST(values_beyond_the_record) {
    size_t size = 0;
    size_t count = 0;
    static struct chunk chunk;
    char *log = read_file(SAMPLE, &size);
    uint8_t *data = (uint8_t *)log + LOG_HEADER;
    struct decoders decoders = {decoder_new(DECODER_ALL_WORK_MAX),
                                decoder_new(DECODER_ALL_WORK_MAX)};
    chunk_survey(&chunk, data, 0);
    ck_assert_uint_gt(chunk.record_count, RECORD + 2);
    struct record record = chunk.records[RECORD];
    struct record next = chunk.records[RECORD + 1];
    bytes_put_u32(data + next.offset + next.size - 4, 0);
    for (size_t at = record.offset + RECORD_HEADER_SIZE; at < record.offset + record.size - 4;
         at++) {
        if (is_descriptor(data + at)) {
            uint16_t before = bytes_u16(data + at);
            bytes_put_u16(data + at, (uint16_t)(before + ENLARGED_BY));
            chunk_survey(&chunk, data, 0);
            ck_assert(chunk.records[RECORD + 1].damaged);
            expect_same(&decoders, &chunk, RECORD);
            bytes_put_u16(data + at, before);
            count++;
        }
    }
    ck_assert_uint_gt(count, 10);
    decoder_free(decoders.several);
    decoder_free(decoders.alone);
    free(log);
}
END_TEST

void decoder_tests(TCase *tests) {
    tcase_add_test(tests, values_beyond_the_record);
}
