// SPDX-License-Identifier: GPL-3.0-or-later
// Reads one stretch of an input, chunk by chunk.
#include "scanner.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bytes.h"
#include "decoder.h"
#include "event.h"
#include "filter.h"
#include "log_header.h"
#include "message.h"
#include "timestamp.h"

struct scanner {
    struct scanner_options options;
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

static void report(struct buffer *out, enum problem_kind kind, enum message_reason reason,
                   uint64_t offset, int system_error) {
    struct message_problem problem = {.offset = offset,
                                      .kind = (uint32_t)kind,
                                      .reason = (uint32_t)reason,
                                      .system_error = system_error};
    message_add_problem(out, &problem);
}

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
    report(out, kind, reason, scanner->chunk.offset + record->offset, 0);
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
        report(out, PROBLEM_CHUNK, reasons[chunk->state], chunk->offset + chunk->damage_offset, 0);
    }
}

static void scan_chunk(struct scanner *scanner, const uint8_t *data, uint64_t offset,
                       struct scan_state *state, struct buffer *out) {
    struct chunk *chunk = &scanner->chunk;
    chunk_survey(chunk, data, offset);
    report_damage(chunk, out);
    for (size_t i = 0; i < chunk->record_count; i++) {
        struct record *record = &chunk->records[i];
        record->recovered = record->recovered || offset >= state->live_end;
        if (record->recovered) {
            state->tally.recovered++;
        } else {
            state->tally.records++;
        }
    }
    size_t count = choose_records(scanner);
    if (count > 0) {
        decode_records(scanner, count, out);
    }
}

// Input

// Reads until `size` bytes are there or the input ends. Returns how many, or -1 with errno set.
static ssize_t read_fully(int fd, const struct scan_unit *unit, uint64_t offset, uint8_t *to,
                          size_t size) {
    size_t have = 0;
    while (have < size) {
        ssize_t count = unit->is_stream ? read(fd, to + have, size - have)
                                        : pread(fd, to + have, size - have, (off_t)(offset + have));
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return -1;
        }
        if (count == 0) {
            break;
        }
        have += (size_t)count;
    }
    return (ssize_t)have;
}

// How much to read at once: up to the end of the unit, or of the first error where a medium fails.
static size_t wanted_size(const struct scan_unit *unit, uint64_t offset, size_t room) {
    uint64_t rest = unit->end > offset ? unit->end - offset : 0;
    return rest < room ? (size_t)rest : room;
}

// A medium that fails at one place may go on behind it: one chunk is passed over at a time, as long
// as it is known where the input ends.
static void pass_over_bad_spot(const struct scan_unit *unit, struct scan_state *state) {
    state->buffer_offset += state->buffer_offset == 0 ? LOG_HEADER_SIZE : CHUNK_SIZE;
    state->buffer_size = 0;
    state->at_end = unit->is_stream || unit->end == UINT64_MAX || state->buffer_offset >= unit->end;
    state->has_header = true;
}

// Reads on, behind what of the buffer has not been seen to. With the file header come as many
// chunks as without.
static void fill_buffer(int fd, const struct scan_unit *unit, struct scan_state *state,
                        struct buffer *out) {
    size_t kept = state->buffer_size - state->buffer_next;
    memmove(state->buffer, state->buffer + state->buffer_next, kept);
    state->buffer_offset += state->buffer_next;
    state->buffer_size = (uint32_t)kept;
    state->buffer_next = 0;
    uint64_t from = state->buffer_offset + kept;
    size_t room = (from == 0 ? (size_t)LOG_HEADER_SIZE : 0) + SCAN_BUFFER_SIZE - kept;
    size_t wanted = wanted_size(unit, from, room);
    ssize_t count = read_fully(fd, unit, from, state->buffer + kept, wanted);
    size_t less = from == 0 ? LOG_HEADER_SIZE : CHUNK_SIZE;
    if (count < 0 && wanted > less && !unit->is_stream) {
        wanted = less;
        count = read_fully(fd, unit, from, state->buffer + kept, wanted);
    }
    if (count < 0) {
        report(out, PROBLEM_UNREADABLE, REASON_READ, from, errno);
        pass_over_bad_spot(unit, state);
        return;
    }
    state->buffer_size += (uint32_t)count;
    state->tally.bytes += (uint64_t)count;
    state->at_end = (size_t)count < wanted || from + (uint64_t)count >= unit->end;
}

