// SPDX-License-Identifier: GPL-3.0-or-later
// Fuzz target: decoding all records of a chunk with libevtx, and the views beside it: where one
// opens, be it as far as System goes, it must say the same. The input is a chunk.
#include "evtx/decoder.h"
#include "evtx/view.h"
#include "fuzz.h"
#include "rules/event_view.h"
#include "rules/event_xml.h"

// About how many records of a chunk are decoded once more, alone.
enum { ALONE = 4 };

struct target {
    uint8_t bytes[CHUNK_SIZE];
    struct chunk chunk;
    const struct record *records[CHUNK_RECORDS_MAX];
    struct names *names;
    struct definitions *definitions;
    struct view view;
    struct event_draft draft;
    struct decoder *decoder;
    struct decoder *lone_decoder;
};

static void set_up(struct target *target) {
    target->names = event_view_names();
    target->definitions = definitions_new(target->names);
    target->decoder = decoder_new();
    target->lone_decoder = decoder_new();
    must(target->definitions != NULL && target->decoder != NULL && target->lone_decoder != NULL);
}

// What the view of a record says.
struct viewed {
    enum event_result result; // EVENT_MALFORMED where it does not open
    bool has_data;            // EventData is open too
    struct event *event;      // unless it is not Sysmon's; of System alone without the data
};

static struct viewed view_record(struct target *target, const struct record *record,
                                 const struct event_header *header) {
    struct viewed viewed = {.result = EVENT_MALFORMED};
    uint16_t id = 0;
    if (view_open(&target->view, target->definitions, target->bytes, record)) {
        viewed.result = event_view_identify(&target->view, &id);
    }
    if (viewed.result == EVENT_OK) {
        viewed.has_data = view_open_data(&target->view, target->definitions);
        viewed.event = event_from_view(&target->view, id, header, &target->draft);
        must(viewed.event != NULL);
    }
    return viewed;
}

static bool is_same_text(const char *a, const char *b) {
    return strcmp(a == NULL ? "" : a, b == NULL ? "" : b) == 0;
}

static void check_system(const struct event *viewed, const struct event *event) {
    must(viewed->id == event->id);
    must(viewed->record_id == event->record_id);
    must(viewed->time_created == event->time_created);
    must(is_same_text(event_value(viewed, DATA_COMPUTER), event_value(event, DATA_COMPUTER)));
    must(is_same_text(event_value(viewed, DATA_CHANNEL), event_value(event, DATA_CHANNEL)));
}

static void check_view(struct target *target, const struct record *record,
                       const struct decoded *decoded) {
    const struct event_header header = {0};
    struct event *event = NULL;
    struct viewed viewed = view_record(target, record, &header);
    enum event_result result = EVENT_MALFORMED;
    if (decoded->result == DECODER_OK) {
        result = event_from_xml(decoded->xml, decoded->size, &header, &event);
    }
    if (viewed.result != EVENT_MALFORMED && result != EVENT_MALFORMED) {
        must(viewed.result == result);
    }
    if (viewed.event != NULL && event != NULL) {
        check_system(viewed.event, event);
        must(!viewed.has_data ||
             (viewed.event->size == event->size && memcmp(viewed.event, event, event->size) == 0));
    }
    free(event);
    free(viewed.event);
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
    if (target.names == NULL) {
        set_up(&target);
    }
    fill_chunk(target.bytes, data, size);
    chunk_survey(&target.chunk, target.bytes, 0);
    definitions_start(target.definitions, target.bytes);
    for (size_t i = 0; i < target.chunk.record_count; i++) {
        target.records[i] = &target.chunk.records[i];
    }
    decoder_start(target.decoder, target.bytes, target.records, target.chunk.record_count);
    for (size_t i = 0; i < target.chunk.record_count; i++) {
        must(decoder_next(target.decoder, &decoded));
        check_view(&target, target.records[i], &decoded);
        if (i % (1 + target.chunk.record_count / ALONE) == 0) {
            check_alone(&target, target.records[i], &decoded);
        }
    }
    must(!decoder_next(target.decoder, &decoded));
    return 0;
}
