// SPDX-License-Identifier: GPL-3.0-or-later
// Reads one stretch of an input, chunk by chunk.
#include "scan/scanner.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/timestamp.h"
#include "evtx/decoder.h"
#include "rules/event_xml.h"
#include "scan/counter.h"
#include "scan/filter.h"
#include "scan/message.h"
#ifdef EVTXSEQ_FAULTS
#include "faults.h"
#endif

struct scanner {
    struct scanner_options options;
    uint8_t padded[CHUNK_SIZE];
    const struct stages *stages;
    struct filter *filter;
    struct decoder *decoder;
    struct counter *counter; // NULL when nothing is to be counted
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
    if (scanner->filter != NULL && options->is_counting) {
        scanner->counter = counter_new(stages, scanner->filter);
    }
    if (scanner->filter == NULL || scanner->decoder == NULL ||
        (options->is_counting && scanner->counter == NULL)) {
        scanner_free(scanner);
        return NULL;
    }
    return scanner;
}

void scanner_free(struct scanner *scanner) {
    if (scanner != NULL) {
        counter_free(scanner->counter);
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

static void count_record(const struct scanner *scanner, const struct record *record,
                         const struct counter_view *view, struct buffer *out) {
    if (scanner->counter != NULL) {
        counter_add(scanner->counter, (size_t)(record - scanner->chunk.records), view, out);
    }
}

// Reports the event if it is one of a rule's stage. Returns the stages that it meets, of rules or
// not.
static stage_mask judge_event(const struct scanner *scanner, const struct record *record,
                              const struct event *event, struct buffer *out) {
    const stage_mask reported = stages_of_rules(scanner->stages);
    struct message_event head = {.offset = scanner->chunk.offset + record->offset,
                                 .verdict = stages_judge(scanner->stages, event),
                                 .recovered = record->recovered};
    stage_mask meets = head.verdict.meets;
    head.verdict.meets &= reported;
    head.verdict.fallback &= reported;
    if ((head.verdict.meets | head.verdict.fallback) != 0) {
        message_add_event(out, &head, event);
    }
    return meets;
}

// Maps a record that has been decoded and judges the event, which goes to *view.
static void take_xml(const struct scanner *scanner, const struct record *record,
                     enum filter_verdict verdict, const struct decoded *decoded,
                     struct counter_view *view, struct buffer *out) {
    struct event *event = NULL;
    switch (map_record(scanner, record, decoded, &event)) {
    case EVENT_OK:
        view->event = event;
        view->meets = judge_event(scanner, record, event, out);
        break;
    case EVENT_NOT_SYSMON:
        view->is_other = true;
        break;
    case EVENT_MALFORMED:
        report_record(scanner, record, verdict, REASON_NOT_AN_EVENT, out);
        break;
    case EVENT_NO_MEMORY:
        report_record(scanner, record, verdict, REASON_NO_MEMORY, out);
        break;
    }
}

static void take_decoded(const struct scanner *scanner, const struct record *record,
                         enum filter_verdict verdict, const struct decoded *decoded,
                         struct buffer *out) {
    struct counter_view view = {0};
    switch (decoded->result) {
    case DECODER_OK:
        take_xml(scanner, record, verdict, decoded, &view, out);
        break;
    case DECODER_TEMPLATE_GONE:
        report_record(scanner, record, verdict, REASON_TEMPLATE_GONE, out);
        break;
    case DECODER_TEXT_JOINED:
        // What the filter looks for may be in that text, unless it is the wrong event altogether.
        report_record(scanner, record, verdict == FILTER_SKIP ? verdict : FILTER_PASS,
                      REASON_TEXT_JOINED, out);
        break;
    case DECODER_FAILED:
        report_record(scanner, record, verdict, REASON_NOT_DECODED, out);
        break;
    }
    count_record(scanner, record, &view, out);
    free(view.event);
}

// Chunks

// Chooses the records to be decoded. The others are counted here and now.
static size_t choose_records(struct scanner *scanner, struct buffer *out) {
    static const struct counter_view not_decoded = {0};
    const struct chunk *chunk = &scanner->chunk;
    size_t count = 0;
    for (size_t i = 0; i < chunk->record_count; i++) {
        const struct record *record = &chunk->records[i];
        enum filter_verdict verdict = scanner->verdicts[i];
        if (record->recovered && scanner->options.no_recovered) {
            continue;
        }
        if (verdict != FILTER_SKIP || scanner->options.no_filter) {
            scanner->chosen[count] = record;
            scanner->chosen_verdicts[count++] = verdict;
        } else {
            count_record(scanner, record, &not_decoded, out);
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
                       struct scan_state *state, struct buffer *out) {
    struct scan_tally *tally = &state->tally;
    struct chunk *chunk = &scanner->chunk;
    chunk_survey(chunk, whole_chunk(scanner, read), read->offset);
#ifdef EVTXSEQ_FAULTS
    faults_strike(chunk->data);
#endif
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
    (void)filter_chunk(scanner->filter, chunk, scanner->verdicts);
    if (scanner->counter != NULL) {
        counter_start(scanner->counter, chunk);
    }
    size_t count = choose_records(scanner, out);
    if (count > 0) {
        decode_records(scanner, count, out);
    }
    // Only now, so that a chunk which the process dies on is not counted in part.
    if (scanner->counter != NULL) {
        counter_finish(scanner->counter, &state->coverage, out);
    }
}

bool scanner_step(struct scanner *scanner, int fd, const struct scan_unit *unit,
                  struct scan_state *state, struct buffer *out) {
    struct reader_chunk chunk;
    switch (reader_next(state, fd, unit, &chunk, out)) {
    case READER_CHUNK:
        scan_chunk(scanner, &chunk, state, out);
        reader_done(state);
        return true;
    case READER_MORE:
        return true;
    case READER_END:
        break;
    }
    counter_send(&state->coverage, out);
    message_add_done(out);
    return false;
}
