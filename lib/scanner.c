// SPDX-License-Identifier: GPL-3.0-or-later
// Reads one stretch of an input, chunk by chunk.
#include "scanner.h"

#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "decoder.h"
#include "event.h"
#include "filter.h"
#include "message.h"
#include "timestamp.h"

struct scanner {
    struct scanner_options options;
    uint8_t padded[CHUNK_SIZE];
    const struct stages *stages;
    struct filter *filter;
    struct decoder *decoder;
    struct chunk chunk;
    enum filter_verdict verdicts[CHUNK_RECORDS_MAX];
    const struct record *chosen[CHUNK_RECORDS_MAX];
    enum filter_verdict chosen_verdicts[CHUNK_RECORDS_MAX];
};

struct scanner *scanner_new(const struct stages *stages, const struct scanner_options *options) {
    struct scanner *scanner = calloc(1, sizeof *scanner);
    if (scanner == NULL) {
        return NULL;
    }
    scanner->options = *options;
    scanner->stages = stages;
    scanner->filter = filter_new(stages);
    scanner->decoder = decoder_new();
    if (scanner->filter == NULL || scanner->decoder == NULL) {
        scanner_free(scanner);
        return NULL;
    }
    return scanner;
}

void scanner_free(struct scanner *scanner) {
    if (scanner != NULL) {
        filter_free(scanner->filter);
        decoder_free(scanner->decoder);
        free(scanner);
    }
}

// Records

static enum event_result map_record(const struct scanner *scanner, const struct record *record,
                                    const struct decoded *decoded, struct event **event) {
    const uint8_t *head = scanner->chunk.data + record->offset;
    struct event_header header = {
        .record_id = bytes_u64(head + 8),
        .written = timestamp_from_filetime(bytes_u64(head + 16)),
    };
    return event_from_xml(decoded->xml, decoded->size, &header, event);
}

static void report_record(const struct scanner *scanner, const struct record *record,
                          enum filter_verdict verdict, enum message_reason reason,
                          struct buffer *out) {
    enum problem_kind kind = verdict == FILTER_PASS ? PROBLEM_CANDIDATE : PROBLEM_RECORD;
    message_add_problem(out, kind, reason, scanner->chunk.offset + record->offset, 0);
}

static void judge_event(const struct scanner *scanner, const struct record *record,
                        const struct event *event, struct buffer *out) {
    struct message_event head = {.offset = scanner->chunk.offset + record->offset,
                                 .verdict = stages_judge(scanner->stages, event),
                                 .recovered = record->recovered};
    if ((head.verdict.meets | head.verdict.fallback) != 0) {
        message_add_event(out, &head, event);
    }
}

static void take_decoded(const struct scanner *scanner, const struct record *record,
                         enum filter_verdict verdict, const struct decoded *decoded,
                         struct buffer *out) {
    struct event *event = NULL;
    switch (decoded->result) {
    case DECODER_OK:
        break;
    case DECODER_TEMPLATE_GONE:
        report_record(scanner, record, verdict, REASON_TEMPLATE_GONE, out);
        return;
    case DECODER_TEXT_JOINED:
        // What the filter looks for may be in that text, unless it is the wrong event altogether.
        report_record(scanner, record, verdict == FILTER_SKIP ? verdict : FILTER_PASS,
                      REASON_TEXT_JOINED, out);
        return;
    case DECODER_FAILED:
        report_record(scanner, record, verdict, REASON_NOT_DECODED, out);
        return;
    }
    switch (map_record(scanner, record, decoded, &event)) {
    case EVENT_OK:
        judge_event(scanner, record, event, out);
        free(event);
        break;
    case EVENT_NOT_SYSMON:
        break;
    case EVENT_MALFORMED:
        report_record(scanner, record, verdict, REASON_NOT_AN_EVENT, out);
        break;
    case EVENT_NO_MEMORY:
        report_record(scanner, record, verdict, REASON_NO_MEMORY, out);
        break;
    }
}

// Chunks

static size_t choose_records(struct scanner *scanner) {
    const struct chunk *chunk = &scanner->chunk;
    size_t count = 0;
    (void)filter_chunk(scanner->filter, chunk, scanner->verdicts);
    for (size_t i = 0; i < chunk->record_count; i++) {
        enum filter_verdict verdict = scanner->verdicts[i];
        if ((verdict != FILTER_SKIP || scanner->options.no_filter) &&
            !(chunk->records[i].recovered && scanner->options.no_recovered)) {
            scanner->chosen[count] = &chunk->records[i];
            scanner->chosen_verdicts[count++] = verdict;
        }
    }
    return count;
}

static void decode_records(struct scanner *scanner, size_t count, struct buffer *out) {
    struct decoded decoded;
    decoder_start(scanner->decoder, scanner->chunk.data, scanner->chosen, count);
    for (size_t i = 0; decoder_next(scanner->decoder, &decoded); i++) {
        take_decoded(scanner, scanner->chosen[i], scanner->chosen_verdicts[i], &decoded, out);
    }
}

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

// A chunk that is cut short is filled up with zeros, in a copy.
static const uint8_t *whole_chunk(struct scanner *scanner, const struct reader_chunk *chunk) {
    if (chunk->size == CHUNK_SIZE) {
        return chunk->data;
    }
    memcpy(scanner->padded, chunk->data, chunk->size);
    memset(scanner->padded + chunk->size, 0, CHUNK_SIZE - chunk->size);
    return scanner->padded;
}

static void scan_chunk(struct scanner *scanner, const struct reader_chunk *read,
                       struct scan_tally *tally, struct buffer *out) {
    struct chunk *chunk = &scanner->chunk;
    chunk_survey(chunk, whole_chunk(scanner, read), read->offset);
    report_damage(chunk, out);
    for (size_t i = 0; i < chunk->record_count; i++) {
        struct record *record = &chunk->records[i];
        record->recovered = record->recovered || read->is_earlier;
        if (record->recovered) {
            tally->recovered++;
        } else {
            tally->records++;
        }
    }
    size_t count = choose_records(scanner);
    if (count > 0) {
        decode_records(scanner, count, out);
    }
}

bool scanner_step(struct scanner *scanner, int fd, const struct scan_unit *unit,
                  struct scan_state *state, struct buffer *out) {
    struct reader_chunk chunk;
    switch (reader_next(state, fd, unit, &chunk, out)) {
    case READER_CHUNK:
        scan_chunk(scanner, &chunk, &state->tally, out);
        reader_done(state);
        return true;
    case READER_MORE:
        return true;
    case READER_END:
        break;
    }
    message_add_done(out);
    return false;
}
