// SPDX-License-Identifier: GPL-3.0-or-later
#include "scan/scanner.h"

#include <stdlib.h>
#include <string.h>

#include "evtx/decoder.h"
#include "evtx/view.h"
#include "rules/event_view.h"
#include "scan/chunk_report.h"
#include "scan/comparer.h"
#include "scan/counter.h"
#include "scan/digest.h"
#include "scan/message.h"
#include "scan/overlaps.h"
#include "scan/record_report.h"
#ifdef EVTXSEQ_FAULTS
#include "faults.h"
#endif

enum {
    // Bytes of definitions that are read for the records of a chunk. A record can have the text of
    // one for a few bytes. Sysmon's have 3 KiB at most, and at most 150 records are in a chunk.
    CHUNK_DEFINITIONS_MAX = 1 << 20,
};

struct scanner {
    struct scanner_task task;
    struct scanner_options options;
    uint8_t padded[CHUNK_SIZE];
    struct names *names;
    struct definitions *definitions;
    struct decoder *decoder;
    struct counter *counter; // NULL when nothing is to be counted
    struct chunk chunk;
    struct overlaps overlaps;
    struct view view; // of the record at hand
    struct subject subject;
    struct field_reader reader; // of the subject
    struct rule_hits hits;      // what the subject is to the rules
    struct record_report report;
    struct comparer comparer;
    const struct record *chosen[CHUNK_RECORDS_MAX]; // to be decoded
    // Of the segment.
    uint32_t input;  // its number
    size_t compared; // events
    // Of the chunk at hand, with those that overlap it.
    uint64_t limited_to; // chunks that begin from here on have limits of their own
    size_t shown;        // bytes of definitions read for records
    // Of the chunk at hand.
    bool compares;   // its events
    bool is_damaged; // the record at hand: its size and values do not fit each other
    struct digest digest;
    struct replay *replay; // NULL where the task is another
};

struct scanner *scanner_new(const struct scanner_task *task,
                            const struct scanner_options *options) {
    struct scanner *scanner = calloc(1, sizeof *scanner);
    if (scanner == NULL) {
        return NULL;
    }
    scanner->task = *task;
    scanner->options = *options;
#ifdef EVTXSEQ_FAULTS
    scanner->names = faults_names();
#else
    scanner->names = event_view_names();
#endif
    scanner->definitions = scanner->names == NULL ? NULL : definitions_new(scanner->names);
    scanner->decoder = decoder_new(options->no_filter ? DECODER_ALL_WORK_MAX : DECODER_WORK_MAX);
    scanner->counter = task->is_counting ? counter_new() : NULL;
    scanner->replay = task->replay == NULL ? NULL : replay_new(task->replay);
    if (scanner->definitions == NULL || scanner->decoder == NULL ||
        (task->is_counting && scanner->counter == NULL) ||
        (task->replay != NULL && scanner->replay == NULL)) {
        scanner_free(scanner);
        return NULL;
    }
    scanner->report = (struct record_report){
        .task = &scanner->task, .chunk = &scanner->chunk, .definitions = scanner->definitions};
    scanner->comparer = (struct comparer){.chunk = &scanner->chunk,
                                          .definitions = scanner->definitions,
                                          .decoder = scanner->decoder,
                                          .view = &scanner->view,
                                          .report = &scanner->report};
    return scanner;
}

void scanner_free(struct scanner *scanner) {
    if (scanner != NULL) {
        replay_free(scanner->replay);
        counter_free(scanner->counter);
        decoder_free(scanner->decoder);
        definitions_free(scanner->definitions);
        names_free(scanner->names);
        subject_free(&scanner->subject);
        field_reader_free(&scanner->reader);
        rule_hits_free(&scanner->hits);
        event_draft_free(&scanner->comparer.draft);
        free(scanner);
    }
}

void scanner_learn(struct scanner *scanner, const char *content, size_t size) {
    definitions_learn(scanner->definitions, content, size);
}

// Whether the values of events of this ID are asked for.
static bool asks_values(const struct scanner *scanner, uint16_t id) {
    const struct rule_set *rules = scanner->task.rules;
    return (rules == NULL ? scanner->task.is_any || id == 1 : rule_set_asks(rules, id)) ||
           (scanner->counter != NULL && counter_asks_values(id));
}

