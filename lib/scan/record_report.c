// SPDX-License-Identifier: GPL-3.0-or-later
#include "scan/record_report.h"

#include "rules/event_view.h"
#include "scan/evidence.h"

enum {
    // Bytes of records that cannot be decoded, and of their definitions, that are looked through
    // for what may be evidence; each record counts for some more. The rest may be.
    CHUNK_EVIDENCE_MAX = 768 << 10,
    EVIDENCE_RECORD_WORK = 2048,
};

static const struct text no_text = {"", 0};

void record_report_start(struct record_report *report) {
    report->sought = 0;
    report->sent = 0;
    report->sent_beside = 0;
    report->sent_bytes = 0;
}

static uint64_t offset_of(const struct record_report *report, const struct record *record) {
    return report->chunk->offset + record->offset;
}

static const uint8_t *bytes_of(const struct record_report *report, const struct record *record) {
    return report->chunk->data + record->offset;
}

void record_report_problem(const struct record_report *report, const struct record *record,
                           enum problem_kind kind, enum message_reason reason, struct buffer *out) {
    message_add_problem(out, kind, reason, offset_of(report, record), 0);
}

static void report_evidence(const struct record_report *report, const struct record *record,
                            enum message_reason reason, struct text text, struct buffer *out) {
    message_add_may_match(out, reason, offset_of(report, record), bytes_of(report, record), text);
}

void record_report_may_match(const struct record_report *report, const struct record *record,
                             enum message_reason reason, struct buffer *out) {
    report_evidence(report, record, reason, no_text, out);
}

// Records that cannot be read

static bool may_be_evidence(struct record_report *report, const struct record *record,
                            struct text *text) {
    const struct layout *layout = &report->layout;
    *text = no_text;
    if (report->sought > CHUNK_EVIDENCE_MAX) {
        return true;
    }
    bool may_be = evidence_may_be(&report->layout, report->definitions, report->task,
                                  report->chunk->data, record, text);
    report->sought += EVIDENCE_RECORD_WORK + record->size;
    for (size_t i = 0; i < layout->run_count; i++) {
        report->sought += layout->runs[i].size;
    }
    return may_be;
}

// Sends the bytes of a record that cannot be read, for those who look for creations later.
static void send_bytes(struct record_report *report, const struct record *record,
                       enum message_reason reason, struct buffer *out) {
    struct raw raw[EVIDENCE_RUNS_MAX];
    if (!report->keeps_creations) {
        return;
    }
    size_t runs =
        evidence_list(&report->layout, report->definitions, report->chunk->data, record, raw);
    for (size_t i = 0; i < runs; i++) {
        report->sent_bytes += raw[i].size;
    }
    // Then without the definitions, of which each record may have the same.
    runs = report->sent_bytes > MESSAGE_CHUNK_EVENTS_MAX ? 1 : runs;
    (void)message_add_bytes(out, reason, offset_of(report, record), bytes_of(report, record), raw,
                            runs);
}

// Whether the record, which cannot be decoded, may be a creation for all that System says.
static bool may_be_creation(struct record_report *report, struct view *view,
                            const struct record *record) {
    uint16_t id = 0;
    if (!view_open(view, report->definitions, report->chunk->data, record)) {
        return true;
    }
    switch (event_view_identify(view, &id)) {
    case EVENT_OK:
        return id == 1;
    case EVENT_NOT_SYSMON:
        return false;
    default:
        return true;
    }
}

void record_report_undecodable(struct record_report *report, struct view *view,
                               const struct record *record, enum message_reason reason,
                               struct buffer *out) {
    struct text text;
    if (may_be_evidence(report, record, &text)) {
        report_evidence(report, record, reason, text, out);
    } else {
        record_report_problem(report, record, record->recovered ? PROBLEM_REMAINS : PROBLEM_RECORD,
                              reason, out);
    }
    if (report->keeps_creations && may_be_creation(report, view, record)) {
        send_bytes(report, record, reason, out);
    }
}

// One in slack space is what a later one has left of it.
void record_report_misfit(struct record_report *report, const struct record *record,
                          bool is_reported, bool is_creation, struct buffer *out) {
    struct text text;
    if (!is_creation && !record->recovered) {
        send_bytes(report, record, REASON_MISFIT, out);
    }
    if (!is_reported && !record->recovered && may_be_evidence(report, record, &text)) {
        report_evidence(report, record, REASON_MISFIT, text, out);
    } else {
        record_report_problem(report, record, PROBLEM_DAMAGED_RECORD, REASON_MISFIT, out);
    }
}

// Events

static void send_note(const struct record_report *report, const struct record *record,
                      const struct event *event, struct buffer *out) {
    struct note note;
    if (note_of(event, report->task->scope, &note)) {
        note.chunk = report->chunk->offset;
        note.record = record->offset;
        note.recovered = record->recovered;
        message_add(out, MESSAGE_NOTE, &note, sizeof note);
    }
}

// Sends the event as a whole, if *sent, what has been sent of its chunk, leaves room for it. False
// with the reason where it does not.
static bool send_whole(const struct message_event *head, const struct event *event,
                       const struct rule_hits *hits, size_t *sent, enum message_reason *reason,
                       struct buffer *out) {
    size_t size = message_event_size(head, event);
    *reason = REASON_TOO_MUCH;
    if (size <= MESSAGE_SIZE_MAX && size > MESSAGE_CHUNK_EVENTS_MAX - *sent) {
        return false;
    }
    *reason = REASON_TOO_LARGE;
    if (!message_add_event(out, head, hits->list, event)) {
        return false;
    }
    *sent += size;
    return true;
}

void record_report_event(struct record_report *report, const struct record *record, bool is_damaged,
                         const struct event *event, const struct rule_hits *hits,
                         struct buffer *out) {
    enum message_reason reason = REASON_TOO_MUCH;
    const struct message_event head = {.offset = offset_of(report, record),
                                       .recovered = record->recovered,
                                       .damaged = is_damaged,
                                       .hit_count = (uint32_t)hits->count,
                                       .in_chunk = record->offset};
    if (report->task->scope != NULL) {
        send_note(report, record, event, out);
    } else if (report->keeps_creations && hits->count == 0) {
        if (!send_whole(&head, event, hits, &report->sent_beside, &reason, out)) {
            send_bytes(report, record, reason, out);
        }
    } else if (!send_whole(&head, event, hits, &report->sent, &reason, out)) {
        record_report_may_match(report, record, reason, out);
    }
}
