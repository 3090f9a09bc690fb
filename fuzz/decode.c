// SPDX-License-Identifier: GPL-3.0-or-later
// Fuzz target: decoding all records of a chunk with libevtx, and the filter beside it, which must
// not skip what turns out to be a stage event. The input is a chunk.
#include "evtx/decoder.h"
#include "fuzz.h"
#include "rules/event_xml.h"
#include "rules/rule.h"
#include "scan/filter.h"

// About how many records of a chunk are decoded once more, alone.
enum { ALONE = 4 };

struct target {
    uint8_t bytes[CHUNK_SIZE];
    struct chunk chunk;
    const struct record *records[CHUNK_RECORDS_MAX];
    enum filter_verdict verdicts[CHUNK_RECORDS_MAX];
    struct stages *stages;
    struct filter *filter;
    struct decoder *decoder;
    struct decoder *lone_decoder;
};

static void set_up(struct target *target) {
    size_t count = 0;
    const struct rule *rules = rules_all(&count);
    target->stages = stages_new(&rules, 1);
    must(target->stages != NULL);
    target->filter = filter_new(target->stages);
    target->decoder = decoder_new();
    target->lone_decoder = decoder_new();
    must(target->filter != NULL && target->decoder != NULL && target->lone_decoder != NULL);
}

static void check_filter(const struct target *target, enum filter_verdict verdict,
                         const struct decoded *decoded) {
    const struct event_header header = {0};
    struct event *event = NULL;
    if (decoded->result != DECODER_OK ||
        event_from_xml(decoded->xml, decoded->size, &header, &event) != EVENT_OK) {
        return;
    }
    struct stage_verdict judged = stages_judge(target->stages, event);
    must(verdict != FILTER_SKIP || (judged.meets | judged.fallback) == 0);
    free(event);
}

// A record decodes to the same alone as among the others.
static void check_alone(const struct target *target, const struct record *record,
                        const struct decoded *decoded) {
    struct decoded alone;
    decoder_start(target->lone_decoder, target->bytes, &record, 1);
    must(decoder_next(target->lone_decoder, &alone));
    must(alone.result == decoded->result);
    must(alone.size == decoded->size &&
         (alone.size == 0 || memcmp(alone.xml, decoded->xml, alone.size) == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct target target;
    struct decoded decoded;
    if (target.stages == NULL) {
        set_up(&target);
    }
    fill_chunk(target.bytes, data, size);
    chunk_survey(&target.chunk, target.bytes, 0);
    (void)filter_chunk(target.filter, &target.chunk, target.verdicts);
    for (size_t i = 0; i < target.chunk.record_count; i++) {
        target.records[i] = &target.chunk.records[i];
    }
    decoder_start(target.decoder, target.bytes, target.records, target.chunk.record_count);
    for (size_t i = 0; i < target.chunk.record_count; i++) {
        must(decoder_next(target.decoder, &decoded));
        check_filter(&target, target.verdicts[i], &decoded);
        if (i % (1 + target.chunk.record_count / ALONE) == 0) {
            check_alone(&target, target.records[i], &decoded);
        }
    }
    must(!decoder_next(target.decoder, &decoded));
    return 0;
}