// Judges the subject. Whether the task is after it.
static bool judge(struct scanner *scanner, const struct record *record, struct counted *counted,
                  struct buffer *out) {
    const struct rule_set *rules = scanner->task.rules;
    scanner->hits.count = 0;
    if (rules == NULL) {
        return scanner->task.is_any || scanner->subject.id == 1;
    }
    field_reader_begin(&scanner->reader, &scanner->subject);
    rule_set_judge(rules, &scanner->reader, &scanner->hits);
    counted->machine = subject_machine(&scanner->subject);
    if (scanner->counter != NULL && scanner->subject.id == 7) {
        counted->libraries = rule_set_judge_libraries(rules, &scanner->reader);
    }
    if (scanner->hits.failed || scanner->subject.failed || scanner->reader.failed) {
        record_report_may_match(&scanner->report, record, REASON_NO_MEMORY, out);
    }
    for (size_t i = 0; i < scanner->hits.undecided_count; i++) {
        message_add_undecided(out, scanner->chunk.offset + record->offset,
                              scanner->hits.undecided[i]);
    }
    return scanner->hits.count > 0;
}

static void count_record(struct scanner *scanner, const struct record *record,
                         const struct counted *counted, struct buffer *out) {
    if (scanner->counter != NULL) {
        counter_add(scanner->counter, record, counted, out);
    }
}

// Records in place

// Opens the view of the record, and EventData where its values are asked for. False where it does
// not open.
static bool open_view(struct scanner *scanner, const struct record *record, struct viewed *viewed) {
    *viewed = (struct viewed){0};
    if (!view_open(&scanner->view, scanner->definitions, scanner->chunk.data, record)) {
        return false;
    }
    switch (event_view_identify(&scanner->view, &viewed->id)) {
    case EVENT_OK:
        viewed->is_sysmon = true;
        break;
    case EVENT_NOT_SYSMON:
        break;
    default:
        return false;
    }
    bool asks = viewed->is_sysmon && asks_values(scanner, viewed->id);
    viewed->has_data = asks && view_open_data(&scanner->view, scanner->definitions);
    return viewed->has_data == asks;
}

static void note_damage(struct scanner *scanner, const struct record *record, bool is_open) {
    scanner->is_damaged = record->damaged || (is_open && !view_fits(&scanner->view));
}

// Whether an event that meets no stage is sent all the same.
static bool is_collected(const struct scanner *scanner, uint16_t id) {
    return scanner->report.keeps_creations && id == 1;
}

// Judges the record whose view is open. False where libevtx is to decode it first, to compare.
static bool judge_view(struct scanner *scanner, const struct record *record,
                       const struct viewed *viewed, bool may_defer, struct buffer *out) {
    struct counted counted = {
        .is_sysmon = viewed->is_sysmon, .id = viewed->id, .view = &scanner->view};
    bool is_reported = false;
    note_damage(scanner, record, true);
    if (viewed->has_data) {
        const struct event_header header = comparer_header(&scanner->comparer, record);
        subject_set_view(&scanner->subject, &scanner->view, viewed->id, &header);
        counted.subject = &scanner->subject;
        bool is_found = judge(scanner, record, &counted, out);
        if (is_found && may_defer && scanner->compares) {
            return false;
        }
        if (is_found || is_collected(scanner, viewed->id)) {
            struct event *event = comparer_event(&scanner->comparer, record, viewed->id);
            if (event == NULL) {
                record_report_may_match(&scanner->report, record, REASON_NO_MEMORY, out);
            } else {
                record_report_event(&scanner->report, record, scanner->is_damaged, event,
                                    &scanner->hits, out);
                is_reported = is_found;
            }
            free(event);
        }
    }
    if (scanner->is_damaged) {
        record_report_misfit(&scanner->report, record, is_reported,
                             viewed->has_data && viewed->id == 1, out);
    }
    count_record(scanner, record, &counted, out);
    return true;
}

// Decoded records

// Its definitions have been compared, and libevtx makes something else of them.
static bool is_known_wrong(const struct scanner *scanner) {
    return view_check(&scanner->view, scanner->definitions) == DEFINITION_DIFFERENT;
}

// What libevtx has decoded counts, also where the view says something else.
static void judge_event(struct scanner *scanner, const struct record *record,
                        const struct event *event, struct buffer *out) {
    struct counted counted = {.is_sysmon = true, .id = event->id, .subject = &scanner->subject};
    subject_set_event(&scanner->subject, event);
    bool is_reported = judge(scanner, record, &counted, out);
    if (is_reported || is_collected(scanner, event->id)) {
        record_report_event(&scanner->report, record, scanner->is_damaged, event, &scanner->hits,
                            out);
    }
    if (scanner->is_damaged) {
        record_report_misfit(&scanner->report, record, is_reported, event->id == 1, out);
    }
    count_record(scanner, record, &counted, out);
}

// Counts a record of which no more is known than what System says, if that.
static void count_by_system(struct scanner *scanner, const struct record *record,
                            struct buffer *out) {
    struct counted counted = {0};
    if (view_open(&scanner->view, scanner->definitions, scanner->chunk.data, record)) {
        counted.view = &scanner->view;
        counted.is_sysmon = event_view_identify(&scanner->view, &counted.id) == EVENT_OK;
    }
    count_record(scanner, record, &counted, out);
}