// What is in front of the first chunk. The log goes on whatever is wrong with it, as long as there
// is something of a log.
static void scan_header(const struct scan_unit *unit, struct scan_state *state,
                        struct buffer *out) {
    struct log_header header;
    bool is_cut = state->buffer_size < LOG_HEADER_SIZE;
    log_header_read(state->buffer, state->buffer_size, &header);
    state->live_end = unit->live_end < header.live_end ? unit->live_end : header.live_end;
    state->has_header = true;
    if (!header.has_signature) {
        state->is_doubtful = true;
        return;
    }
    state->buffer_next = is_cut ? state->buffer_size : LOG_HEADER_SIZE;
    if (is_cut) {
        report(out, PROBLEM_TRUNCATED, REASON_ENDS_IN_HEADER, state->buffer_size, 0);
    } else if (header.is_damaged) {
        report(out, PROBLEM_FILE_HEADER, REASON_FILE_HEADER, 0, 0);
    }
}

// How many chunks of the buffer start, from `at` on, the way a chunk does.
static size_t count_chunk_starts(const struct scan_state *state, size_t at) {
    size_t count = 0;
    for (; at < state->buffer_size; at += CHUNK_SIZE) {
        count += chunk_starts_at(state->buffer + at);
    }
    return count;
}

// Whether there is a chunk or a record in the rest of the buffer.
static bool holds_records(struct scanner *scanner, const struct scan_state *state) {
    for (size_t at = state->buffer_next; at < state->buffer_size; at += CHUNK_SIZE) {
        chunk_survey(&scanner->chunk, state->buffer + at, state->buffer_offset + at);
        if (scanner->chunk.state != CHUNK_EMPTY &&
            (scanner->chunk.state != CHUNK_NO_SIGNATURE || scanner->chunk.record_count > 0)) {
            return true;
        }
    }
    return false;
}

// A file without a log's signature is one all the same if a chunk or a record is where it should
// be: behind a file header, or from the start of a file that has lost it. Passes over what is
// neither. False when nothing of a log is left.
static bool settle_doubt(struct scanner *scanner, struct scan_state *state, struct buffer *out) {
    memset(state->buffer + state->buffer_size, 0, CHUNK_SIZE);
    if (state->buffer_offset == 0 &&
        count_chunk_starts(state, 0) <= count_chunk_starts(state, LOG_HEADER_SIZE)) {
        state->buffer_next =
            state->buffer_size < LOG_HEADER_SIZE ? state->buffer_size : LOG_HEADER_SIZE;
    }
    if (holds_records(scanner, state)) {
        report(out, PROBLEM_FILE_HEADER, REASON_FILE_HEADER, 0, 0);
        state->is_doubtful = false;
        return true;
    }
    if (state->at_end) {
        report(out, PROBLEM_NO_LOG, REASON_NO_LOG, PROBLEM_NO_OFFSET, 0);
        return false;
    }
    size_t rest = state->buffer_size - state->buffer_next;
    state->buffer_next += (uint32_t)(rest - rest % CHUNK_SIZE);
    return true;
}

// A last chunk that is cut short is filled up with zeros.
static void pad_chunk(struct scan_state *state, struct buffer *out) {
    uint32_t have = state->buffer_size - state->buffer_next;
    if (have < CHUNK_SIZE) {
        report(out, PROBLEM_TRUNCATED, REASON_ENDS_IN_CHUNK,
               state->buffer_offset + state->buffer_size, 0);
        memset(state->buffer + state->buffer_size, 0, CHUNK_SIZE - have);
    }
}

static bool finish(struct buffer *out) {
    message_add_done(out);
    return false;
}

static void begin(const struct scan_unit *unit, struct scan_state *state) {
    state->has_begun = true;
    state->buffer_offset = unit->begin;
    state->has_header = unit->begin > 0;
    state->live_end = unit->live_end;
}

static void scan_next_chunk(struct scanner *scanner, struct scan_state *state, struct buffer *out) {
    pad_chunk(state, out);
    state->in_chunk = true;
    scan_chunk(scanner, state->buffer + state->buffer_next,
               state->buffer_offset + state->buffer_next, state, out);
    state->in_chunk = false;
    state->buffer_next += CHUNK_SIZE;
}

bool scanner_step(struct scanner *scanner, int fd, const struct scan_unit *unit,
                  struct scan_state *state, struct buffer *out) {
    if (!state->has_begun) {
        begin(unit, state);
    }
    if (!state->has_header && (state->buffer_size >= LOG_HEADER_SIZE || state->at_end)) {
        scan_header(unit, state, out);
        return true;
    }
    if (state->buffer_size < state->buffer_next + CHUNK_SIZE && !state->at_end) {
        fill_buffer(fd, unit, state, out);
        return true;
    }
    if (state->is_doubtful) {
        return settle_doubt(scanner, state, out) || finish(out);
    }
    if (state->buffer_next >= state->buffer_size) {
        return finish(out);
    }
    scan_next_chunk(scanner, state, out);
    return true;
}

uint64_t scan_state_skip(struct scan_state *state) {
    if (!state->in_chunk) {
        return UINT64_MAX;
    }
    uint64_t offset = state->buffer_offset + state->buffer_next;
    state->in_chunk = false;
    state->buffer_next += CHUNK_SIZE;
    return offset;
}
