// SPDX-License-Identifier: GPL-3.0-or-later
// Fuzz target: decoding all records of a chunk with libevtx, and the views beside it: where one
// opens, be it as far as System goes, it must say the same. The input is a chunk.
#include "../tests/agreement.h"
#include "evtx/decoder.h"
#include "fuzz.h"

// About how many records of a chunk are decoded once more, alone.
enum { ALONE = 4 };

struct target {
    uint8_t bytes[CHUNK_SIZE];
    struct chunk chunk;
    const struct record *records[CHUNK_RECORDS_MAX];
    struct agreement *agreement;
    struct decoder *decoder;
    struct decoder *lone_decoder;
};

static void set_up(struct target *target) {
    target->agreement = agreement_new();
    target->decoder = decoder_new(DECODER_ALL_WORK_MAX);
    target->lone_decoder = decoder_new(DECODER_ALL_WORK_MAX);
    must(target->decoder != NULL && target->lone_decoder != NULL);
}

// A record decodes to the same alone as among the others, unless those have used up what there is
// for a chunk.
static void check_alone(const struct target *target, const struct record *record,
                        const struct decoded *decoded) {
    struct decoded alone;
    if (decoded->result == DECODER_TOO_MUCH || decoded->result == DECODER_TOO_MANY) {
        return;
    }
    decoder_start(target->lone_decoder, target->bytes, false);
    decoder_choose(target->lone_decoder, &record, 1);
    must(decoder_next(target->lone_decoder, &alone));
    must(alone.result == decoded->result);
    must(alone.size == decoded->size &&
         (alone.size == 0 || memcmp(alone.xml, decoded->xml, alone.size) == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct target target;
    struct decoded decoded;
    if (target.agreement == NULL) {
        set_up(&target);
    }
    fill_chunk(target.bytes, data, size);
    chunk_survey(&target.chunk, target.bytes, 0);
    agreement_start(target.agreement, target.bytes);
    for (size_t i = 0; i < target.chunk.record_count; i++) {
        target.records[i] = &target.chunk.records[i];
    }
    decoder_start(target.decoder, target.bytes, false);
    decoder_choose(target.decoder, target.records, target.chunk.record_count);
    for (size_t i = 0; i < target.chunk.record_count; i++) {
        must(decoder_next(target.decoder, &decoded));
        must(agreement_difference(target.agreement, target.records[i], &decoded, NULL) == NULL);
        if (i % (1 + target.chunk.record_count / ALONE) == 0) {
            check_alone(&target, target.records[i], &decoded);
        }
    }
    must(!decoder_next(target.decoder, &decoded));
    return 0;
}