// Of a record that libevtx has failed on: what the view says, if it opens.
static void take_undecodable(struct scanner *scanner, const struct record *record,
                             enum message_reason reason, struct buffer *out) {
    struct viewed viewed;
    if (open_view(scanner, record, &viewed) && !is_known_wrong(scanner)) {
        (void)judge_view(scanner, record, &viewed, false, out);
        return;
    }
    record_report_undecodable(&scanner->report, &scanner->view, record, reason, out);
    count_by_system(scanner, record, out);
}

static void take_event(struct scanner *scanner, const struct record *record,
                       const struct event *event, struct buffer *out) {
    struct viewed viewed;
    scanner->compared++;
    bool is_open = open_view(scanner, record, &viewed);
    note_damage(scanner, record, is_open);
    if (is_open && viewed.has_data && !is_known_wrong(scanner) &&
        !comparer_is_same(&scanner->comparer, record, &viewed, event)) {
        record_report_problem(&scanner->report, record, PROBLEM_DIFFERENCE, REASON_DIFFERENT, out);
    }
    judge_event(scanner, record, event, out);
}

// Of a record that is none of Sysmon's.
static void take_other(struct scanner *scanner, const struct record *record, struct buffer *out) {
    struct viewed viewed;
    note_damage(scanner, record, open_view(scanner, record, &viewed));
    if (scanner->is_damaged) {
        record_report_misfit(&scanner->report, record, false, false, out);
    }
    count_by_system(scanner, record, out);
}

static void take_decoded(struct scanner *scanner, const struct record *record,
                         const struct decoded *decoded, struct buffer *out) {
    static const enum message_reason reasons[] = {
        [DECODER_TEMPLATE_GONE] = REASON_TEMPLATE_GONE, [DECODER_TEXT_JOINED] = REASON_TEXT_JOINED,
        [DECODER_TOO_LARGE] = REASON_TOO_LARGE,         [DECODER_TOO_MUCH] = REASON_TOO_MUCH,
        [DECODER_NO_MEMORY] = REASON_NO_MEMORY,         [DECODER_TOO_MANY] = REASON_MANY_FAILURES,
        [DECODER_FAILED] = REASON_NOT_DECODED,
    };
    struct event *event = NULL;
    if (decoded->result != DECODER_OK) {
        take_undecodable(scanner, record, reasons[decoded->result], out);
        return;
    }
    switch (comparer_map(&scanner->comparer, record, decoded, &event)) {
    case EVENT_OK:
        take_event(scanner, record, event, out);
        free(event);
        break;
    case EVENT_NOT_SYSMON:
        take_other(scanner, record, out);
        break;
    case EVENT_MALFORMED:
        take_undecodable(scanner, record, REASON_NOT_AN_EVENT, out);
        break;
    case EVENT_NO_MEMORY:
        take_undecodable(scanner, record, REASON_NO_MEMORY, out);
        break;
    }
}

// Chunks

// Whether the task has no use for the record, whatever it is.
static bool is_out_of_place(const struct scanner *scanner, const struct record *record) {
    const struct note_places *places = scanner->task.places;
    uint64_t offset = scanner->chunk.offset + record->offset;
    if (places == NULL) {
        return false;
    }
    // Of chunks that overlap, only one has it.
    size_t at = note_places_find(places, scanner->input, offset);
    while (note_places_have(places, at, scanner->input, offset) &&
           places->list[at].chunk != scanner->chunk.offset) {
        at++;
    }
    return !note_places_have(places, at, scanner->input, offset);
}

// Whether the open view shows too much text of its definition, together with the records before it.
static bool is_too_much(struct scanner *scanner, const struct viewed *viewed) {
    const struct view_part *part = viewed->has_data ? scanner->view.event_data : NULL;
    scanner->shown += part == NULL ? 0 : part->definition->run.size;
    return part != NULL && scanner->shown > CHUNK_DEFINITIONS_MAX;
}

// Judges the records of the chunk in place. Returns how many are left, to be decoded.
static size_t judge_records(struct scanner *scanner, struct buffer *out) {
    const struct chunk *chunk = &scanner->chunk;
    struct viewed viewed;
    size_t left = 0;
    for (size_t i = 0; i < chunk->record_count; i++) {
        const struct record *record = &chunk->records[i];
        if ((record->recovered && scanner->options.no_recovered) ||
            is_out_of_place(scanner, record)) {
            continue;
        }
        bool is_open = open_view(scanner, record, &viewed);
        if (is_open && is_too_much(scanner, &viewed)) {
            record_report_may_match(&scanner->report, record, REASON_TOO_MUCH, out);
            count_by_system(scanner, record, out);
        } else if (scanner->options.no_filter || !is_open ||
                   !comparer_believes(&scanner->comparer, record, &viewed, out) ||
                   !judge_view(scanner, record, &viewed, true, out)) {
            scanner->chosen[left++] = record;
        }
    }
    return left;
}

static void decode_records(struct scanner *scanner, size_t count, struct buffer *out) {
    struct decoded decoded;
    decoder_choose(scanner->decoder, scanner->chosen, count);
    for (size_t i = 0; decoder_next(scanner->decoder, &decoded); i++) {
        take_decoded(scanner, scanner->chosen[i], &decoded, out);
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

// Of the chunks of an input, whatever came before, this is one whose events are to be decoded as
// well.
static bool is_due(uint64_t offset) {
    return offset / CHUNK_SIZE % SCANNER_COMPARED_IN == 0;
}

bool scanner_compares(const struct note_places *places, uint32_t input, uint64_t chunk) {
    size_t before = note_places_find(places, input, chunk) - note_places_find(places, input, 0);
    return before < SCANNER_COMPARED_FIRST || is_due(chunk);
}

// Whether events of the chunk are to be decoded as well, whoever scans it, and however its input is
// cut into segments.
static bool compares_in(const struct scanner *scanner, const struct scan_segment *segment,
                        uint64_t offset) {
    const struct note_places *places = scanner->task.places;
    bool is_early = segment->begin == 0 && scanner->compared < SCANNER_COMPARED_FIRST;
    return places != NULL ? scanner_compares(places, segment->input, offset)
                          : segment->compares && (is_early || is_due(offset));
}

// Chunks that begin within the bytes of another share its limits: so many more of them in an input
// take no longer. Whether the chunk does.
static bool shares_limits(struct scanner *scanner, uint64_t offset) {
    uint64_t part_end = (offset / SCAN_PART_SIZE + 1) * SCAN_PART_SIZE;
    if (offset < scanner->limited_to) {
        return true;
    }
    scanner->limited_to = offset + CHUNK_SIZE < part_end ? offset + CHUNK_SIZE : part_end;
    scanner->shown = 0;
    record_report_start(&scanner->report);
    return false;
}

static void scan_chunk(struct scanner *scanner, const struct reader_chunk *read,
                       const struct scan_segment *segment, struct scan_state *state,
                       struct buffer *out) {
    struct chunk *chunk = &scanner->chunk;
    chunk_survey(chunk, whole_chunk(scanner, read), read->offset);
    overlaps_leave_out(&scanner->overlaps, chunk, read);
    if (read->is_guess && chunk->record_count == 0) {
        return;
    }
    overlaps_keep(&scanner->overlaps, chunk, read);
#ifdef EVTXSEQ_FAULTS
    faults_strike(chunk->data, state);
#endif
    // What the first pass says of checksums need not be found out again.
    chunk_report_problems(chunk, read, scanner->counter != NULL, segment->is_carved, out);
    chunk_report_tally(chunk, read->is_earlier, &state->tally);
    definitions_start(scanner->definitions, chunk->data);
    decoder_start(scanner->decoder, chunk->data, shares_limits(scanner, read->offset));
    scanner->comparer.chunks++;
    scanner->compares = compares_in(scanner, segment, read->offset);
    if (scanner->counter != NULL) {
        counter_start(scanner->counter, chunk);
    }
    size_t left = judge_records(scanner, out);
    if (left > 0) {
        decode_records(scanner, left, out);
    }
    state->is_worn = state->is_worn || decoder_has_failed(scanner->decoder);
    // Only now, so that a chunk which the process dies on is not counted in part.
    if (scanner->counter != NULL) {
        counter_finish(scanner->counter, &state->coverage, out);
    }
}

bool scanner_step(struct scanner *scanner, int fd, const struct scan_segment *segment,
                  struct scan_state *state, struct buffer *out) {
    struct reader_chunk chunk;
    if (scanner->task.is_hashing) {
        return digest_step(&scanner->digest, fd, segment, state, out);
    }
    if (scanner->replay != NULL) {
        return replay_step(scanner->replay, fd, segment, state, out);
    }
    scanner->input = segment->input;
    scanner->report.keeps_creations = segment->keeps_creations;
    if (!state->has_begun) {
        comparer_start(&scanner->comparer);
        scanner->limited_to = 0;
        overlaps_start(&scanner->overlaps);
        scanner->compared = 0;
    }
    switch (reader_next(state, fd, segment, &chunk, out)) {
    case READER_CHUNK:
        scan_chunk(scanner, &chunk, segment, state, out);
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
